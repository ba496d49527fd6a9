"""From pixels to the road: the ray through a plate's centre meets the plate's height, and drops to the ground."""

from collections.abc import Sequence
from dataclasses import dataclass

from kirpik.wire.calibration import Calibration

DEFAULT_HEIGHT_M = 0.65
"""Of a plate's centre, where the record does not say: the middle of what cars have."""
STEPS = 8
"""In which the lens's distortion is undone; each gains about two digits."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lens:
    """Pinhole and distortion, in pixels and plain numbers."""

    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...]

    def straight(self, pixel: Point) -> Point:
        """Where the pixel would lie at distance 1 behind a lens that bends nothing."""
        bent_x, bent_y = (pixel[0] - self.cx) / self.fx, (pixel[1] - self.cy) / self.fy
        k1, k2, p1, p2, k3 = self.distortion
        x, y = bent_x, bent_y
        for _ in range(STEPS):
            r2 = x * x + y * y
            radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
            x, y = (
                (bent_x - 2 * p1 * x * y - p2 * (r2 + 2 * x * x)) / radial,
                (bent_y - p1 * (r2 + 2 * y * y) - 2 * p2 * x * y) / radial,
            )
        return x, y


def foot_point(
    calibration: Calibration, corners_px: Sequence[Point], height_m: float = DEFAULT_HEIGHT_M
) -> Point | None:
    """X and Y on the road, in metres, below the plate's centre. None when the ray never comes down to that height."""
    x, y = _lens(calibration).straight(_centre(corners_px))
    rotation = [value / 1e9 for value in calibration.rotation_1e9]
    ray = [rotation[axis] * x + rotation[axis + 3] * y + rotation[axis + 6] for axis in range(3)]
    eye = [value / 1000 for value in calibration.position_mm]
    if ray[2] == 0 or (distance := (height_m - eye[2]) / ray[2]) <= 0:
        return None
    return eye[0] + distance * ray[0], eye[1] + distance * ray[1]


def _lens(calibration: Calibration) -> Lens:
    fx, fy, cx, cy = (value / 1000 for value in calibration.pinhole_mpx)
    return Lens(fx, fy, cx, cy, tuple(value / 1e9 for value in calibration.distortion_1e9))


def _centre(corners: Sequence[Point]) -> Point:
    """Where the diagonals cross: the plate's true centre, seen at any angle."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    ux, uy, vx, vy = cx - ax, cy - ay, dx - bx, dy - by
    cross = ux * vy - uy * vx
    if cross == 0:
        return (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    along = ((bx - ax) * vy - (by - ay) * vx) / cross
    return ax + along * ux, ay + along * uy
