"""From linear light to the picture's luma: lens blur, glare, photon and read noise, transfer curve."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.light import Light
from tests.sim.texture import Picture

Luma = NDArray[np.uint8]

CURVE_STEPS = 4096
"""Table entries per unit of linear light."""


def transfer_curve() -> NDArray[np.uint8]:
    """Rec. 709, full range; index is linear light · CURVE_STEPS."""
    light = (np.arange(2 * CURVE_STEPS) + 0.5) / CURVE_STEPS
    light = np.minimum(light, 1.0)
    curved = np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)
    return np.round(255 * curved).astype(np.uint8)


class Sensor:
    """Holds a pool of noise, from which every frame takes another part."""

    def __init__(self, light: Light, size: tuple[int, int], rng: np.random.Generator, *, noise: bool = True) -> None:
        self._light = light
        self._noise = noise
        self._rng = rng
        self._curve = transfer_curve()
        self._pool = rng.standard_normal((size[0] + 193, size[1] + 211)).astype(np.float32) if noise else None

    def any_of(self, count: int) -> int:
        return int(self._rng.integers(count))

    def lens(self, linear: Picture, glare: Picture) -> Picture:
        """Blur, and the glare that spreads around what outshines the sensor."""
        return np.asarray(cv2.GaussianBlur(linear, (5, 5), self._light.blur_px), np.float32) + glare

    def glare(self, linear: Picture) -> Picture:
        """By night alone: what lies above the sensor's full scale, spread out. Linear in that."""
        excess = np.maximum(linear - 1.0, 0.0) if self._light.night else linear[:0]
        if not excess.size or float(excess.max()) <= 0:
            return np.zeros_like(linear)
        small = cv2.resize(excess, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        spread = 0.09 * cv2.GaussianBlur(small, (0, 0), 3) + 0.16 * cv2.GaussianBlur(small, (0, 0), 12)
        return np.asarray(cv2.resize(spread, (linear.shape[1], linear.shape[0])), np.float32)

    def sigma(self, linear: Picture) -> Picture:
        """Noise of one pixel, one standard deviation, in linear light."""
        well, read = self._light.full_well_e, self._light.read_noise_e
        return np.sqrt(np.maximum(linear, 0.0) / well + (read / well) ** 2)

    def read(self, linear: Picture, sigma: Picture) -> Luma:
        """The finished picture, with fresh noise."""
        value = linear
        if self._pool is not None:
            top = int(self._rng.integers(0, self._pool.shape[0] - linear.shape[0]))
            left = int(self._rng.integers(0, self._pool.shape[1] - linear.shape[1]))
            part = self._pool[top : top + linear.shape[0], left : left + linear.shape[1]]
            value = linear + sigma * part if self._rng.random() < 0.5 else linear - sigma * part
        index = np.clip(value * CURVE_STEPS, 0, 2 * CURVE_STEPS - 1).astype(np.uint16)
        return np.asarray(self._curve[index], np.uint8)
