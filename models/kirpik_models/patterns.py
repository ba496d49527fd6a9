"""A layout's pattern filled with random characters: rows of stamps, in reading order."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kirpik_models.fonts import ALPHABET
from kirpik_models.words import CYRILLIC_TWINS, WORDS

Kind = Literal["char", "gap", "dash", "dot", "seal", "bar", "box", "glyph"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "IOQDBSZJYV"
"""Those that are mistaken for others, or overlooked beside them, come a little more often; a network that saw them much
more often than roads have them would see one in every gap."""
_DIGITS = "0123456789" + "1"
_MARKS: dict[str, Kind] = {" ": "gap", "-": "dash", ".": "dot", "*": "seal", "|": "bar", "#": "glyph"}
_TOKEN = re.compile(r"<([^>]*)>|\(|\)|'.|.")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One thing in a row. `text` is a character, or all of a box's characters."""

    kind: Kind
    text: str = ""


Row = tuple[Stamp, ...]


def fill(rng: np.random.Generator, pattern: str) -> tuple[Row, ...]:
    """Random characters for every place of `pattern`; one tuple a row."""
    return tuple(_fill_row(rng, part) for part in pattern.split("/"))


def row_text(row: Row) -> str:
    """What a reader should say of the row."""
    return "".join(stamp.text for stamp in row if stamp.kind in ("char", "box"))


def _fill_row(rng: np.random.Generator, pattern: str) -> Row:
    stamps: list[Stamp] = []
    box: list[str] | None = None
    for match in _TOKEN.finditer(pattern):
        place = match.group(0)
        if place == "(":
            box = []
        elif place == ")":
            stamps.append(Stamp("box", "".join(box or [])))
            box = None
        elif place in _MARKS:
            stamps.append(Stamp(_MARKS[place]))
        elif box is not None:
            box.append(_characters(rng, place))
        else:
            stamps += [Stamp("char", char) for char in _characters(rng, place)]
    return tuple(stamps)


def _characters(rng: np.random.Generator, place: str) -> str:
    if place.startswith("<"):
        words = WORDS.get(place[1:-1]) or tuple(place[1:-1].split())
        return words[int(rng.integers(len(words)))]
    if place.startswith("'"):
        return place[1]
    choices = {"9": _DIGITS, "A": _LETTERS, "a": CYRILLIC_TWINS, "?": ALPHABET + "I1J"}.get(place, place)
    return choices[int(rng.integers(len(choices)))]
