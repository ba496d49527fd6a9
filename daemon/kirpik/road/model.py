"""What the joint fit believes of the world: a plate that drives, a camera that is nearly as calibrated, and the pixels.

    s(t) = v t + a t²/2 + j t³/6                     along the heading; aside likewise without a speed
    P_j(t) = C0 + u s + n q + up · bounce + R(heading + yaw, pitch, roll) · size · D_j
    pixel = project(P; turned camera, mast, focal length, distortion) + outline bias

An outline may be off by pixels (`bias_*`) and by a share of the plate (`ln_*`), in width and height apart; what is off
to one side alone moves the camera (`turn_*`) or the plate.

Pixels and their derivatives come out together: exact but for terms below a thousandth of what they are added to.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import NEAREST_M, rotation
from kirpik.road.lens import derivative, distort
from kirpik.road.outline import PlateClass
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

UNKNOWNS = (
    "x", "y", "height", "speed", "heading", "acceleration", "jerk", "aside_2", "aside_3",
    "yaw", "pitch", "roll", "ln_size", "ln_high", "turn_x", "turn_y", "turn_z", "mast", "ln_focal",
    "bias_wide", "bias_high", "bounce_sin", "bounce_cos",
)  # fmt: skip
COUNT = len(UNKNOWNS)
(
    X, Y, H, V, HEADING, A, JERK, ASIDE_2, ASIDE_3, YAW, PITCH, ROLL, LN_S, LN_HIGH, TURN_X, TURN_Y, TURN_Z, MAST, LN_F,
    BIAS_W, BIAS_H, BOUNCE_SIN, BOUNCE_COS,
) = range(COUNT)  # fmt: skip
BOUNCE_HZ = 1.5
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
OUTWARD = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_AXES = np.eye(3)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is not fitted."""

    t_s: Array
    """Time of each corner from the track's middle, (n, 4)."""
    plate: PlateClass
    camera: Camera
    pose: Pose


def predict(theta: Array, scene: Scene) -> tuple[Array, Array]:
    """Unknowns (COUNT,) → pixels (n, 4, 2) and their derivatives (n, 4, 2, COUNT). Behind the camera: nan."""
    world, slopes = _world(theta, scene)
    camera, turn = scene.camera, rotation(scene.pose)
    straight = (world - scene.pose.position_m - theta[MAST] * _AXES[2]) @ turn.T
    tilt = np.eye(3) + _cross(theta[TURN_X : TURN_Z + 1])
    x_cam = straight @ tilt.T
    z = np.where(x_cam[..., 2] > NEAREST_M, x_cam[..., 2], np.nan)[..., None]
    ideal = x_cam[..., :2] / z
    zoom = np.exp(theta[LN_F]) * np.array([camera.fx, camera.fy])
    pixels = distort(ideal, camera.distortion) * zoom + (camera.cx, camera.cy)

    by_ideal = zoom[:, None] * derivative(ideal, camera.distortion)
    by_cam = np.concatenate([by_ideal, -by_ideal @ ideal[..., None]], axis=-1) / z[..., None]
    by_world = by_cam @ (tilt @ turn)
    jacobian = np.zeros((*world.shape[:-1], 2, COUNT))
    jacobian[..., :TURN_X] = by_world @ slopes[..., :TURN_X]
    jacobian[..., BOUNCE_SIN:] = by_world @ slopes[..., BOUNCE_SIN:]
    for i in range(3):
        jacobian[..., TURN_X + i] = (by_cam @ np.cross(_AXES[i], straight)[..., None])[..., 0]
    jacobian[..., MAST] = -by_world[..., 2]
    jacobian[..., LN_F] = pixels - (camera.cx, camera.cy)
    jacobian[..., 0, BIAS_W], jacobian[..., 1, BIAS_H] = OUTWARD.T
    return pixels + theta[BIAS_W : BIAS_H + 1] * OUTWARD, jacobian


