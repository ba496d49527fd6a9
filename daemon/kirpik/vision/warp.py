"""A patch of the picture, seen as if the camera stood square before the plate; and the way back for points.

Pixel centres are whole numbers in picture and patch, so a picture of width w reaches from −0.5 to w − 0.5.
"""

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad

Homography = NDArray[np.float64]
"""Shape (3, 3), patch pixel to picture pixel."""

UNIT_SQUARE = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def warp(luma: Luma, quad: Quad, width: int, height: int, margin: float | tuple[float, float]) -> Luma:
    """The plate in `quad` stretched over a patch, with `margin` (share of the plate's width, height) around it.

    Where the patch leaves the picture, the picture's edge is continued.
    """
    return sample(luma, patch_to_picture(quad, width, height, margin), width, height)


def patch_to_picture(quad: Quad, width: int, height: int, margin: float | tuple[float, float]) -> Homography:
    """The homography that takes a patch's pixels to the picture's; the quad's corners lie inside by the margin."""
    margin_x, margin_y = margin if isinstance(margin, tuple) else (margin, margin)
    across, down = (1 + 2 * margin_x) / width, (1 + 2 * margin_y) / height
    patch_to_unit = np.array([[across, 0, across / 2 - margin_x], [0, down, down / 2 - margin_y], [0, 0, 1]])
    return np.asarray(unit_to_quad(quad) @ patch_to_unit)


def unit_to_quad(quad: Quad) -> Homography:
    """The homography from the unit square to four corners (Heckbert 1989)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    dx1, dx2, dy1, dy2 = x1 - x2, x3 - x2, y1 - y2, y3 - y2
    area = dx1 * dy2 - dx2 * dy1
    if abs(area) < 1e-9:
        area = 1e-9  # three corners on a line: nothing can be seen there, but nothing may divide by zero
    g = (sum_x * dy2 - dx2 * sum_y) / area
    h = (dx1 * sum_y - sum_x * dy1) / area
    return np.array([[x1 - x0 + g * x1, x3 - x0 + h * x3, x0], [y1 - y0 + g * y1, y3 - y0 + h * y3, y0], [g, h, 1.0]])


def move(homography: Homography, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of shape (n, 2) taken through a homography; its inverse takes them back."""
    moved = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:])


def sample(luma: Luma, homography: Homography, width: int, height: int) -> Luma:
    """Bilinear samples of the picture at each patch pixel; a picture finer than the patch is averaged down first."""
    x, y = _grid(homography, width, height)
    region, left, top = _region(luma, x, y)
    factor = _reduction(x, y)
    if factor > 1:
        region = _averaged(region, factor)
    return _bilinear(region, _reduced(x, left, factor), _reduced(y, top, factor))


def _reduced(coordinate: NDArray[np.float32], start: int, factor: int) -> NDArray[np.float32]:
    return np.asarray((coordinate - start + 0.5) / factor - 0.5, np.float32)


def _grid(homography: Homography, width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    across, down = np.arange(width), np.arange(height)[:, None]
    (a, b, c), (d, e, f), (g, h, i) = homography
    ahead = (g * across + i) + h * down
    depth = np.where(np.abs(ahead) < 1e-6, 1e-6, ahead)
    x = ((a * across + c) + b * down) / depth
    y = ((d * across + f) + e * down) / depth
    return x.astype(np.float32), y.astype(np.float32)


def _region(luma: Luma, x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[Luma, int, int]:
    """The part of the picture that the samples touch, and its left and top."""
    high, wide = luma.shape
    left = int(np.clip(np.floor(x.min()), 0, wide - 2))
    right = int(np.clip(np.ceil(x.max()) + 2, left + 2, wide))
    top = int(np.clip(np.floor(y.min()), 0, high - 2))
    bottom = int(np.clip(np.ceil(y.max()) + 2, top + 2, high))
    return luma[top:bottom, left:right], left, top


def _reduction(x: NDArray[np.float32], y: NDArray[np.float32]) -> int:
    """How many picture pixels one patch pixel covers along its finer axis, in the patch's middle, rounded."""
    row, column = x.shape[0] // 2, x.shape[1] // 2
    across = np.hypot(x[row, column] - x[row, column - 1], y[row, column] - y[row, column - 1])
    down = np.hypot(x[row, column] - x[row - 1, column], y[row, column] - y[row - 1, column])
    return int(np.clip(np.round(min(across, down)), 1, 8))


def _averaged(region: Luma, factor: int) -> Luma:
    high, wide = (-(-side // factor) * factor for side in region.shape)
    whole = np.pad(region, ((0, high - region.shape[0]), (0, wide - region.shape[1])), mode="edge")
    total = np.full((high // factor, wide // factor), factor * factor // 2, np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += whole[row::factor, column::factor]
    return np.asarray(total // (factor * factor), np.uint8)


def _bilinear(region: Luma, x: NDArray[np.float32], y: NDArray[np.float32]) -> Luma:
    high, wide = region.shape
    if high < 2 or wide < 2:
        region = np.pad(region, ((0, 2 - min(high, 2)), (0, 2 - min(wide, 2))), mode="edge")
        high, wide = region.shape
    x, y = np.clip(x, 0, wide - 1), np.clip(y, 0, high - 1)
    left, top = np.minimum(x.astype(np.int32), wide - 2), np.minimum(y.astype(np.int32), high - 2)
    x, y = x - left, y - top
    flat, first = np.ascontiguousarray(region).ravel(), top * wide + left
    upper = _between(flat, first, x)
    first += wide
    return np.asarray(upper + (_between(flat, first, x) - upper) * y + np.float32(0.5), np.uint8)


def _between(flat: Luma, first: NDArray[np.int32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    left, right = flat.take(first).astype(np.float32), flat.take(first + 1).astype(np.float32)
    return np.asarray(left + (right - left) * share)
