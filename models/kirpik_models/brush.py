"""The canvas of one plate with what it is drawn with."""

from dataclasses import dataclass, field

import numpy as np

from kirpik.values import Luma
from kirpik_models.fonts import Mask
from kirpik_models.letters import Pen

Rect = tuple[int, int, int, int]
"""left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Brush:
    canvas: Luma = field(repr=False)
    pen: Pen
    ink: int
    rng: np.random.Generator = field(repr=False)

    def stamp(self, char: str, left: float, top: float, size: tuple[int, int], *, ink: int | None = None) -> None:
        """One character of `size` (width, height) with its upper left corner at (left, top)."""
        mask = self.pen.mask(char, *size)
        blend(self.canvas, mask, (round(left), round(top)), self.ink if ink is None else ink)

    def lettering(self, letters: str, rect: Rect, *, ink: int | None = None) -> None:
        """Small characters centred in `rect`."""
        left, top, right, bottom = rect
        step = (right - left) / max(len(letters), 2)
        height = max(5, min(bottom - top, round(step * 1.7)))
        start = (left + right) / 2 - step * len(letters) / 2
        for place, char in enumerate(letters):
            self.stamp(
                char, start + place * step, (top + bottom - height) / 2, (max(3, round(step * 0.85)), height), ink=ink
            )

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def shade(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))


def blend(canvas: Luma, mask: Mask, corner: tuple[int, int], ink: int) -> None:
    """`ink` through `mask` with its upper left corner at `corner`, clipped to the canvas."""
    left, top = corner
    rows, columns = canvas.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + mask.shape[1], columns), min(top + mask.shape[0], rows)
    if x0 >= x1 or y0 >= y1:
        return
    part = canvas[y0:y1, x0:x1]
    alpha = mask[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32) / 255
    part[:] = (part * (1 - alpha) + ink * alpha + 0.5).astype(np.uint8)
