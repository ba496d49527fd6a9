"""How well a detector finds the plates of labelled frames, by light, at an overlap of one half."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Network, Quad, View
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector, separate
from kirpik_models.realframes import RealFrame

INPUT = (384, 640)
OVERLAP = 0.5
LOOSE = 0.3
"""Of an exact outline with a hand-drawn box, which is larger than the plate."""
NARROWEST_PX = 24.0
"""In the full picture: what a detector is asked for."""
SCORES = (0.3, 0.4, 0.5, 0.6, 0.7)

Find = Callable[[Luma], list[tuple[Quad, float]]]
"""Full picture to quads with scores, best first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one frame."""

    frame: RealFrame = field(repr=False)
    quads: list[tuple[Quad, float]]
    hit: tuple[bool, ...]
    """Per true plate of the frame."""
    false: tuple[int, ...]
    """Which quads overlap no true plate."""


def reduced(luma: Luma) -> tuple[Luma, float]:
    """The picture as the camera hands it to the detector, and how much larger the full one is."""
    scale = max(luma.shape[0] / INPUT[0], luma.shape[1] / INPUT[1], 1.0)
    size = (round(luma.shape[1] / scale), round(luma.shape[0] / scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8), luma.shape[1] / size[0]


def finder(network: Network) -> Find:
    """The unit's detector on any engine."""
    detector = Detector(network)

    def find(luma: Luma) -> list[tuple[Quad, float]]:
        small, scale = reduced(luma)
        view = View(0, 0, (small.shape[1], small.shape[0]), scale)
        return [(view.to_picture(quad), score) for quad, score in detector.find(small)]

    return find


def made_exact(find: Find, corners: CornerFinder) -> Find:
    """What is left when the corner finder has had its say, as on the unit."""

    def exact(luma: Luma) -> list[tuple[Quad, float]]:
        return separate([(one.quad, one.score) for one in corners.refine(luma, find(luma))], by=lambda plate: plate[1])

    return exact


def search(find: Find, frames: Sequence[RealFrame], *, least: float = OVERLAP) -> list[Found]:
    """Run over frames and match with their plates, which must be overlapped by `least`."""
    return [_match(frame, find(frame.luma), least) for frame in frames]


def from_score(found: Sequence[Found], score: float, *, least: float = OVERLAP) -> list[Found]:
    """The same, had nothing below that score been told."""
    return [_match(each.frame, [quad for quad in each.quads if quad[1] >= score], least) for each in found]


def figures(found: Sequence[Found]) -> dict[str, float]:
    """Recall of legible plates, of those wide enough and of all; precision, where an unknown plate counts as false."""
    plates = [
        (hit, read, float(np.ptp(quad[:, 0])) >= NARROWEST_PX)
        for each in found
        for hit, read, quad in zip(each.hit, each.frame.legible, each.frame.plates, strict=True)
    ]
    false, total = sum(len(each.false) for each in found), sum(len(each.quads) for each in found)
    return {
        "recall": float(np.mean([hit for hit, read, _ in plates if read] or [False])),
        "recall_wide": float(np.mean([hit for hit, _, wide in plates if wide] or [False])),
        "recall_all": float(np.mean([hit for hit, _, _ in plates] or [False])),
        "precision": 1 - false / max(total, 1),
        "false": float(false),
    }


def average_precision(found: Sequence[Found]) -> float:
    """Area under the curve of precision over recall, all thresholds above the detector's own taken together."""
    scored = [(score, at not in each.false) for each in found for at, (_, score) in enumerate(each.quads)]
    right = np.array([ok for _, ok in sorted(scored, key=lambda pair: -pair[0])], np.float64)
    if not right.size:
        return 0.0
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float((precision * right).sum() / max(sum(len(each.hit) for each in found), 1))


def by_light(found: Sequence[Found]) -> dict[str, dict[str, float]]:
    """`figures` for each light and for all."""
    lights = ("day", "dusk", "night")
    parts = {light: [each for each in found if each.frame.light == light] for light in lights}
    return {name: figures(part) for name, part in (*parts.items(), ("all", found))}


def by_score(found: Sequence[Found], *, least: float) -> dict[float, dict[str, float]]:
    """`figures` from each score on."""
    return {score: figures(from_score(found, score, least=least)) for score in SCORES}


def overlap(one: Quad, other: Quad) -> float:
    """Intersection over union of two convex quads."""
    shared, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    areas = [abs(cv2.contourArea(quad.astype(np.float32))) for quad in (one, other)]
    return float(shared / max(sum(areas) - shared, 1e-6))


def _match(frame: RealFrame, quads: list[tuple[Quad, float]], least: float) -> Found:
    """A quad that shares enough with a plate finds it; one that lies on a doubtful place counts for nothing."""
    table = _overlaps(frame, quads)
    excused = [any(_holds(place, quad.mean(0)) for place in frame.doubtful) for quad, _ in quads]
    quads = [
        each for each, row, free in zip(quads, table, excused, strict=True) if not free or row.max(initial=0) >= least
    ]
    table = _overlaps(frame, quads)
    hit = tuple(bool(column.max(initial=0) >= least) for column in table.T) if quads else (False,) * len(frame.plates)
    false = tuple(at for at, row in enumerate(table) if row.max(initial=0) < least)
    return Found(frame, quads, hit, false)


def _overlaps(frame: RealFrame, quads: list[tuple[Quad, float]]) -> NDArray[np.float64]:
    table = np.array([[overlap(quad, plate) for plate in frame.plates] for quad, _ in quads])
    return table.reshape(len(quads), len(frame.plates))


def _holds(place: Quad, point: NDArray[np.float64]) -> bool:
    return bool((place.min(0) <= point).all() and (point <= place.max(0)).all())
