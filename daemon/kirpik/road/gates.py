"""The second estimator: gates across the road, and the time at which the plate passed each. No fit is shared.

Where a plate of known size must be, follows from its left and right edge alone: two rays, a known distance apart,
across the direction of travel, or turned by as much as the outline's slant tells. That gives its height above the road
in each frame; a straight line through the heights over the distance is the plane that it ran on, tilt of the camera
included. On this plane the plate's centre is put, the way it came is cut into gates, and the speed is way by time from
gate to gate (OIML R 91: three points at least).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import rays
from kirpik.road.outline import PlateClass, sides, size_spread
from kirpik.road.slant import yaw_of
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

GATES_LEAST, GATES_MOST = 3, 8
FRAMES_A_GATE = 3
TILT_SIGMA = np.radians(0.07)
"""Of the plane against the road, believed beforehand."""
OUTLINE_PX = 0.4
"""Of a track's outline, which lies too wide or too narrow in all frames, believed beforehand."""
ACCELERATION_SIGMA = 2.0
ALONE_FRAMES = 4.0
"""Outlines of one vehicle err alike: many frames tell no more of its size than so many that err each by itself."""
NOISE_PX = 0.2
FAIR = 2.5
FAIR_TURNS = 4
HEADING_TURNS = 3


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gates saw."""

    speed_mps: float
    """At t = 0."""
    acceleration_mps2: float
    height_m: float
    gates: int
    spread_mps: float
    """Root mean square by which the speeds between gates differ from the one that is told, braking allowed for."""


def passage(t_s: Array, corners: Array, plate: PlateClass, camera: Camera, pose: Pose) -> Passage | None:
    """From times (n, 4) and corners (n, 4, 2) of one vehicle; None when it is too short for three gates."""
    gates = min(GATES_MOST, len(t_s) // FRAMES_A_GATE)
    if gates < GATES_LEAST:
        return None
    t, (width, _) = t_s.mean(axis=1), sides(corners)
    lines = rays(corners, camera, pose)
    heading = 0.0 if lines[-1].mean(axis=0)[1] > 0 else np.pi
    yaw, centre = 0.0, lines.mean(axis=1)
    place = np.zeros_like(centre)
    for turn in range(HEADING_TURNS):
        height, reach = _heights(lines, heading + yaw, plate, pose)
        level, tilt, fair = _plane(height, width, reach, np.abs(centre[:, 2]) * reach / width)
        place = centre * ((level - pose.position_m[2]) / (centre[:, 2] - tilt))[:, None]
        velocity = _slope(t, place, fair / reach**2)
        heading = float(np.arctan2(velocity[0], velocity[1]))
        if turn == 0:
            driven = (t_s - t[:, None])[..., None] * velocity
            yaw = yaw_of(corners, pose.position_m + place[:, None] + driven, heading, plate, camera, pose)
    along = place[:, :2] @ (np.sin(heading), np.cos(heading))
    return _through(t, along, fair, _per_pixel(reach, centre, camera), gates, float(level))


def _heights(lines: Array, heading: float, plate: PlateClass, pose: Pose) -> tuple[Array, Array]:
    """Height of the plate above the road and its depth along the optical axis, (n,), each frame by itself.

    Left and right edge are a plate's width apart along the direction across the travel; the two depths are unknown.
    """
    left, right = lines[:, [0, 3]].mean(axis=1), lines[:, [1, 2]].mean(axis=1)
    across = np.array([np.cos(heading), -np.sin(heading), 0.0]) * np.sign(np.cos(heading)) * plate.width_mm / 1000.0
    a11, a12, a22 = (left * left).sum(1), -(left * right).sum(1), (right * right).sum(1)
    b1, b2 = -left @ across, right @ across
    free = a11 * a22 - a12 * a12
    depth_left, depth_right = (a22 * b1 - a12 * b2) / free, (a11 * b2 - a12 * b1) / free
    middle = (left * depth_left[:, None] + right * depth_right[:, None]) / 2
    return pose.position_m[2] + middle[:, 2], (depth_left + depth_right) / 2


def _plane(height: Array, width: Array, reach: Array, per_pixel: Array) -> tuple[float, float, Array]:
    """Height and tilt of the plane that the plate ran on, and how fair each frame is, 0 … 1.

    An outline too wide by a pixel lifts the plate by `per_pixel`, far plates more: known apart from the tilt.
    """
    sigma = per_pixel * size_spread(width) * np.sqrt(max(len(height) / ALONE_FRAMES, 1.0)) + 0.002
    fair = np.ones(len(height))
    rows = np.column_stack([np.ones_like(reach), reach, per_pixel])
    believed = np.diag([0.0, 1 / TILT_SIGMA**2, 1 / OUTLINE_PX**2])
    for _ in range(FAIR_TURNS):
        weighted = rows * (fair / sigma**2)[:, None]
        solved = np.linalg.solve(weighted.T @ rows + believed, weighted.T @ height)
        off = (height - rows @ solved) / sigma
        fair = 1 / (1 + (off / (FAIR * max(1.48 * float(np.median(np.abs(off))), 0.2))) ** 2)
    return float(solved[0]), float(solved[1]), fair


def _slope(t: Array, place: Array, weight: Array) -> Array:
    """Mean velocity (3,)."""
    share = weight / weight.sum()
    since = t - share @ t
    return np.asarray((share * since) @ place / ((share * since) @ since))


def _per_pixel(reach: Array, centre: Array, camera: Camera) -> Array:
    """Metres along the road that a pixel stands for, (n,)."""
    return np.asarray(reach / camera.fy * np.linalg.norm(centre, axis=1) / np.abs(centre[:, 2]))


def _through(t: Array, along: Array, fair: Array, per_pixel: Array, gates: int, height: float) -> Passage | None:
    """Each gate has its share of the frames; it is passed where and when their fair mean is."""
    order = np.argsort(t)
    weight = fair / per_pixel**2
    groups = np.array_split(order, gates)
    at = np.array([_mean(t, weight, group) for group in groups])
    where = np.array([_mean(along, weight, group) for group in groups])
    sigma = NOISE_PX / np.sqrt(np.array([weight[group].sum() for group in groups]))
    rows = np.column_stack([np.ones(gates), at, at**2 / 2]) / sigma[:, None]
    normal = rows.T @ rows + np.diag([0.0, 0.0, 1 / ACCELERATION_SIGMA**2])
    _, speed, gain = np.linalg.solve(normal, rows.T @ (where / sigma))
    between = np.diff(where) / np.diff(at)
    expected = speed + gain * (at[1:] + at[:-1]) / 2
    spread = float(np.sqrt(np.mean((between - expected) ** 2)))
    return Passage(abs(float(speed)), float(gain * np.sign(speed)), height, gates, spread)


def _mean(values: Array, weight: Array, group: NDArray[np.intp]) -> float:
    return float(values[group] @ weight[group] / weight[group].sum())
