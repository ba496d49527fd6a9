"""Toy vehicles round a plate: cars from behind and in front, vans, lorries, buses, motorcycles; no two alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kirpik.values import Quad
from kirpik_models.artwork import Artwork, draw
from kirpik_models.bodywork import Box, Paint, badge, glass, grille, lamps, mix_paint, panel, seams, wheels
from kirpik_models.clutter import display, hang, hang_flat, lettering
from kirpik_models.fonts import Face
from kirpik_models.mount import mount
from kirpik_models.paste import Field, paste
from kirpik_models.pose import pose

Spot = tuple[float, float]
TWO_ROWS = 0.3
"""Share of plates that have two rows beyond those that a country brings: they are rare, and missed more often."""
LONG_MM = 520
"""Width of the plate by which vehicles are measured: a shorter one hangs on a vehicle of the same size."""
ON_PAINT = 0.6
"""Share of plates fixed straight to the body that is painted already; the others bring a patch of their own."""
ALIKE = 0.5
"""Share of those whose paper is about as bright as the body: white on white is what finders miss."""


SIGNED = 0.2
"""Share of vehicles with a firm's lines right above the plate: a finder takes both for one large plate."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Proportions of one kind of vehicle: width in plate widths, height in widths, where the plate hangs."""

    wide: tuple[float, float]
    high: tuple[float, float]
    plate_from_foot: tuple[float, float]
    """In the vehicle's heights."""
    boxy: float
    """How often its sides stand straight up."""
    lettered: float
    weight: float


KINDS = (
    Kind((2.8, 4.2), (0.55, 0.95), (0.12, 0.5), 0.05, 0.2, 6),
    Kind((2.8, 4.0), (0.8, 1.15), (0.12, 0.5), 0.5, 0.4, 2),
    Kind((3.8, 5.4), (0.9, 1.6), (0.04, 0.25), 1.0, 0.8, 2),
    Kind((0.9, 1.9), (1.0, 2.2), (0.25, 0.6), 0.2, 0.1, 0.8),
)
"""Cars, vans, lorries and buses, motorcycles."""


def park(
    rng: np.random.Generator, scene: Field, faces: Sequence[Face], centre: Spot, width_px: float, *, night: bool
) -> tuple[Quad, Box]:
    """A vehicle whose plate is `width_px` wide at `centre`; returns the plate's corners and what it now hides."""
    art = draw(rng, faces, rows=2 if rng.random() < TWO_ROWS else None)
    paint = mix_paint(rng, night=night)
    weights = np.array([kind.weight for kind in KINDS])
    kind = KINDS[int(rng.choice(len(KINDS), p=weights / weights.sum()))]
    long_px = width_px * LONG_MM / art.size_mm[0]
    box = _box(rng, kind, centre, long_px)
    _body(rng, scene, faces, box, kind, paint)
    high_px = width_px * art.size_mm[1] / art.size_mm[0]
    quad: Quad = pose(rng, width_px, high_px) + np.array(centre)
    if rng.random() < SIGNED:
        firm_lines(rng, scene, faces, quad)
    _fix(rng, scene, art, quad, paint)
    if rng.random() < 0.9:
        lamps(rng, scene, box, paint, long_px)
    return quad, box


def firm_lines(rng: np.random.Generator, scene: Field, faces: Sequence[Face], quad: Quad) -> None:
    """A firm's name and number in one or two lines, about as high as the plate's characters, close above it."""
    (left, top), (right, bottom) = quad.min(0), quad.max(0)
    wide, y = right - left, top
    ground = float(scene[int(np.clip(top, 0, scene.shape[0] - 1)), int(np.clip(left, 0, scene.shape[1] - 1))])
    for _ in range(int(rng.integers(1, 3))):
        flat = lettering(rng, faces, ground)
        across = wide * float(rng.uniform(0.8, 3.5))
        down = min(across * flat.shape[0] / flat.shape[1], float(rng.uniform(0.6, 2.0)) * (bottom - top))
        across = down * flat.shape[1] / flat.shape[0]
        y -= down / 2 + float(rng.uniform(0.0, 0.5)) * down
        hang_flat(rng, scene, flat, ((left + right) / 2 + float(rng.normal(0, 0.3)) * wide, y), across)
        y -= down / 2


