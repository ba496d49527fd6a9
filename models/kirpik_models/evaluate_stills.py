"""The whole way on labelled pictures: found where a plate is, and read as it is written."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kirpik.values import Quad
from kirpik_models.read import Found, StillReader
from kirpik_models.reader_score import FOLD
from kirpik_models.stills import open_stills

LEAST_OVERLAP = 0.3
"""Of the two rectangles' union, to be taken as the same plate."""


@dataclass(slots=True)
class Tally:
    """Counts over one part of a labelled folder."""

    plates: int = 0
    found: int = 0
    legible: int = 0
    exact: int = 0
    folded: int = 0
    """With O = 0 and I = 1."""
    accepted: int = 0
    """Readings as sure as the unit demands, of labelled legible plates."""
    wrong_accepted: int = 0
    unlabelled: int = 0
    """Rectangles where no plate is labelled; on pictures whose far plates have no label they are no errors."""

    def rows(self) -> Iterator[tuple[str, str]]:
        yield "plates labelled", str(self.plates)
        yield "found", f"{self.found} ({self.found / max(self.plates, 1):.1%})"
        yield "legible", str(self.legible)
        yield "exact", f"{self.exact} ({self.exact / max(self.legible, 1):.1%})"
        yield "exact with O=0, I=1", f"{self.folded} ({self.folded / max(self.legible, 1):.1%})"
        yield "accepted, of them wrong", f"{self.accepted}, {self.wrong_accepted}"
        yield "rectangles without a label", str(self.unlabelled)


def tally_stills(reader: StillReader, labels: Path, split: str, *, accept: float) -> Tally:
    """Every picture of `split`, each by itself."""
    tally = Tally()
    for line in labels.read_text().splitlines():
        entry = json.loads(line)
        if entry["split"] != split:
            continue
        (still,) = open_stills(labels.parent / entry["file"], entry["file"])
        _count(tally, reader.read(still), entry["plates"], accept)
    return tally


def _count(tally: Tally, found: list[Found], plates: list[dict[str, Any]], accept: float) -> None:
    free = list(found)
    for plate in plates:
        near = [(overlap(one.quad, plate["box"]), at) for at, one in enumerate(free)]
        best, at = max(near, default=(0.0, -1))
        hit = free.pop(at) if best >= LEAST_OVERLAP else None
        tally.plates += 1
        tally.found += hit is not None
        if plate["legible"]:
            _compare(tally, hit, plate["text"], accept)
    tally.unlabelled += len(free)


def _compare(tally: Tally, hit: Found | None, text: str, accept: float) -> None:
    reading = hit.reading if hit else None
    said = reading.plate.reveal() if reading else ""
    tally.legible += 1
    tally.exact += said == text
    tally.folded += said.translate(FOLD) == text.translate(FOLD)
    if reading is not None and reading.confidence >= accept:
        tally.accepted += 1
        tally.wrong_accepted += said != text


def overlap(quad: Quad, box: tuple[float, float, float, float]) -> float:
    """Intersection over union of the quad's upright bounds and a box (left, top, width, height)."""
    low, high = quad.min(0), quad.max(0)
    start, end = np.array(box[:2], np.float64), np.array(box[:2], np.float64) + box[2:]
    sides = np.maximum(np.minimum(high, end) - np.maximum(low, start), 0)
    shared = float(sides.prod())
    return shared / (float((high - low).prod()) + box[2] * box[3] - shared)
