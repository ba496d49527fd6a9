"""A camera on a mast and plates that drive by, as points: for tests that need geometry and no picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint

CAMERA = Camera(width=1456, height=1088, fx=4638.0, fy=4638.0, cx=727.5, cy=543.5)
BENT = Camera(
    width=2304, height=1296, fx=1774.0, fy=1774.0, cx=1151.5, cy=647.5,
    distortion=(-0.12, 0.04, 0.001, -0.0005, 0.0), row_time_us=13.8,
)  # fmt: skip


def pose(*, height_m: float = 6.0, depression_deg: float = 12.7) -> Pose:
    sin, cos = float(np.sin(np.radians(depression_deg))), float(np.cos(np.radians(depression_deg)))
    return Pose(position_m=(0.0, 0.0, height_m), rotation=(1.0, 0.0, 0.0, 0.0, -sin, -cos, 0.0, cos, -sin))


@dataclass(frozen=True)
class Pass:
    """A plate that drives along Y: position at t = 0, and so on."""

    speed_kmh: float
    y_m: float = 30.0
    x_m: float = 0.0
    height_m: float = 0.6
    acceleration: float = 0.0
    size_mm: tuple[float, float] = (520.0, 112.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Yaw, pitch and roll in radians, of a plate that is seen from behind."""

    def corners(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Road coordinates of the corners, (n, 4, 3), for times (n, 4)."""
        yaw, pitch, roll = self.turn
        flat = np.array([[-0.5, 0.5, 0.5, -0.5], [0.5, 0.5, -0.5, -0.5]]) * np.array(self.size_mm)[:, None] / 1000
        wide, high = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) @ flat
        behind = np.sin(pitch) * high
        y = self.y_m + self.speed_kmh / 3.6 * t + self.acceleration * t * t / 2
        x = self.x_m + np.cos(yaw) * wide - np.sin(yaw) * behind + 0 * t
        y = y - np.sin(yaw) * wide - np.cos(yaw) * behind
        z = self.height_m + np.cos(pitch) * high + 0 * t
        return np.stack([x, y, z], axis=-1)


def drive(
    plate: Pass, camera: Camera, where: Pose, *, seconds: tuple[float, float], fps: float = 30.0, noise_px: float = 0.3,
    seed: int = 0, exposure_us: int = 1000,
) -> list[TrackPoint]:  # fmt: skip
    """What a perfect detector would see of it, with noise, inside the picture."""
    rng = np.random.default_rng(seed)
    points = []
    for t in np.arange(seconds[0], seconds[1], 1 / fps):
        quad = _seen(plate, camera, where, t)
        if not ((quad > 3) & (quad < (camera.width - 4, camera.height - 4))).all():
            continue
        end_ns = round((t + 100.0) * 1e9) + exposure_us * 500
        points.append(TrackPoint(end_ns, exposure_us, None, quad + rng.normal(0, noise_px, (4, 2)), max(noise_px, 0.1)))
    return points


def _seen(plate: Pass, camera: Camera, where: Pose, t: float) -> NDArray[np.float64]:
    """The row that a corner falls on decides when it is seen."""
    rows = np.zeros(4)
    for _ in range(4):
        quad = project(plate.corners((t + rows * camera.row_time_us / 1e6)[None])[0], camera, where)
        rows = np.clip(quad[:, 1], 0, camera.height)
    return quad
