"""What the joint fit believes of the world: a plate that drives, a camera that is nearly as calibrated, and the pixels.

    s(t) = v t + a t²/2 + j t³/6                     along the heading; aside likewise without a speed
    P_j(t) = C0 + u s + n q + up · bounce + R(heading + yaw, pitch, roll) · size · D_j
    pixel = project(P; turned camera, mast, focal length, distortion) + outline bias

An outline may be off by pixels (`bias_*`), by more of them the wider it is (`grow_*`), and by a share of the plate
(`ln_*`), in width and height apart; what is off to one side alone moves the camera (`turn_*`) or the plate.

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
    "bias_wide", "bias_high", "grow_wide", "grow_high", "bounce_sin", "bounce_cos",
)  # fmt: skip
COUNT = len(UNKNOWNS)
(
    X, Y, H, V, HEADING, A, JERK, ASIDE_2, ASIDE_3, YAW, PITCH, ROLL, LN_S, LN_HIGH, TURN_X, TURN_Y, TURN_Z, MAST, LN_F,
    BIAS_W, BIAS_H, GROW_W, GROW_H, BOUNCE_SIN, BOUNCE_COS,
) = range(COUNT)  # fmt: skip
BOUNCE_HZ = 1.5
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
OUTWARD = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_UP = np.array([0.0, 0.0, 1.0])
_WAVE = 2 * np.pi * BOUNCE_HZ
_FACING, _SIZE = 0, LN_S - YAW
_TURNED = (_SIZE, PITCH - YAW, ROLL - YAW, LN_HIGH - YAW)
"""Columns of what is turned with the plate."""
_OUTLINE = np.zeros((4, 2, 2))
_OUTLINE[:, 0, 0], _OUTLINE[:, 1, 1] = OUTWARD.T


@dataclass(frozen=True, slots=True)
class Scene:
    """What is not fitted."""

    t_s: Array
    """Time of each corner from the track's middle, (n, 4)."""
    growth: Array
    """Of each outline's width over the nominal one, as a share of it, (n,)."""
    plate: PlateClass
    camera: Camera
    pose: Pose


def predict(theta: Array, scene: Scene) -> tuple[Array, Array]:
    """Unknowns (COUNT,) → pixels (n, 4, 2) and their derivatives (n, 4, 2, COUNT). Behind the camera: nan."""
    world, parts = _world(theta, scene)
    pixels, by_world, by_turn = _seen(theta, world, scene)
    ahead, right = _directions(theta)
    by_ahead, by_right = by_world @ ahead, by_world @ right
    by_part = by_world @ parts
    by_facing = by_part[..., _FACING]
    s, q = _driven(theta, scene.t_s)
    t, speed = scene.t_s[..., None], max(float(theta[V]), 1.0)
    slopes = np.empty((*pixels.shape, COUNT))
    slopes[..., X : H + 1] = by_world
    slopes[..., V] = by_ahead * t
    slopes[..., A] = by_ahead * (t**2 / 2)
    slopes[..., JERK] = by_ahead * (t**3 / 6)
    slopes[..., HEADING] = by_right * s[..., None] - by_ahead * q[..., None] - by_facing
    slopes[..., ASIDE_2] = by_right * (t**2 / 2) - by_facing * (t / speed)
    slopes[..., ASIDE_3] = by_right * (t**3 / 6) - by_facing * (t**2 / 2 / speed)
    slopes[..., YAW : LN_HIGH + 1] = by_part
    slopes[..., TURN_X : TURN_Z + 1] = by_turn
    slopes[..., MAST] = -by_world[..., 2]
    slopes[..., LN_F] = pixels - (scene.camera.cx, scene.camera.cy)
    slopes[..., BIAS_W : BIAS_H + 1] = _OUTLINE
    growth = scene.growth[:, None, None]
    slopes[..., GROW_W : GROW_H + 1] = _OUTLINE * growth[..., None]
    slopes[..., BOUNCE_SIN] = by_world[..., 2] * np.sin(_WAVE * t)
    slopes[..., BOUNCE_COS] = by_world[..., 2] * np.cos(_WAVE * t)
    return pixels + (theta[BIAS_W : BIAS_H + 1] + theta[GROW_W : GROW_H + 1] * growth) * OUTWARD, slopes


