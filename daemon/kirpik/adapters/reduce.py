"""The detector's small pictures, for sources that bring only the large one. On a Pi the camera's own scaler makes the
whole one; the parts of it that are looked at more finely are always cut out here."""

import numpy as np
from PIL import Image

from kirpik.values import Luma, View

LORES_WIDTH, LORES_HEIGHT = 640, 384


def reduce_to_lores(luma: Luma) -> Luma:
    """Reduce by one factor for both axes so that it fits the detector; a smaller picture stays as it is."""
    height, width = luma.shape
    factor = max(width / LORES_WIDTH, height / LORES_HEIGHT, 1.0)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return reduce_view(luma, View(0, 0, size, factor))


def lores_size(picture: tuple[int, int]) -> tuple[int, int]:
    """Width and height to ask the camera's scaler for: even, and nowhere larger than the detector's input."""
    factor = max(picture[0] / LORES_WIDTH, picture[1] / LORES_HEIGHT, 1.0)
    return (round(picture[0] / factor / 2) * 2, round(picture[1] / factor / 2) * 2)


def reduce_view(luma: Luma, view: View) -> Luma:
    """A part of the picture, each of its pixels the mean of the area that it stands for."""
    if view.factor == 1.0:
        return luma[view.top : view.top + view.size[1], view.left : view.left + view.size[0]]
    left, top, right, bottom = view.box
    high, wide = luma.shape
    last = (min(int(np.ceil(right)), wide), min(int(np.ceil(bottom)), high))
    part = np.ascontiguousarray(luma[view.top : last[1], view.left : last[0]])
    box = (0.0, 0.0, min(right, wide) - left, min(bottom, high) - top)
    return np.asarray(Image.fromarray(part).resize(view.size, Image.Resampling.BOX, box=box, reducing_gap=None))
