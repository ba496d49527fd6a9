"""Toy vehicles round a plate: body, window, lamps, bumper, badge, lettering. Plain, but never twice the same."""

from collections.abc import Sequence

import cv2
import numpy as np

from kirpik.values import Quad
from kirpik_models.artwork import draw
from kirpik_models.backdrop import glow
from kirpik_models.clutter import hang
from kirpik_models.fonts import Face
from kirpik_models.mount import mount
from kirpik_models.paste import Field, paste
from kirpik_models.pose import pose


def park(
    rng: np.random.Generator,
    scene: Field,
    faces: Sequence[Face],
    centre: tuple[float, float],
    width_px: float,
    *,
    night: bool,
) -> Quad:
    """A vehicle whose plate is `width_px` wide at `centre`; returns the plate's corners."""
    body = _body(rng, scene, faces, centre, width_px, night=night)
    art = draw(rng, faces)
    high_px = width_px * art.size_mm[1] / art.size_mm[0]
    quad: Quad = pose(rng, width_px, high_px) + np.array(centre)
    mounted = mount(rng, art, scale=min(1.0, 3 * width_px / art.size_mm[0]))
    flat = mounted.luma.astype(np.float32)
    if night:
        flat *= float(rng.uniform(0.25, 1.0))
    paste(scene, np.asarray(flat, np.uint8), quad, inner=mounted.inner)
    _lamps(rng, scene, body, width_px, night=night)
    return quad


def _body(
    rng: np.random.Generator,
    scene: Field,
    faces: Sequence[Face],
    centre: tuple[float, float],
    width_px: float,
    *,
    night: bool,
) -> tuple[int, int, int, int]:
    """Paint the vehicle; returns its left, top, right, bottom."""
    tall = rng.random() < 0.2
    wide = width_px * float(rng.uniform(2.6, 5.0))
    high = wide * float(rng.uniform(0.9, 1.5) if tall else rng.uniform(0.5, 0.9))
    left = round(centre[0] - wide * float(rng.normal(0.5, 0.05)))
    bottom = round(centre[1] + high * float(rng.uniform(0.1, 0.5)))
    right, top = round(left + wide), round(bottom - high)
    level = float(rng.uniform(5, 245)) * (float(rng.uniform(0.1, 0.6)) if night else 1.0)
    cv2.ellipse(
        scene,
        ((left + right) // 2, bottom),
        (round(wide * 0.55), max(2, round(high * 0.08))),
        0,
        0,
        360,
        level * 0.2,
        -1,
    )
    shape = np.array(
        [
            (left, bottom),
            (left, top + high * 0.4),
            (left + wide * 0.14, top),
            (right - wide * 0.14, top),
            (right, top + high * 0.4),
            (right, bottom),
        ]
    )
    if tall:
        shape = np.array([(left, bottom), (left, top), (right, top), (right, bottom)])
    cv2.fillPoly(scene, [shape.round().astype(np.int32)], level)
    _furnish(rng, scene, (left, top, right, bottom), level, tall=tall)
    for _ in range(int(rng.integers(0, 3))):
        spot = float(rng.uniform(left, right)), float(rng.uniform(top + 0.35 * high, bottom))
        hang(rng, scene, faces, spot, wide * float(rng.uniform(0.06, 0.6)))
    return left, top, right, bottom


def _furnish(
    rng: np.random.Generator, scene: Field, box: tuple[int, int, int, int], level: float, *, tall: bool
) -> None:
    """Window, bumper, seams, wheels."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if not tall or rng.random() < 0.5:
        glass = (
            (left + round(wide * 0.16), top + round(high * 0.05)),
            (right - round(wide * 0.16), top + round(high * 0.38)),
        )
        cv2.rectangle(scene, *glass, level * 0.3 + float(rng.uniform(0, 40)), -1)
    for _ in range(int(rng.integers(0, 5))):
        y = top + round(high * float(rng.uniform(0.4, 1.0)))
        cv2.line(
            scene, (left, y), (right, y), float(np.clip(level + rng.normal(0, 60), 0, 255)), int(rng.integers(1, 4))
        )
    if rng.random() < 0.6:
        foot = top + round(high * float(rng.uniform(0.7, 0.9)))
        cv2.rectangle(scene, (left, foot), (right, bottom), level * float(rng.uniform(0.1, 1.1)), -1)
    for x in (left + round(wide * 0.1), right - round(wide * 0.1)):
        cv2.rectangle(
            scene, (x - round(wide * 0.06), bottom - 2), (x + round(wide * 0.06), bottom + round(high * 0.1)), 8.0, -1
        )


def _lamps(
    rng: np.random.Generator, scene: Field, box: tuple[int, int, int, int], width_px: float, *, night: bool
) -> None:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    share, inset = float(rng.uniform(0.35, 0.7)), float(rng.uniform(0.02, 0.16))
    lit = rng.random() < (0.75 if night else 0.2)
    for x in (left + inset * wide, right - inset * wide):
        y = top + share * high
        size = (max(1, round(wide * 0.07)), max(1, round(high * 0.06)))
        cv2.ellipse(scene, (round(x), round(y)), size, 0, 0, 360, float(rng.uniform(60, 255)), -1)
        if lit:
            glow(scene, (x, y), width_px * float(rng.uniform(0.05, 0.3)), rng)