def _seen(theta: Array, world: Array, scene: Scene) -> tuple[Array, Array, Array]:
    """Pixels (n, 4, 2), their derivatives by the road point (n, 4, 2, 3) and by the camera's turn (n, 4, 2, 3)."""
    camera, turn = scene.camera, rotation(scene.pose)
    straight = (world - scene.pose.position_m - theta[MAST] * _UP) @ turn.T
    tilt = np.eye(3) + _cross(theta[TURN_X : TURN_Z + 1])
    x_cam = straight @ tilt.T
    z = np.where(x_cam[..., 2] > NEAREST_M, x_cam[..., 2], np.nan)[..., None]
    ideal = x_cam[..., :2] / z
    zoom = np.exp(theta[LN_F]) * np.array([camera.fx, camera.fy])
    pixels = distort(ideal, camera.distortion) * zoom + (camera.cx, camera.cy)
    by_cam = np.empty((*ideal.shape, 3))
    by_cam[..., :2] = zoom[:, None] * derivative(ideal, camera.distortion) / z[..., None]
    by_cam[..., 2] = -by_cam[..., 0] * ideal[..., :1] - by_cam[..., 1] * ideal[..., 1:]
    a, b, c = straight[..., 0, None], straight[..., 1, None], straight[..., 2, None]
    by_turn = np.empty_like(by_cam)
    by_turn[..., 0] = by_cam[..., 2] * b - by_cam[..., 1] * c
    by_turn[..., 1] = by_cam[..., 0] * c - by_cam[..., 2] * a
    by_turn[..., 2] = by_cam[..., 1] * a - by_cam[..., 0] * b
    return pixels, by_cam @ (tilt @ turn), by_turn


def _directions(theta: Array) -> tuple[Array, Array]:
    """Ahead and to the right, on the road."""
    sin, cos = float(np.sin(theta[HEADING])), float(np.cos(theta[HEADING]))
    return np.array([sin, cos, 0.0]), np.array([cos, -sin, 0.0])


def _driven(theta: Array, t: Array) -> tuple[Array, Array]:
    """Way along the heading and aside."""
    s = t * (theta[V] + t * (theta[A] / 2 + t * (theta[JERK] / 6)))
    return s, t * t * (theta[ASIDE_2] / 2 + t * (theta[ASIDE_3] / 6))


def _world(theta: Array, scene: Scene) -> tuple[Array, Array]:
    """The corners on the road (n, 4, 3), and by the unknowns from YAW to LN_HIGH (n, 4, 3, 5)."""
    t = scene.t_s
    ahead, right = _directions(theta)
    s, q = _driven(theta, t)
    drift = t * (theta[ASIDE_2] + t * (theta[ASIDE_3] / 2)) / max(float(theta[V]), 1.0)
    facing = theta[YAW] - theta[HEADING] - drift + (np.pi if ahead[1] < 0 else 0.0)
    sin, cos = np.sin(facing), np.cos(facing)
    local = _plate(theta, scene.plate)
    parts = np.empty((*t.shape, 3, 5))
    for column, (x, y, z) in zip(_TURNED, local, strict=True):
        parts[..., 0, column] = cos * x - sin * y
        parts[..., 1, column] = sin * x + cos * y
        parts[..., 2, column] = z
    plate = parts[..., _SIZE]
    parts[..., 0, _FACING], parts[..., 1, _FACING], parts[..., 2, _FACING] = -plate[..., 1], plate[..., 0], 0.0
    bounce = theta[BOUNCE_SIN] * np.sin(_WAVE * t) + theta[BOUNCE_COS] * np.cos(_WAVE * t)
    world = plate + theta[X : H + 1]
    world[..., 0] += s * ahead[0] + q * right[0]
    world[..., 1] += s * ahead[1] + q * right[1]
    world[..., 2] += bounce
    return world, parts


def _plate(theta: Array, plate: PlateClass) -> tuple[tuple[Array, Array, Array], ...]:
    """The corners x, y, z from the plate's centre, not yet turned to the heading; by pitch, by roll, by ln_high."""
    wide = CORNERS[:, 0] * plate.width_mm * np.exp(theta[LN_S]) / 1000.0
    high = CORNERS[:, 1] * plate.height_mm * np.exp(theta[LN_S] + theta[LN_HIGH]) / 1000.0
    sin, cos = float(np.sin(theta[ROLL])), float(np.cos(theta[ROLL]))
    across, up = cos * wide - sin * high, sin * wide + cos * high
    sin_p, cos_p = float(np.sin(theta[PITCH])), float(np.cos(theta[PITCH]))
    return (
        (across, -sin_p * up, cos_p * up),
        (0 * up, -cos_p * up, -sin_p * up),
        (-up, -sin_p * across, cos_p * across),
        (-sin * high, -sin_p * cos * high, cos_p * cos * high),
    )


def _cross(axis: Array) -> Array:
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
