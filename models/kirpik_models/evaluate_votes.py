"""How often an accepted vote is wrong, on synthetic tracks in faces that training never saw; and the weights of doubt.

The printed weights belong into `kirpik.vision.witness`: they are fitted whenever the reader has changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma
from kirpik.vision.read import FULL_WEIGHT_WIDTH_PX, Look, Reader
from kirpik.vision.rectify import row_crops
from kirpik_models.artwork import draw
from kirpik_models.capture import jitter, photograph
from kirpik_models.fonts import Face

FORMATS = ("kz2012_private", "kz2012_private", "kz2012_org", "ru_car", "kg_private")
PATCHES = 6
SEEN = (1, 2, 3, 4, 6)
"""So many of a track's patches vote in turn: a still has one."""
CHAR_HEIGHT_PX = (8.0, 26.0)
SIZES = (8.0, 10.0, 12.0, 16.0, 20.0, 26.0)
BOUNDS = (0.9, 0.95, 0.98, 0.99, 0.995)
RIDGE = 1e-2
SIGNS = np.array([0.0, 1.0, 1.0, -1.0, -1.0])
"""Of bias, vote, share, rival and forgotten; the bias may have either."""
SLIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Crops:
    """One plate seen several times."""

    text: str
    rows: int
    char_px: float
    """Height of a character in the picture."""
    patches: tuple[tuple[float, tuple[Luma, ...]], ...] = field(repr=False)
    """Width in the picture, and a crop for each row."""


@dataclass(slots=True)
class Heard:
    """Features of every vote that named a plate, and whether it was right; `asked` also holds those that named none."""

    features: list[NDArray[np.float64]] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    char_px: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    """Height of a character, for every vote."""


def tracks(rng: np.random.Generator, faces: Sequence[Face], count: int) -> Iterator[Crops]:
    """Plates of one size each, small to large, each photographed PATCHES times in its own dirt."""
    for _ in range(count):
        art = draw(rng, faces, plate_format=str(rng.choice(FORMATS)))
        size, strength = float(np.exp(rng.uniform(*np.log(CHAR_HEIGHT_PX)))), float(rng.uniform(0.4, 1.3))
        patches = []
        for _ in range(PATCHES):
            width = art.size_mm[0] * size * float(rng.uniform(0.75, 1.1)) / (0.66 * art.size_mm[1] / art.rows)
            shot = photograph(rng, art.luma, width_px=width, strength=strength)
            quad = jitter(rng, shot.quad, sigma=0.008)
            patches.append((width, tuple(row_crops(shot.luma, quad, art.rows))))
        yield Crops(art.text, art.rows, size, tuple(patches))


def listen(reader: Reader, plates: Iterator[Crops], rng: np.random.Generator) -> Heard:
    """Let parts of each track vote."""
    heard = Heard()
    for plate in plates:
        looks = [_look(reader, width, rows) for width, rows in plate.patches]
        for count in SEEN:
            some = [looks[at] for at in rng.permutation(len(looks))[:count]]
            _judge(heard, reader, some, plate)
    return heard


def fit(heard: Heard) -> NDArray[np.float64]:
    """Bias and weights of a logistic regression. What speaks against a text must lower its confidence, if only
    slightly: where chance or the other weights would have it otherwise, a weight is held at `SLIGHT`."""
    table = np.column_stack([np.ones(len(heard.right)), np.array(heard.features)])
    weights = np.zeros(table.shape[1])
    held = np.zeros(table.shape[1], bool)
    while True:
        weights = _newton(table, np.array(heard.right, np.float64), np.where(held, weights, 0.0), held)
        wrong = ~held & (weights * SIGNS < SLIGHT * np.abs(SIGNS))
        if not wrong.any():
            return weights
        held |= wrong
        weights[wrong] = (SIGNS * SLIGHT)[wrong]


def _newton(
    table: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64], held: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The likeliest weights, those that are held apart; a slight ridge."""
    free, weights = table[:, ~held], weights.copy()
    for _ in range(40):
        chance = 1 / (1 + np.exp(-table @ weights))
        curve = (free * (chance * (1 - chance))[:, None]).T @ free + RIDGE * np.eye(free.shape[1])
        weights[~held] += np.linalg.solve(curve, free.T @ (right - chance) - RIDGE * weights[~held])
    return weights


def figures(heard: Heard) -> Iterator[tuple[str, str, str]]:
    """For each bound: what share of all votes is accepted, and how many of those are wrong."""
    for bound in BOUNDS:
        yield f"{bound}", *_accepted(heard, bound, (0.0, np.inf))


def by_size(heard: Heard, accept: float) -> Iterator[tuple[str, str, str, str]]:
    """For each range of character heights: what share of votes is right, what is accepted, and of that wrong."""
    for low, high in pairwise(SIZES):
        here = [low <= size < high for size in heard.char_px]
        asked = sum(low <= size < high for size in heard.asked)
        right = sum(ok for ok, inside in zip(heard.right, here, strict=True) if inside)
        yield f"{low:g} to {high:g} px", f"{right / max(asked, 1):.1%}", *_accepted(heard, accept, (low, high))


def _accepted(heard: Heard, bound: float, sizes: tuple[float, float]) -> tuple[str, str]:
    asked, size = np.array(heard.asked), np.array(heard.char_px)
    taken = (np.array(heard.confidence) >= bound) & (size >= sizes[0]) & (size < sizes[1])
    whole = max(int(((asked >= sizes[0]) & (asked < sizes[1])).sum()), 1)
    wrong = int((taken & ~np.array(heard.right)).sum())
    return f"{taken.sum() / whole:.1%}", f"{wrong} of {int(taken.sum())}"


def _look(reader: Reader, width: float, rows: tuple[Luma, ...]) -> Look:
    weight = min(1.0, width / FULL_WEIGHT_WIDTH_PX)
    return Look({len(rows): tuple(reader.evidence(crop, weight) for crop in rows)})


def _judge(heard: Heard, reader: Reader, looks: Sequence[Look], plate: Crops) -> None:
    heard.asked.append(plate.char_px)
    vote = reader.vote(looks)
    reading = None if vote is None else reader.reading(vote)
    if reading is None or vote is None:
        return
    heard.features.append(reader.witness(vote).features())
    heard.confidence.append(reading.confidence)
    heard.right.append(reading.plate.reveal() == plate.text)
    heard.char_px.append(plate.char_px)
