"""A plate's quadrilateral in the full picture, straightened into the reader's crop."""

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad

CROP_HEIGHT, CROP_WIDTH = 40, 192
MARGIN_X, MARGIN_Y = 0.02, 0.08
"""Shown beyond each side of the plate, in its widths and heights, so that a corner a little off cuts no character."""
TWO_ROW_SPLIT = ((0.0, 0.54), (0.46, 1.0))
"""Upper and lower row of a two-row plate, in its heights; they overlap because states divide differently."""
TARGET_DEVIATION, FLOOR_DEVIATION = 56.0, 4.0
"""Contrast after `normalise`, and below which a crop is taken as empty rather than stretched."""

Matrix = NDArray[np.float64]


def rectify(luma: Luma, quad: Quad, *, top: float = 0.0, bottom: float = 1.0) -> Luma:
    """The band from `top` to `bottom` (in plate heights) of the plate `quad`, normalised, CROP_HEIGHT × CROP_WIDTH.

    Outside of the picture its edge is repeated. Samples are averaged where the plate is larger than the crop.
    """
    steps = _oversampling(quad)
    x, y = _sample_points(quad, top, bottom, steps)
    values = _bilinear(luma, x, y)
    if steps > 1:
        values = values.reshape(CROP_HEIGHT, steps, CROP_WIDTH, steps).mean((1, 3))
    return normalise(values)


def normalise(values: NDArray[np.float32]) -> Luma:
    """Mean 128, a fixed deviation: the reader sees neither the exposure nor the night."""
    mean = float(values.mean())
    deviation = max(float(values.std()), FLOOR_DEVIATION)
    return np.clip((values - mean) * np.float32(TARGET_DEVIATION / deviation) + 128.5, 0, 255).astype(np.uint8)


def aspect(quad: Quad) -> float:
    """Width over height as seen, from the longer of each pair of sides' mean."""
    top, right, bottom, left = (float(np.hypot(*(quad[(i + 1) % 4] - quad[i]))) for i in range(4))
    return (top + bottom) / max(left + right, 1e-6)


def width_px(quad: Quad) -> float:
    """Mean length of the upper and lower side."""
    return float(np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2


def homography(quad: Quad) -> Matrix:
    """3 × 3 from the unit square (0,0 at the top left) to `quad` (Heckbert 1989, closed form)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    sx, sy = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    dx1, dx2, dy1, dy2 = x1 - x2, x3 - x2, y1 - y2, y3 - y2
    det = dx1 * dy2 - dx2 * dy1
    g, h = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det) if abs(det) > 1e-9 else (0.0, 0.0)
    return np.array([[x1 - x0 + g * x1, x3 - x0 + h * x3, x0], [y1 - y0 + g * y1, y3 - y0 + h * y3, y0], [g, h, 1.0]])


def _oversampling(quad: Quad) -> int:
    return 1 + int(width_px(quad) > 1.5 * CROP_WIDTH) + int(width_px(quad) > 3.0 * CROP_WIDTH)


def _sample_points(quad: Quad, top: float, bottom: float, steps: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    margin = MARGIN_Y * (bottom - top)
    columns = (np.arange(CROP_WIDTH * steps) + 0.5) / (CROP_WIDTH * steps)
    rows = (np.arange(CROP_HEIGHT * steps) + 0.5) / (CROP_HEIGHT * steps)
    u = (columns * (1 + 2 * MARGIN_X) - MARGIN_X).astype(np.float32)[None, :]
    v = (rows * (bottom - top + 2 * margin) + top - margin).astype(np.float32)[:, None]
    m = homography(quad).astype(np.float32)
    w = 1 / (m[2, 0] * u + (m[2, 1] * v + 1))
    return (m[0, 0] * u + (m[0, 1] * v + m[0, 2])) * w, (m[1, 0] * u + (m[1, 1] * v + m[1, 2])) * w


def _bilinear(luma: Luma, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = luma.shape
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - column, y - row
    start = row * width + column
    flat = luma.reshape(-1)
    upper = flat.take(start) * (1 - fx) + flat.take(start + 1) * fx
    start += width
    lower = flat.take(start) * (1 - fx) + flat.take(start + 1) * fx
    return np.asarray(upper + fy * (lower - upper), np.float32)
