"""The camera model: from the road frame to pixels and back, and the moment at which each row was exposed."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kirpik.road.lens import distort, undistort
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint

Array = NDArray[np.float64]

NEAREST_M = 0.1
"""A point less far ahead of the lens is behind the camera for all that matters."""
ROW_TURNS = 20
ROW_SETTLED_PX = 1e-6


def project(points: Array, camera: Camera, pose: Pose) -> Array:
    """Road points (…, 3) in metres → pixels (…, 2). Behind the camera or beyond the lens's fold: nan."""
    x_cam = (points - np.asarray(pose.position_m)) @ rotation(pose).T
    z = np.where(x_cam[..., 2] > NEAREST_M, x_cam[..., 2], np.nan)
    plane = distort(x_cam[..., :2] / z[..., None], camera.distortion)
    return np.asarray(plane * (camera.fx, camera.fy) + (camera.cx, camera.cy))


def project_moving(points_at: Callable[[Array], Array], t_s: Array, camera: Camera, pose: Pose) -> Array:
    """Pixels (…, 2) of moving points when the rows that they fall on are exposed.

    `points_at` gives road points (…, 3) for times (…); `t_s` is the middle of the exposure of row 0.
    """
    pixels = project(points_at(t_s), camera, pose)
    for _ in range(ROW_TURNS if camera.row_time_us else 0):
        before = pixels
        pixels = project(points_at(t_s + pixels[..., 1] * camera.row_time_us / 1e6), camera, pose)
        if not (np.abs(pixels - before) > ROW_SETTLED_PX).any():
            break
    return pixels


def rays(pixels: Array, camera: Camera, pose: Pose) -> Array:
    """Pixels (…, 2) → directions (…, 3) in the road frame, scaled so that the depth along the optical axis is 1."""
    plane = undistort((pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy), camera.distortion)
    direction = np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1)
    return np.asarray(direction @ rotation(pose))


def on_height(pixels: Array, height_m: float | Array, camera: Camera, pose: Pose) -> Array:
    """Where the pixels' rays meet Z = height_m: X, Y (…, 2). A ray at or above the horizon gives nan."""
    direction = rays(pixels, camera, pose)
    centre = np.asarray(pose.position_m)
    down = np.where(direction[..., 2] < -1e-6, direction[..., 2], np.nan)
    reach = (height_m - centre[2]) / down
    return np.asarray(centre[:2] + direction[..., :2] * reach[..., None])


def moments_ns(points: Sequence[TrackPoint], pixels: Array, camera: Camera) -> Array:
    """Middle of the exposure of the row that each pixel (n, 2) lies in, one a track point."""
    end_of_first_row = np.array([point.sensor_timestamp_ns for point in points], dtype=np.float64)
    exposure_ns = np.array([point.exposure_us for point in points]) * 1000.0
    return np.asarray(end_of_first_row - exposure_ns / 2 + pixels[:, 1] * camera.row_time_us * 1000.0)


def rotation(pose: Pose) -> Array:
    return _nearest_rotation(pose.rotation)


@lru_cache(maxsize=8)
def _nearest_rotation(rows: tuple[float, ...]) -> Array:
    """A site file's digits are rounded; the nearest rotation to them (polar decomposition) is exact."""
    left, _, right = np.linalg.svd(np.asarray(rows, dtype=np.float64).reshape(3, 3))
    turn = np.asarray(left @ right)
    turn.flags.writeable = False
    return turn
