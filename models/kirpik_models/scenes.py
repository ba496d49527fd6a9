"""Samples for the detector: synthetic streets and pieces of real ones, with the true corners of each plate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad
from kirpik_models.backdrop import backdrop
from kirpik_models.clutter import strew
from kirpik_models.fonts import Face
from kirpik_models.optics import optics
from kirpik_models.realframes import RealFrame, cut
from kirpik_models.toycars import park

WIDTH, HEIGHT = 384, 256
MOST_PLATES = 16
WIDTHS_PX = (30.0, 300.0)
FAR_WIDTHS_PX = (10.0, 50.0)
FAR_SHARE = 0.5
REAL_SHARE = 0.45
CLEAN_SHARE = 0.35
"""Of synthetic streets: a good camera on a bright day, as simulators see it."""
NIGHT_SHARE = 0.35
GONE = 0.6
"""Share of a plate that may be hidden before it is no plate any more; less leaves a doubt."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture at the detector's own resolution."""

    luma: Luma = field(repr=False)
    quads: list[Quad]
    exact: list[bool]
    doubtful: list[Quad]
    refused: list[Quad]
    real: bool


FORM = {
    "luma": ((HEIGHT, WIDTH), "uint8"),
    "quads": ((MOST_PLATES, 4, 2), "float32"),
    "kinds": ((MOST_PLATES,), "uint8"),
    "real": ((), "uint8"),
}
NOTHING, EXACT, BOX, DOUBTFUL, REFUSED = range(5)
"""Kinds of quads: nothing there, true corners, a hand-drawn box, a place not to be judged, one that surely is none."""


@dataclass(frozen=True, slots=True)
class SceneSamples:
    """Makes samples for a ring."""

    faces: Sequence[Face] = field(repr=False)
    frames: Sequence[RealFrame] = field(repr=False)

    def __call__(self, rng: np.random.Generator) -> dict[str, NDArray[np.generic]]:
        real = bool(self.frames) and rng.random() < REAL_SHARE
        return packed(from_street(rng, self.frames, self.faces) if real else synthetic(rng, self.faces))


def packed(scene: Scene) -> dict[str, NDArray[np.generic]]:
    """As the ring keeps it."""
    marked = [(quad, EXACT if exact else BOX) for quad, exact in zip(scene.quads, scene.exact, strict=True)]
    marked += [(quad, DOUBTFUL) for quad in scene.doubtful] + [(quad, REFUSED) for quad in scene.refused]
    quads, kinds = np.zeros((MOST_PLATES, 4, 2), np.float32), np.zeros(MOST_PLATES, np.uint8)
    for place, (quad, kind) in enumerate(marked[:MOST_PLATES]):
        quads[place], kinds[place] = quad, kind
    return {"luma": scene.luma, "quads": quads, "kinds": kinds, "real": np.asarray(scene.real, np.uint8)}


def synthetic(rng: np.random.Generator, faces: Sequence[Face]) -> Scene:
    """A street that never was."""
    night = rng.random() < NIGHT_SHARE
    picture = backdrop(rng, (WIDTH, HEIGHT), night=night)
    strew(rng, picture, faces, int(rng.integers(0, 7)))
    quads: list[Quad] = []
    doubtful: list[Quad] = []
    least, most = np.log(FAR_WIDTHS_PX if rng.random() < FAR_SHARE else WIDTHS_PX)
    widths = np.sort(np.exp(rng.uniform(least, most, int(rng.choice([0, 1, 2, 2, 3, 4, 6])))))
    for width in widths:
        centre = rng.uniform(0.05, 0.95, 2) * (WIDTH, HEIGHT)
        quad, hides = park(rng, picture, faces, (float(centre[0]), float(centre[1])), float(width), night=night)
        doubtful = [*doubtful, *(other for other in quads if 0 < _hidden(other, hides) < GONE)]
        doubtful = [other for other in doubtful if _hidden(other, hides) < GONE]
        quads = [other for other in quads if _hidden(other, hides) == 0] + [quad]
    luma = np.asarray(np.clip(picture, 0, 255), np.uint8)
    if rng.random() < CLEAN_SHARE:
        luma = np.asarray(np.clip(luma + rng.normal(0, rng.uniform(0.5, 4), luma.shape), 0, 255), np.uint8)
    else:
        luma = optics(rng, luma, strength=float(rng.uniform(0.1, 0.6)))
    return Scene(luma, quads, [True] * len(quads), doubtful, [], real=False)


def from_street(rng: np.random.Generator, frames: Sequence[RealFrame], faces: Sequence[Face]) -> Scene:
    """A piece of a real frame."""
    frame = frames[int(rng.integers(len(frames)))]
    piece = cut(rng, frame, faces, (WIDTH, HEIGHT))
    luma = np.asarray(np.clip(piece.luma, 0, 255), np.uint8)
    if rng.random() < 0.6:
        luma = optics(rng, luma, strength=float(rng.uniform(0.05, 0.45)))
    return Scene(luma, piece.quads, piece.exact, piece.doubtful, piece.refused, real=True)


def _hidden(quad: Quad, box: tuple[int, int, int, int]) -> float:
    """About the share of a plate that a nearer vehicle hides."""
    low, high = quad.min(0), quad.max(0)
    shared = np.minimum(high, box[2:]) - np.maximum(low, box[:2])
    return float(np.prod(np.maximum(shared, 0)) / max(float(np.prod(high - low)), 1e-3))