def _box(rng: np.random.Generator, kind: Kind, centre: Spot, width_px: float) -> Box:
    wide = width_px * float(rng.uniform(*kind.wide))
    high = wide * float(rng.uniform(*kind.high))
    spread = 0.05 if rng.random() < 0.8 else 0.15  # lorries and some cars wear it aside
    left = round(centre[0] - wide * float(np.clip(rng.normal(0.5, spread), 0.2, 0.8)))
    bottom = round(centre[1] + high * float(rng.uniform(*kind.plate_from_foot)))
    return left, round(bottom - high), round(left + wide), bottom


def _body(rng: np.random.Generator, scene: Field, faces: Sequence[Face], box: Box, kind: Kind, paint: Paint) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    shadow = np.array(
        [
            (left - wide * 0.1, bottom),
            (right + wide * 0.1, bottom),
            (right, bottom + wide * 0.1),
            (left, bottom + wide * 0.1),
        ]
    )
    panel(rng, scene, shadow, Paint(10, 0, paint.night), float(rng.uniform(0, 60)))
    wheels(scene, box, (0.1, 0.9))
    shoulder, roof = float(rng.uniform(0.25, 0.45)), float(rng.uniform(0.05, 0.2))
    boxy = rng.random() < kind.boxy
    inset = 0.0 if boxy else roof
    outline = [
        (left, bottom), (left, top + high * shoulder), (left + wide * inset, top),
        (right - wide * inset, top), (right, top + high * shoulder), (right, bottom),
    ]  # fmt: skip
    panel(rng, scene, np.array(outline), paint, paint.level)
    if not boxy or rng.random() < 0.6:
        pane = (left + round(wide * (inset + 0.04)), top + round(high * 0.05))
        glass(rng, scene, (*pane, right - round(wide * (inset + 0.04)), top + round(high * shoulder)), paint)
    seams(rng, scene, box, paint)
    if rng.random() < 0.5:
        _bumper(rng, scene, box, paint)
    if rng.random() < 0.4:
        y, half = top + high * float(rng.uniform(0.4, 0.7)), wide * float(rng.uniform(0.1, 0.4))
        middle = (left + right) / 2
        tall = high * float(rng.uniform(0.05, 0.2))
        grille(rng, scene, (round(middle - half), round(y), round(middle + half), round(y + tall)))
    if rng.random() < 0.5:
        place = (left + right) / 2, top + high * float(rng.uniform(0.38, 0.65))
        badge(rng, scene, place, wide * float(rng.uniform(0.015, 0.05)))
    _letter(rng, scene, faces, box, kind)


def _bumper(rng: np.random.Generator, scene: Field, box: Box, paint: Paint) -> None:
    left, top, right, bottom = box
    foot = top + (bottom - top) * float(rng.uniform(0.55, 0.9))
    level = float(rng.uniform(5, 60)) if rng.random() < 0.5 else paint.shade(rng, 0.3)
    panel(rng, scene, np.array([(left, foot), (right, foot), (right, bottom), (left, bottom)]), paint, level)


def _letter(rng: np.random.Generator, scene: Field, faces: Sequence[Face], box: Box, kind: Kind) -> None:
    """Model names, firms, telephone numbers, a destination above the windscreen."""
    left, top, right, bottom = box
    for _ in range(int(rng.integers(0, 4)) if rng.random() < kind.lettered + 0.2 else 0):
        spot = float(rng.uniform(left, right)), float(rng.uniform(top + 0.1 * (bottom - top), bottom))
        hang(rng, scene, faces, spot, (right - left) * float(rng.uniform(0.06, 0.6)))
    if rng.random() < 0.3 * kind.lettered:
        spot = (left + right) / 2, top + 0.08 * (bottom - top)
        display(rng, scene, faces, spot, (right - left) * float(rng.uniform(0.3, 0.8)))


def _fix(rng: np.random.Generator, scene: Field, art: Artwork, quad: Quad, paint: Paint) -> None:
    """The plate onto the body, straight on its paint or in a patch that is darker, lighter, framed."""
    width_px = float(np.hypot(*(quad[1] - quad[0])))
    dim = float(rng.uniform(0.25, 1.0)) if paint.night else float(rng.uniform(0.8, 1.0))
    at = np.clip(quad.mean(0).astype(int), 0, np.array(scene.shape[::-1]) - 1)
    level = float(scene[at[1], at[0]])
    if not paint.night and level > 90 and rng.random() < ALIKE:
        dim *= float(np.clip(level / max(float(np.percentile(art.luma, 75)), 1.0), 0.5, 1.15))
    straight = rng.random() < ON_PAINT
    mounted = mount(rng, art, scale=min(1.0, 3 * width_px / art.size_mm[0]), paint=level if straight else None, dim=dim)
    paste(scene, mounted.luma, quad, inner=mounted.inner)
