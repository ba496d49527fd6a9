"""Synthetic plates seen several times, in faces that training never saw, small to large.

All patches of a plate share its dirt, its light and its camera, as on a road: a vote of patches that err each in its
own way would seem surer than votes are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from kirpik.values import Luma, Quad
from kirpik_models.artwork import draw
from kirpik_models.capture import jitter, photograph
from kirpik_models.fonts import Face
from kirpik_models.weather import weather

FORMATS = ("kz2012_private", "kz2012_private", "kz2012_org", "ru_car", "kg_private")
"""At home, where the national grammars are asked; abroad plates are of all kinds, and no grammar is."""
PATCHES = 10
CHAR_HEIGHT_PX = (8.0, 26.0)


@dataclass(frozen=True, slots=True)
class Track:
    """One plate seen several times."""

    text: str
    abroad: bool
    char_px: float
    """Height of a character in the picture."""
    patches: tuple[tuple[Luma, Quad], ...] = field(repr=False)
    """Small pictures, and the plate's corners in them as a finder gives them."""


def tracks(rng: np.random.Generator, faces: Sequence[Face], count: int) -> Iterator[Track]:
    """`count` plates, at home and abroad in turn, each photographed PATCHES times by a camera of its own."""
    for number in range(count):
        abroad = bool(number % 2)
        art = draw(rng, faces, plate_format=None if abroad else str(rng.choice(FORMATS)))
        size, strength = float(np.exp(rng.uniform(*np.log(CHAR_HEIGHT_PX)))), float(rng.uniform(0.4, 1.3))
        worn, camera = weather(rng, art.luma), int(rng.integers(1 << 32))
        patches = []
        for _ in range(PATCHES):
            width = art.size_mm[0] * size * float(rng.uniform(0.75, 1.1)) / (0.66 * art.size_mm[1] / art.rows)
            shot = photograph(np.random.default_rng(camera), worn, width_px=width, strength=strength, worn=True)
            patches.append((shot.luma, jitter(rng, shot.quad, sigma=0.008)))
        yield Track(art.text, abroad, size, tuple(patches))
