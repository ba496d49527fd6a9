"""A pinhole camera over the road: where a point of the road frame falls in the picture, and when its row is read."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """x_cam = R (X - C): camera x right, y down, z forward. Pixel centres are whole numbers."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    row_time_us: float
    position_m: Array
    rotation: Array
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    @classmethod
    def aimed(
        cls, lens: "Lens", *, position_m: tuple[float, float, float], turn_deg: tuple[float, float, float]
    ) -> Self:
        """`turn_deg`: yaw to the right, depression below the horizon, roll clockwise."""
        yaw, down, roll = np.radians(turn_deg)
        forward = np.array([np.sin(yaw) * np.cos(down), np.cos(yaw) * np.cos(down), -np.sin(down)])
        right = np.array([np.cos(yaw), -np.sin(yaw), 0.0])
        below = np.cross(forward, right)
        rows = [np.cos(roll) * right + np.sin(roll) * below, np.cos(roll) * below - np.sin(roll) * right, forward]
        return cls(
            width=lens.width,
            height=lens.height,
            fx=lens.focal_px,
            fy=lens.focal_px,
            cx=(lens.width - 1) / 2,
            cy=(lens.height - 1) / 2,
            row_time_us=lens.row_time_us,
            position_m=np.array(position_m),
            rotation=np.array(rows),
            distortion=lens.distortion,
        )

    def project(self, points_m: Array) -> Array:
        """Points (..., 3) of the road frame to pixels (..., 2). Points behind the camera give no sensible pixel."""
        local = (points_m - self.position_m) @ self.rotation.T
        depth = np.maximum(local[..., 2], 0.5)
        x, y = local[..., 0] / depth, local[..., 1] / depth
        if any(self.distortion):
            x, y = self._distort(x, y)
        return np.stack([self.cx + self.fx * x, self.cy + self.fy * y], axis=-1)

    def _distort(self, x: Array, y: Array) -> tuple[Array, Array]:
        k1, k2, p1, p2, k3 = self.distortion
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        return (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        )

    def depth_m(self, points_m: Array) -> Array:
        return np.asarray((points_m - self.position_m) @ self.rotation[2])

    def ground(self, pixels: Array) -> Array:
        """Where the rays of pixels (..., 2) meet the road, (..., 2); NaN at and above the horizon."""
        flat = np.stack([(pixels[..., 0] - self.cx) / self.fx, (pixels[..., 1] - self.cy) / self.fy], axis=-1)
        if any(self.distortion):
            flat = self._undistort(flat)
        rays = np.concatenate([flat, np.ones_like(flat[..., :1])], axis=-1) @ self.rotation
        falling = np.where(rays[..., 2] < -1e-3, rays[..., 2], np.nan)
        reach = -self.position_m[2] / falling
        return np.asarray(self.position_m[:2] + rays[..., :2] * reach[..., None])

    def _undistort(self, flat: Array) -> Array:
        guess = flat.copy()
        for _ in range(8):
            x, y = self._distort(guess[..., 0], guess[..., 1])
            guess = guess + flat - np.stack([x, y], axis=-1)
        return guess


@dataclass(frozen=True, slots=True)
class Lens:
    """A sensor and lens as it can be bought for the unit."""

    width: int
    height: int
    focal_px: float
    row_time_us: float = 0.0
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)


GLOBAL_SHUTTER_16MM = Lens(width=1456, height=1088, focal_px=4638.0)
GLOBAL_SHUTTER_25MM = Lens(width=1456, height=1088, focal_px=7246.0)
GLOBAL_SHUTTER_8MM = Lens(width=1456, height=1088, focal_px=2319.0)
CAMERA_MODULE_3 = Lens(width=2304, height=1296, focal_px=1774.0, row_time_us=13.8)
