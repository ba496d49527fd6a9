"""Number plates as artwork: Kazakhstan's 2012 pattern in our own face, with holder, dirt and wear."""

from dataclasses import dataclass

import cv2
import numpy as np

from tests.sim.strokes import text as ink
from tests.sim.texture import Levels, Picture, pyramid

WIDTH_MM, HEIGHT_MM = 520, 112
MARGIN_MM = 20
"""Around the plate: holder or bodywork."""
TEXELS_PER_MM = 2
CHAR_MM, REGION_MM = 76, 58
WIDEST_MM = 45.0
"""M and W are narrowed to this, as the stamping dies are."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Plate:
    """What is on the plate, and what happened to it."""

    text: str
    plate_format: str
    paper: float = 0.82
    ink: float = 0.04
    holder: float | None = 0.03
    """Reflectance of the frame around it; None where it is screwed to the bare body."""
    dealer: str = ""
    dirt: float = 0.0
    """0 clean … 1 illegible."""
    shade: float | None = None
    """Right of this fraction of the width the plate lies in shadow."""
    covered: tuple[float, float] | None = None
    """From … to, in fractions of the width, hidden behind something in front of it (a tow ball, a rag)."""
    seed: int = 0

    @property
    def legible(self) -> bool:
        return self.dirt < 0.6 and self.covered is None


@dataclass(frozen=True, slots=True, eq=False)
class Artwork:
    """Three pyramids of one size: diffuse reflectance, share that is retro-reflective, coverage."""

    diffuse: Levels
    retro: Levels
    coverage: Levels


def random_text(rng: np.random.Generator) -> tuple[str, str]:
    """A plate that may be on the road, with the id of its format. Owners choose letters, so none is rarer."""
    digits = "".join(str(d) for d in rng.integers(0, 10, 3))
    count = 3 if rng.random() < 0.75 else 2
    letters = "".join(LETTERS[i] for i in rng.integers(0, 26, count))
    return digits + letters + f"{rng.integers(1, 21):02d}", "kz2012_private" if count == 3 else "kz2012_org"


def _blank(value: float) -> Picture:
    shape = ((HEIGHT_MM + 2 * MARGIN_MM) * TEXELS_PER_MM, (WIDTH_MM + 2 * MARGIN_MM) * TEXELS_PER_MM)
    return np.full(shape, value, np.float32)


def _box(canvas: Picture, corner: tuple[float, float], size: tuple[float, float], value: float) -> None:
    """A rectangle in millimetres from the plate's top left, edges on texel borders."""
    x0, y0 = ((c + MARGIN_MM) * TEXELS_PER_MM for c in corner)
    x1, y1 = x0 + size[0] * TEXELS_PER_MM, y0 + size[1] * TEXELS_PER_MM
    canvas[max(0, round(y0)) : max(0, round(y1)), max(0, round(x0)) : max(0, round(x1))] = value


def _print(canvas: Picture, line: str, centre: tuple[float, float], height_mm: float, value: float) -> None:
    """One line of characters around a centre in millimetres."""
    cover = ink(line, round(height_mm * TEXELS_PER_MM))
    if len(line) == 1 and cover.shape[1] > WIDEST_MM * TEXELS_PER_MM:
        cover = cv2.resize(cover, (round(WIDEST_MM * TEXELS_PER_MM), cover.shape[0]), interpolation=cv2.INTER_AREA)
    x = round((centre[0] + MARGIN_MM) * TEXELS_PER_MM - cover.shape[1] / 2)
    y = round((centre[1] + MARGIN_MM) * TEXELS_PER_MM - cover.shape[0] / 2)
    part = canvas[y : y + cover.shape[0], x : x + cover.shape[1]]
    part += cover[: part.shape[0], : part.shape[1]] * (value - part)


