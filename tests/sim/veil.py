"""Rain before the lens, and shadows across the road: laid over the finished light, as one factor and one addition."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from tests.sim.camera import Camera
from tests.sim.stage import Weather
from tests.sim.texture import Picture

SHADOW_M = 0.5
"""Shadows are drawn at this height, between road and roofs."""
STREAK_PX = (9, 26)
LAYERS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """`factor` (height, width), the same in every frame; `rain`, one of which lies over each frame."""

    factor: Picture | None
    rain: tuple[Picture, ...]

    @classmethod
    def of(cls, camera: Camera, weather: Weather, rng: np.random.Generator) -> Self:
        factor = _shadows(camera, weather, rng)
        if weather.rain <= 0:
            return cls(factor, ())
        haze = np.float32(1 - 0.35 * weather.rain)
        dimmed = np.full((camera.height, camera.width), haze, np.float32) if factor is None else factor * haze
        return cls(dimmed, tuple(_streaks(camera, weather.rain, rng) for _ in range(LAYERS)))

    def over(self, linear: Picture, layer: int, left: int, top: int) -> Picture:
        """A part of the picture whose first pixel is given."""
        if self.factor is None:
            return linear
        bottom, right = top + linear.shape[0], left + linear.shape[1]
        veiled = linear * self.factor[top:bottom, left:right]
        return np.asarray(veiled + self.rain[layer % LAYERS][top:bottom, left:right] if self.rain else veiled)


CLEAR = Veil(None, ())


def _shadows(camera: Camera, weather: Weather, rng: np.random.Generator) -> Picture | None:
    if not weather.shadows:
        return None
    dark = np.zeros((camera.height, camera.width), np.float32)
    for near, far, strength in weather.shadows:
        slant = float(rng.uniform(-3, 3))
        corners = np.array([(-30, near - slant), (30, near + slant), (30, far + slant), (-30, far - slant)])
        pixels = camera.project(np.column_stack([corners, np.full(4, SHADOW_M)]))
        mask = np.zeros(dark.shape, np.uint8)
        outline = np.round(np.clip(pixels, -2e4, 2e4) * 16).astype(np.int32)
        cv2.fillPoly(mask, [outline], 255, lineType=cv2.LINE_AA, shift=4)
        dark = np.maximum(dark, mask.astype(np.float32) * (strength / 255))
    return np.asarray(1.0 - cv2.GaussianBlur(dark, (0, 0), 1.5), np.float32)


def _streaks(camera: Camera, rain: float, rng: np.random.Generator) -> Picture:
    """Bright, short, nearly upright, out of focus; and the haze that dims what lies behind."""
    layer = np.full((camera.height, camera.width), 0.06 * rain, np.float32)
    for _ in range(round(900 * rain)):
        x, y = rng.uniform(0, camera.width), rng.uniform(0, camera.height)
        length, lean = rng.uniform(*STREAK_PX), rng.normal(0.08, 0.04)
        ends = np.round(np.array([[x, y], [x + lean * length, y + length]]) * 16).astype(int)
        cv2.line(layer, ends[0].tolist(), ends[1].tolist(), float(rng.uniform(0.1, 0.3)), 1, cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.9), np.float32)
