"""Put a flat picture into a scene as a sensor would see it: each pixel is the mean of what falls on it.

The corners' truth is good to a few thousandths of a pixel, because a finder's bias becomes a speed's bias.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad
from kirpik.vision.warp import move, unit_to_quad

Field = NDArray[np.float32]
FINENESS = 3
"""Samples per pixel and axis before averaging."""


def paste(
    scene: Field, picture: Luma | Field, quad: Quad, *, inner: tuple[float, float, float, float] = (0, 0, 1, 1)
) -> None:
    """Draw `picture` so that its part `inner` (left, top, right, bottom as shares) fills `quad`; in place."""
    whole = move(unit_to_quad(quad) @ _unit_of(inner), np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]))
    high, wide = scene.shape
    left, top = np.maximum(np.floor(whole.min(0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(whole.max(0)).astype(int) + 2, (wide, high))
    if right - left < 2 or bottom - top < 2:
        return
    fine = ((right - left) * FINENESS, (bottom - top) * FINENESS)
    target = (whole - (left, top) + 0.5) * FINENESS - 0.5
    small = _shrunk(picture, target)
    rows, columns = small.shape
    source = np.array([(-0.5, -0.5), (columns - 0.5, -0.5), (columns - 0.5, rows - 0.5), (-0.5, rows - 0.5)])
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    drawn = cv2.warpPerspective(small, matrix, fine, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(np.full_like(small, 255), matrix, fine, flags=cv2.INTER_LINEAR)
    size = (right - left, bottom - top)
    share = cv2.resize(cover, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    # Averaging must weigh by cover, or the replicated border would leak into edge pixels.
    part = scene[top:bottom, left:right]
    part += (cv2.resize(drawn, size, interpolation=cv2.INTER_AREA).astype(np.float32) - part) * share


def _unit_of(inner: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Takes the unit square of the whole picture to that of its inner part."""
    left, top, right, bottom = inner
    across, down = 1 / (right - left), 1 / (bottom - top)
    return np.array([[across, 0, -left * across], [0, down, -top * down], [0, 0, 1]])


def _shrunk(picture: Luma | Field, target: Quad) -> Field:
    """Averaged down beforehand to about the sampling's fineness, so that nothing is skipped."""
    rows, columns = picture.shape
    across = max(np.hypot(*(target[1] - target[0])), np.hypot(*(target[2] - target[3])))
    down = max(np.hypot(*(target[3] - target[0])), np.hypot(*(target[2] - target[1])))
    size = (int(min(columns, max(4, np.ceil(across)))), int(min(rows, max(4, np.ceil(down)))))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