def _face(plate: Plate) -> Picture:
    canvas = _blank(plate.paper)
    _box(canvas, (3, 3), (514, 106), plate.ink)
    _box(canvas, (5.5, 5.5), (509, 101), plate.paper)
    _box(canvas, (15, 22), (46, 30), 0.42 * plate.paper)
    cv2.circle(canvas, (round(58 * TEXELS_PER_MM), round(57 * TEXELS_PER_MM)), 16, 0.78 * plate.paper, -1)
    _print(canvas, "KZ", (38, 76), 24, plate.ink)
    letters = plate.text[3:-2]
    pitch = 51.0 if len(letters) == 3 else 57.0
    start = 76 + pitch / 2
    for i, char in enumerate(plate.text[:3]):
        _print(canvas, char, (start + i * pitch, 56), CHAR_MM, plate.ink)
    end = 420 - pitch / 2
    for i, char in enumerate(reversed(letters)):
        _print(canvas, char, (end - i * pitch, 56), CHAR_MM, plate.ink)
    _box(canvas, (424, 5.5), (2.5, 101), plate.ink)
    for i, char in enumerate(plate.text[-2:]):
        _print(canvas, char, (449 + i * 42, 58), REGION_MM, plate.ink)
    return canvas


def _surround(plate: Plate, canvas: Picture, coverage: Picture, retro: Picture) -> None:
    """Replaces what lies outside of the plate by its holder, or by nothing."""
    outside = np.ones_like(canvas, dtype=bool)
    edge = MARGIN_MM * TEXELS_PER_MM
    outside[edge:-edge, edge:-edge] = False
    retro[outside] = 0.0
    coverage[outside] = 0.0
    if plate.holder is None:
        return
    _box(coverage, (-9, -8), (538, 134 if plate.dealer else 126), 1.0)
    canvas[outside] = plate.holder
    if plate.dealer:
        _print(canvas, plate.dealer, (260, 120.5), 9, 0.6)


def _wear(plate: Plate, canvas: Picture, rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Dirt and screws; returns the canvas and how much of the reflective sheet still shines."""
    shine = np.ones_like(canvas)
    for x in (62, 458):
        if rng.random() < 0.5:
            at = (round((x + MARGIN_MM) * TEXELS_PER_MM), round((11 + MARGIN_MM) * TEXELS_PER_MM))
            cv2.circle(canvas, at, 8, float(rng.uniform(0.2, 0.6)), -1, cv2.LINE_AA)
    if plate.dirt > 0:
        cloud = np.zeros_like(canvas)
        for cells, weight in ((6, 0.5), (20, 0.3), (90, 0.2)):
            grain = rng.random((max(2, cells // 4), cells)).astype(np.float32)
            cloud += weight * cv2.resize(grain, (canvas.shape[1], canvas.shape[0]), interpolation=cv2.INTER_CUBIC)
        rising = np.linspace(-0.25, 0.25, canvas.shape[0], dtype=np.float32)[:, None]
        mud = np.clip((cloud + rising - 1.0 + plate.dirt) * 2.2 + plate.dirt * 0.35, 0.0, 0.97)
        canvas += mud * (0.16 - canvas)
        shine -= mud
    return canvas, np.asarray(shine, np.float32)


def artwork(plate: Plate) -> Artwork:
    """The plate with its margin, in reflectance, ready to be put into a picture."""
    rng = np.random.default_rng(plate.seed)
    canvas = _face(plate)
    retro = np.clip((canvas - 0.08) / max(plate.paper - 0.08, 0.1), 0, 1).astype(np.float32)
    canvas, shine = _wear(plate, canvas, rng)
    retro *= shine
    coverage = _blank(1.0)
    _surround(plate, canvas, coverage, retro)
    if plate.covered is not None:
        left, right = (fraction * WIDTH_MM for fraction in plate.covered)
        for layer, value in ((canvas, 0.06), (retro, 0.0), (coverage, 1.0)):
            _box(layer, (left, -MARGIN_MM), (right - left, HEIGHT_MM + 2 * MARGIN_MM), value)
    return Artwork(diffuse=pyramid(canvas), retro=pyramid(retro), coverage=pyramid(coverage))


def shaded(diffuse: Picture, plate: Plate) -> Picture:
    """Diffuse reflectance with the shadow that lies over part of the plate."""
    if plate.shade is None:
        return diffuse
    ramp = (np.arange(diffuse.shape[1], dtype=np.float32) + 0.5) / diffuse.shape[1]
    lean = np.linspace(-0.04, 0.04, diffuse.shape[0], dtype=np.float32)[:, None]
    dark = 1.0 / (1.0 + np.exp((ramp[None, :] + lean - plate.shade) * -90.0))
    return np.asarray(diffuse * (1.0 - 0.55 * dark), np.float32)
