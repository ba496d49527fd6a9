"""Flat artwork in perspective, filtered by area: a plate's edge lands where geometry says, to hundredths of a pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Array = NDArray[np.float64]
Levels = tuple[Picture, ...]


def pyramid(artwork: Picture, *, smallest_px: int = 16) -> Levels:
    """Halvings by area, so that a texel of any level is the mean of what it covers."""
    levels = [np.ascontiguousarray(artwork, np.float32)]
    while min(levels[-1].shape[:2]) >= 2 * smallest_px and not (levels[-1].shape[0] | levels[-1].shape[1]) & 1:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)


def level_for(levels: Levels, width_px: float) -> int:
    """The smallest level that still has a texel for every pixel of the target."""
    fitting = [i for i, level in enumerate(levels) if level.shape[1] >= width_px]
    return fitting[-1] if fitting else 0


def warp(artwork: Picture, quad: Array, size: tuple[int, int]) -> Picture:
    """Artwork's outline, clockwise from top left, onto `quad`; nothing outside. `size`: height, width."""
    height, width = artwork.shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(outline, quad.astype(np.float32))
    warped = cv2.warpPerspective(
        artwork, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(warped, np.float32)


def on_canvas(pixels: Array, origin: tuple[int, int], scale: int) -> Array:
    """Picture coordinates to those of a canvas with `scale` cells a pixel, whose first pixel is `origin` (x, y)."""
    return np.asarray((pixels - np.asarray(origin) + 0.5) * scale - 0.5)


def lay_over(canvas: Picture, layer: Picture) -> None:
    """`layer` holds colour times coverage, and coverage."""
    canvas *= 1.0 - layer[..., 1]
    canvas += layer[..., 0]


def reduce_by_area(canvas: Picture, scale: int) -> Picture:
    height, width = canvas.shape[:2]
    return np.asarray(cv2.resize(canvas, (width // scale, height // scale), interpolation=cv2.INTER_AREA), np.float32)