def _world(theta: Array, scene: Scene) -> tuple[Array, Array]:
    """The corners on the road (n, 4, 3) and their derivatives (n, 4, 3, COUNT)."""
    t = scene.t_s
    ahead = np.array([np.sin(theta[HEADING]), np.cos(theta[HEADING]), 0.0])
    right = np.array([ahead[1], -ahead[0], 0.0])
    s = theta[V] * t + theta[A] * t**2 / 2 + theta[JERK] * t**3 / 6
    q = theta[ASIDE_2] * t**2 / 2 + theta[ASIDE_3] * t**3 / 6
    wave = 2 * np.pi * BOUNCE_HZ * t
    bounce = theta[BOUNCE_SIN] * np.sin(wave) + theta[BOUNCE_COS] * np.cos(wave)
    speed = max(float(theta[V]), 1.0)
    drift = (theta[ASIDE_2] * t + theta[ASIDE_3] * t**2 / 2) / speed
    local, by_roll, by_pitch, by_high = _plate(theta, scene.plate)
    facing = theta[YAW] - theta[HEADING] - drift + (np.pi if ahead[1] < 0 else 0.0)
    plate, by_facing = _turned(local, facing)

    world = np.stack([s * ahead[0] + q * right[0], s * ahead[1] + q * right[1], bounce], axis=-1) + theta[:3] + plate
    slopes = np.zeros((*t.shape, 3, COUNT))
    slopes[..., :3] = np.eye(3)
    slopes[..., V] = t[..., None] * ahead
    slopes[..., A] = (t**2 / 2)[..., None] * ahead
    slopes[..., JERK] = (t**3 / 6)[..., None] * ahead
    slopes[..., HEADING] = s[..., None] * right - q[..., None] * ahead - by_facing
    slopes[..., ASIDE_2] = (t**2 / 2)[..., None] * right - (t / speed)[..., None] * by_facing
    slopes[..., ASIDE_3] = (t**3 / 6)[..., None] * right - (t**2 / 2 / speed)[..., None] * by_facing
    slopes[..., YAW] = by_facing
    slopes[..., PITCH] = _turned(by_pitch, facing)[0]
    slopes[..., ROLL] = _turned(by_roll, facing)[0]
    slopes[..., LN_S] = plate
    slopes[..., LN_HIGH] = _turned(by_high, facing)[0]
    slopes[..., 2, BOUNCE_SIN], slopes[..., 2, BOUNCE_COS] = np.sin(wave), np.cos(wave)
    return world, slopes


def _plate(theta: Array, plate: PlateClass) -> tuple[Array, Array, Array, Array]:
    """The corners from the plate's centre, not yet turned to the heading: (4, 3); by roll, by pitch, by ln_high."""
    wide, high = (
        CORNERS.T * np.exp(theta[LN_S]) / 1000.0 * [[plate.width_mm], [plate.height_mm * np.exp(theta[LN_HIGH])]]
    )
    sin, cos = np.sin(theta[ROLL]), np.cos(theta[ROLL])
    across, up = cos * wide - sin * high, sin * wide + cos * high
    sin_p, cos_p = np.sin(theta[PITCH]), np.cos(theta[PITCH])
    local = np.stack([across, -sin_p * up, cos_p * up], axis=-1)
    by_roll = np.stack([-up, -sin_p * across, cos_p * across], axis=-1)
    by_pitch = np.stack([0 * up, -cos_p * up, -sin_p * up], axis=-1)
    by_high = np.stack([-sin * high, -sin_p * cos * high, cos_p * cos * high], axis=-1)
    return local, by_roll, by_pitch, by_high


def _turned(local: Array, facing: Array) -> tuple[Array, Array]:
    """Points (4, 3) turned about the vertical by angles (n, 4): (n, 4, 3), and by the angle."""
    sin, cos = np.sin(facing), np.cos(facing)
    x = cos * local[:, 0] - sin * local[:, 1]
    y = sin * local[:, 0] + cos * local[:, 1]
    return np.stack([x, y, np.broadcast_to(local[:, 2], x.shape)], axis=-1), np.stack([-y, x, 0 * x], axis=-1)


def _cross(axis: Array) -> Array:
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
