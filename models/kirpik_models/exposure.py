"""What an ordinary road camera does to light, in the order of its happening: lens, shutter, sensor, tone curve, codec.

`optics.py` is a bad evening, from which readers learn; here edges stay where they are to a few hundredths of a pixel,
and what is bright seems larger only by what lens and tone curve do to it.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma

Light = NDArray[np.float32]
"""Linear; 1 fills the sensor's wells."""
Curve = Callable[[Light], Light]

PAINTED = 2.2
"""The exponent that makes light of the luma in which artwork and paint are drawn."""
LINEAR, SRGB = 0.2, 0.6
"""Shares of cameras without a tone curve, and with one near sRGB's and Rec. 709's; the others have any power."""
SOFT_PX = (0.35, 0.95)
"""Spread of what the lens makes of a point; of some lenses twice that."""
WELL_E, READ_E = (1_500.0, 20_000.0), (3.0, 8.0)
QUALITY = (50, 97)


def as_light(luma: Luma | NDArray[np.float32]) -> Light:
    """Of a painted picture."""
    return np.asarray((np.clip(luma, 0, 255).astype(np.float32) / 255) ** PAINTED, np.float32)


def expose(rng: np.random.Generator, light: Light, *, paper: float) -> Luma:
    """The picture, exposed so that a sheet as bright as `paper` is in the sensor's range, or a little above it."""
    level = float(rng.uniform(0.2, 0.95) if rng.random() < 0.7 else rng.uniform(0.9, 2.0))
    seen = _shutter(rng, _lens(rng, light * np.float32(level / max(paper, 0.02))))
    well, read = float(np.exp(rng.uniform(*np.log(WELL_E)))), float(rng.uniform(*READ_E))
    sigma = np.sqrt(np.maximum(seen, 0) / well + (read / well) ** 2)
    seen = seen + (sigma * rng.standard_normal(seen.shape, np.float32)).astype(np.float32)
    luma = 255 * _curve(rng)(np.clip(seen, 0, 1).astype(np.float32))
    return _coded(rng, np.asarray(np.clip(luma + 0.5, 0, 255), np.uint8))


def _lens(rng: np.random.Generator, light: Light) -> Light:
    """Blur, and a faint wide halo of what is bright."""
    soft = float(rng.uniform(*SOFT_PX)) * (2.0 if rng.random() < 0.1 else 1.0)
    seen = cv2.GaussianBlur(light, (0, 0), soft)
    if rng.random() < 0.3:
        share = float(rng.uniform(0.01, 0.1))
        seen = (1 - share) * seen + share * cv2.GaussianBlur(light, (0, 0), float(rng.uniform(2, 12)))
    return np.asarray(seen, np.float32)


def _shutter(rng: np.random.Generator, light: Light) -> Light:
    """Motion while it is open, even to both sides of the truth, mostly up or down the picture."""
    length = abs(float(rng.normal(0, 0.8)))
    angle = float(rng.normal(np.pi / 2, 0.4) if rng.random() < 0.7 else rng.uniform(0, np.pi))
    if length < 0.3:
        return light
    return np.asarray(cv2.filter2D(light, -1, _streak(length, angle), borderType=cv2.BORDER_REPLICATE), np.float32)


def _streak(length: float, angle: float) -> Light:
    """A kernel of that many pixels, each point of the line shared out among its four neighbours."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 33):
        x, y = reach + step * np.cos(angle), reach + step * np.sin(angle)
        left, top = int(np.floor(x)), int(np.floor(y))
        across, down = np.array([left + 1 - x, x - left]), np.array([top + 1 - y, y - top])
        kernel[top : top + 2, left : left + 2] += np.outer(down, across)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _curve(rng: np.random.Generator) -> Curve:
    kind, power = rng.random(), 1 / float(rng.uniform(1.3, 2.8))
    if kind < LINEAR:
        return lambda light: light
    if kind < LINEAR + SRGB:
        toe, offset = float(rng.uniform(0.003, 0.02)), float(rng.uniform(0.05, 0.1))
        power = float(rng.uniform(0.4, 0.48))
        slope = ((1 + offset) * toe**power - offset) / toe
        return lambda light: np.where(light < toe, slope * light, (1 + offset) * light**power - offset)
    return lambda light: np.asarray(light**power, np.float32)


def _coded(rng: np.random.Generator, luma: Luma) -> Luma:
    if rng.random() < 0.4:
        return luma
    _, packed = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
