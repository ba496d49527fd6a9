"""The detector's small picture, for sources that bring only the large one. On a Pi the camera's own scaler makes it."""

import numpy as np
from PIL import Image

from kirpik.values import Luma

LORES_WIDTH, LORES_HEIGHT = 640, 384


def reduce_to_lores(luma: Luma) -> Luma:
    """Reduce by one factor for both axes so that it fits the detector; a smaller picture stays as it is."""
    height, width = luma.shape
    factor = min(LORES_WIDTH / width, LORES_HEIGHT / height)
    if factor >= 1:
        return luma
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BOX, reducing_gap=None))
