"""The camera model: from the road frame to pixels and back, with OpenCV's distortion (k1 k2 p1 p2 k3)."""

import numpy as np
from numpy.typing import NDArray

from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

UNDISTORT_TURNS = 8
"""Fixed-point turns; each gains about one digit for the lenses in question."""


def project(points: Array, camera: Camera, pose: Pose) -> Array:
    """Road points (…, 3) in metres → pixels (…, 2). A point behind the camera gives nan."""
    x_cam = (points - np.asarray(pose.position_m)) @ rotation(pose).T
    z = np.where(x_cam[..., 2] > 0.1, x_cam[..., 2], np.nan)
    plane = distort(x_cam[..., :2] / z[..., None], camera)
    return plane * (camera.fx, camera.fy) + (camera.cx, camera.cy)


def rays(pixels: Array, camera: Camera, pose: Pose) -> Array:
    """Pixels (…, 2) → directions (…, 3) in the road frame, scaled so that the depth along the optical axis is 1."""
    plane = undistort((pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy), camera)
    direction = np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1)
    return np.asarray(direction @ rotation(pose))


def on_height(pixels: Array, height_m: float | Array, camera: Camera, pose: Pose) -> Array:
    """Where the pixels' rays meet Z = height_m: X, Y (…, 2). A ray at or above the horizon gives nan."""
    direction = rays(pixels, camera, pose)
    centre = np.asarray(pose.position_m)
    down = np.where(direction[..., 2] < -1e-6, direction[..., 2], np.nan)
    reach = (height_m - centre[2]) / down
    return np.asarray(centre[:2] + direction[..., :2] * reach[..., None])


def rotation(pose: Pose) -> Array:
    return np.asarray(pose.rotation, dtype=np.float64).reshape(3, 3)


def distort(plane: Array, camera: Camera) -> Array:
    """Normalised image plane (…, 2), ideal → as the lens bends it (OpenCV's model)."""
    k1, k2, p1, p2, k3 = camera.distortion
    if not any(camera.distortion):
        return plane
    x, y = plane[..., 0], plane[..., 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def undistort(plane: Array, camera: Camera) -> Array:
    """Inverse of `distort` by fixed point."""
    if not any(camera.distortion):
        return plane
    ideal = plane.copy()
    for _ in range(UNDISTORT_TURNS):
        ideal = ideal + plane - distort(ideal, camera)
    return ideal
