"""What stands where on a plate: characters, boxes and lines of the national patterns, in millimetres."""

from dataclasses import dataclass

import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TWINS = "ABEKMHOPCTYX"
"""Latin letters with a Cyrillic twin: all that a Russian plate uses."""
CHAR_MM, REGION_MM = 76.0, 58.0
SMALL_MM = 58.0
"""Height of the characters on a motorcycle's plate."""
MOTORCYCLES = {"kz2012_moto_trailer": (245, 185), "ru_moto": (245, 160)}
"""Their sizes, always in two rows; both are in no table of plates that a speed may be measured by."""
FOREIGN = ("kz1993_private", "kg_private", "uz_private", "ru_car")


@dataclass(frozen=True, slots=True)
class Cell:
    """Centre and height of a character, or of a line of small ones."""

    x_mm: float
    y_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle: `share` of the paper's reflectance, 0 for ink."""

    corner_mm: tuple[float, float]
    size_mm: tuple[float, float]
    share: float = 0.0


def size_mm(plate_format: str, rows: int) -> tuple[int, int]:
    if plate_format in MOTORCYCLES:
        return MOTORCYCLES[plate_format]
    if rows == 2:
        return (280, 200)
    return (520, 110) if plate_format.startswith("uz") else (520, 112)


def char_mm(plate_format: str) -> float:
    """Height of the tall characters."""
    return SMALL_MM if plate_format in MOTORCYCLES else CHAR_MM


def random_text(rng: np.random.Generator) -> tuple[str, str]:
    """A Kazakh plate that may be on the road, with the id of its format. Owners choose letters, so none is rarer."""
    digits = _some(rng, "0123456789", 3)
    count = 3 if rng.random() < 0.75 else 2
    letters = _some(rng, LETTERS, count)
    return digits + letters + f"{rng.integers(1, 21):02d}", "kz2012_private" if count == 3 else "kz2012_org"


def random_foreign(rng: np.random.Generator) -> tuple[str, str]:
    """An old or a neighbour's plate."""
    chosen = FOREIGN[int(rng.integers(len(FOREIGN)))]
    digits, letters = _some(rng, "0123456789", 3), _some(rng, LETTERS, 3)
    twins = _some(rng, TWINS, 3)
    number = int(rng.integers(1, 10))
    texts = {
        "kz1993_private": _some(rng, "ABCDEFHKLMNPRSTUVXZ", 1) + digits + letters,
        "kg_private": f"0{number}KG{digits}{letters}",
        "uz_private": f"{10 * number - 5:02d}{letters[0]}{digits}{letters[1:]}",
        "ru_car": twins[0] + digits + twins[1:] + ("77", "54", "116", "777")[number % 4],
    }
    return texts[chosen], chosen


def random_motorcycle(rng: np.random.Generator) -> tuple[str, str]:
    """A Kazakh one, or now and then a Russian one."""
    if rng.random() < 0.7:
        return f"{_some(rng, '0123456789', 2)}{_some(rng, LETTERS, 2)}{rng.integers(1, 21):02d}", "kz2012_moto_trailer"
    return f"{_some(rng, '0123456789', 4)}{_some(rng, TWINS, 2)}{('77', '54')[int(rng.integers(2))]}", "ru_moto"


def _some(rng: np.random.Generator, kinds: str, count: int) -> str:
    return "".join(kinds[int(i)] for i in rng.integers(0, len(kinds), count))


def cells(text: str, plate_format: str, rows: int) -> list[tuple[str, Cell]]:
    """Each character with its place."""
    if rows == 2:
        return _small_rows(text, plate_format) if plate_format in MOTORCYCLES else _two_rows(text)
    if plate_format.startswith("kz2012"):
        letters = text[3:-2]
        pitch = 51.0 if len(letters) == 3 else 57.0
        found = _row(text[:3], 76 + pitch / 2, pitch)
        found += _row(letters, 420 - pitch / 2 - (len(letters) - 1) * pitch, pitch)
        return [*found, *_row(text[-2:], 449, 42, Cell(0, 58, REGION_MM)), ("KZ", Cell(38, 76, 24))]
    if plate_format == "kz1993_private":
        return [*_row(text[:1], 60, 50), *_row(text[1:4], 140, 52), *_row(text[4:], 340, 58)]
    if plate_format == "kg_private":
        return [*_row(text[:4], 34, 34, Cell(0, 56, REGION_MM)), *_row(text[4:7], 186, 48), *_row(text[7:], 356, 54)]
    if plate_format == "uz_private":
        return [*_row(text[:2], 44, 42, Cell(0, 56, REGION_MM)), *_row(text[2:3], 140, 0), *_row(text[3:6], 210, 50),
                *_row(text[6:], 375, 54)]  # fmt: skip
    low = Cell(0, 62, 60)
    return [*_row(text[:1], 50, 0, low), *_row(text[1:4], 112, 54), *_row(text[4:6], 280, 54, low),
            *_row(text[6:], 440 - 18 * (len(text) - 8), 36, Cell(0, 44, 52)), ("RUS", Cell(450, 92, 18))]  # fmt: skip


def marks(plate_format: str, rows: int) -> list[Mark]:
    """Flags, and the line before the region."""
    if plate_format in MOTORCYCLES:
        return [Mark((16, 24), (34, 22), 0.45)] if plate_format.startswith("kz") else []
    if rows == 2:
        return [Mark((18, 24), (40, 26), 0.45), Mark((196, 104), (2.5, 84))]
    if plate_format.startswith("kz2012"):
        return [Mark((15, 22), (46, 30), 0.42), Mark((46, 49), (16, 16), 0.78), Mark((424, 5.5), (2.5, 101))]
    if plate_format == "kg_private":
        return [Mark((154, 5.5), (2.5, 101))]
    if plate_format == "uz_private":
        return [Mark((100, 5.5), (2.5, 99)), Mark((464, 30), (40, 26), 0.5)]
    return [Mark((392, 5.5), (2.5, 101))] if plate_format == "ru_car" else []


def _row(text: str, first_mm: float, pitch_mm: float, like: Cell = Cell(0, 56, CHAR_MM)) -> list[tuple[str, Cell]]:
    return [(char, Cell(first_mm + i * pitch_mm, like.y_mm, like.height_mm)) for i, char in enumerate(text)]


def _two_rows(text: str) -> list[tuple[str, Cell]]:
    letters, pitch = text[3:-2], 56.0
    upper = _row(text[:3], 98, 62, Cell(0, 54, 72))
    lower = _row(letters, 102 - pitch * (len(letters) - 1) / 2, pitch, Cell(0, 146, 72))
    return [*upper, *lower, *_row(text[-2:], 219, 38, Cell(0, 146, 56)), ("KZ", Cell(38, 72, 20))]


def _small_rows(text: str, plate_format: str) -> list[tuple[str, Cell]]:
    """Digits above; below them letters and the region."""
    width, height = MOTORCYCLES[plate_format]
    upper, lower = Cell(0, 0.28 * height, SMALL_MM), Cell(0, 0.72 * height, SMALL_MM)
    digits = text[:-4]
    first = (width + 30 * plate_format.startswith("kz") - 48 * (len(digits) - 1)) / 2
    found = [*_row(digits, first, 48, upper), *_row(text[-4:-2], 50, 46, lower), *_row(text[-2:], 160, 44, lower)]
    return [*found, ("KZ", Cell(33, 68, 16))] if plate_format.startswith("kz") else found
