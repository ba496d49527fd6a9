"""What a toy vehicle is made of: bent sheet metal, glass, lamps, grilles, badges. All of it lies near real plates."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik_models.backdrop import glow
from kirpik_models.paste import Field

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; may reach beyond the picture."""


@dataclass(frozen=True, slots=True)
class Paint:
    """One vehicle's colour and the light on it."""

    level: float
    gloss: float
    """Strength of what is mirrored in it."""
    night: bool

    def shade(self, rng: np.random.Generator, spread: float) -> float:
        """Of a neighbouring panel."""
        return float(np.clip(self.level * np.exp(rng.normal(0, spread)) + rng.normal(0, 20 * spread), 0, 255))


def mix_paint(rng: np.random.Generator, *, night: bool) -> Paint:
    """White, black and grey are commonest; at night all are dark."""
    level = float(rng.choice([rng.uniform(190, 250), rng.uniform(5, 45), rng.uniform(40, 200)], p=[0.35, 0.25, 0.4]))
    return Paint(level * (float(rng.uniform(0.08, 0.7)) if night else 1.0), float(rng.uniform(0, 0.35)), night)


def panel(rng: np.random.Generator, scene: Field, outline: NDArray[np.float64], paint: Paint, level: float) -> None:
    """A surface that is lighter above than below, mirrors a horizon, and is not quite even."""
    shape = outline.round().astype(np.int32)
    left, top = np.maximum(shape.min(0), 0)
    right, bottom = np.minimum(shape.max(0) + 1, scene.shape[::-1])
    if right - left < 1 or bottom - top < 1:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillPoly(mask, [shape - (left, top)], 1)
    down = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None]
    wave = np.asarray(np.sin(down * rng.uniform(2, 12) + rng.uniform(0, 6)), np.float32)
    lit = level * (1 + paint.gloss * (0.6 * (0.5 - down) + 0.4 * wave))
    grain = cv2.resize(rng.normal(0, 1, (3, 5)).astype(np.float32), mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    part = scene[top:bottom, left:right]
    part += (np.clip(lit + grain * level * 0.5 * paint.gloss, 0, 255) - part) * mask


def glass(rng: np.random.Generator, scene: Field, box: Box, paint: Paint) -> None:
    """Dark, with the sky's reflection and now and then a sticker or a face's blot."""
    left, top, right, bottom = box
    level = float(rng.uniform(5, 90)) * (0.4 if paint.night else 1.0)
    lean = round((right - left) * float(rng.uniform(0, 0.12)))
    outline = np.array([(left + lean, top), (right - lean, top), (right, bottom), (left, bottom)])
    panel(rng, scene, outline, Paint(level, float(rng.uniform(0, 1.2)), paint.night), level)
    for _ in range(int(rng.integers(0, 3))):
        x, y = int(rng.uniform(left, right)), int(rng.uniform(top, bottom))
        reach = max(1, round((right - left) * float(rng.uniform(0.02, 0.08))))
        cv2.ellipse(scene, (x, y), (reach, max(1, reach * 3 // 4)), 0, 0, 360, float(rng.uniform(0, 200)) * 0.7, -1)


def grille(rng: np.random.Generator, scene: Field, box: Box) -> None:
    """Bars, a mesh or slats in a dark opening."""
    left, top, right, bottom = box
    cv2.rectangle(scene, (left, top), (right, bottom), float(rng.uniform(0, 50)), -1)
    level, step = float(rng.uniform(20, 230)), max(2, round((bottom - top) / float(rng.uniform(2, 9))))
    kind, thick = rng.random(), max(1, step // 3)
    if kind < 0.7:
        for y in range(top, bottom, step):
            cv2.line(scene, (left, y), (right, y), level, thick)
    if kind > 0.5:
        for x in range(left, right, max(2, round(step * float(rng.uniform(0.6, 2))))):
            cv2.line(scene, (x, top), (x, bottom), level, thick)
    if rng.random() < 0.4:
        cv2.rectangle(scene, (left, top), (right, bottom), float(rng.uniform(100, 250)), thick)


def badge(rng: np.random.Generator, scene: Field, centre: tuple[float, float], size: float) -> None:
    """Rings, a disc, a bar, a diamond: a maker's mark."""
    x, y, reach = round(centre[0]), round(centre[1]), max(1, round(size))
    level, thick, kind = float(rng.uniform(60, 255)), max(1, reach // 4), rng.random()
    if kind < 0.25:
        for step in range(4):
            cv2.circle(scene, (x + round((step - 1.5) * 1.4 * reach), y), reach, level, thick)
    elif kind < 0.6:
        cv2.circle(scene, (x, y), reach, level, -1 if rng.random() < 0.5 else thick)
        cv2.circle(scene, (x, y), max(1, reach // 2), float(rng.uniform(0, 255)), -1)
    elif kind < 0.8:
        cv2.rectangle(scene, (x - 3 * reach, y - thick), (x + 3 * reach, y + thick), level, -1)
    else:
        points = np.array([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], np.int32)
        cv2.fillPoly(scene, [points], level)


def lamps(rng: np.random.Generator, scene: Field, box: Box, paint: Paint, reach_px: float) -> None:
    """A pair of clusters, lying, standing or round, lit or not; by night their glare reaches over the plate."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    across, down = wide * float(rng.uniform(0.04, 0.2)), high * float(rng.uniform(0.04, 0.3))
    y, inset = top + high * float(rng.uniform(0.3, 0.75)), float(rng.uniform(0.0, 0.14)) * wide
    lit, level, inner = rng.random() < (0.75 if paint.night else 0.2), float(rng.uniform(40, 255)), rng.uniform(0, 255)
    glare = float(rng.uniform(0.05, 0.35))
    round_one = rng.random() < 0.4
    for x in (left + inset + across / 2, right - inset - across / 2):
        centre, size = (round(x), round(y)), (max(1, round(across / 2)), max(1, round(down / 2)))
        if round_one:
            cv2.ellipse(scene, centre, size, 0, 0, 360, level, -1)
        else:
            first, last = (centre[0] - size[0], centre[1] - size[1]), (centre[0] + size[0], centre[1] + size[1])
            cv2.rectangle(scene, first, last, level, -1)
        cv2.ellipse(scene, centre, (max(1, size[0] // 2), max(1, size[1] // 2)), 0, 0, 360, float(inner), -1)
        if lit:
            glow(scene, (x, y), max(1.0, reach_px * glare), rng)


def seams(rng: np.random.Generator, scene: Field, box: Box, paint: Paint) -> None:
    """Lids, bumpers and trim end in lines."""
    left, top, right, bottom = box
    for _ in range(int(rng.integers(0, 5))):
        y = top + round((bottom - top) * float(rng.uniform(0.35, 1.0)))
        lean = round((right - left) * float(rng.uniform(0, 0.15)))
        level = paint.shade(rng, 0.6)
        cv2.line(scene, (left + lean, y), (right - lean, y), level, int(rng.integers(1, 3)))
    if rng.random() < 0.3:
        y, height = top + round((bottom - top) * float(rng.uniform(0.4, 0.8))), max(1, (bottom - top) // 40)
        cv2.rectangle(
            scene, (left, y), (right, y + height), float(rng.uniform(150, 255)) * (0.3 if paint.night else 1), -1
        )


def wheels(scene: Field, box: Box, feet: Sequence[float]) -> None:
    """Black, below the body."""
    left, _, right, bottom = box
    wide = right - left
    for share in feet:
        x = left + round(wide * share)
        cv2.rectangle(
            scene, (x - round(wide * 0.06), bottom - 2), (x + round(wide * 0.06), bottom + round(wide * 0.08)), 8.0, -1
        )
