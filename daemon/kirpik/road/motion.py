"""The speed of a track: the joint fit's, lowered by half of what the gates say less; the two share no fit.

Both are deterministic functions of the track's numbers and the site's calibration, so that anybody can repeat them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import moments_ns, on_height, rays
from kirpik.road.doubt import doubt_of
from kirpik.road.fit import Fit, fit
from kirpik.road.gates import Passage, passage
from kirpik.road.leap import largest_step
from kirpik.road.model import HEADING, A, H, V, X, Y
from kirpik.road.observed import observe
from kirpik.road.outline import LONG, PlateClass, classify, sides
from kirpik.road.rim import as_found
from kirpik.site import Camera, Pose
from kirpik.values import Motion, TrackPoint

Array = NDArray[np.float64]

FRAMES_LEAST = 8
FRAMES_MOST = 60
"""A longer track is thinned evenly; what is left is what the record carries."""
WIDTH_LEAST_PX, WIDTH_CLEAR_PX = 24.0, 40.0
APART_WEIGHT = 0.5
"""What the two estimators differ by is a doubt of its own: a braking that neither follows shows there first. Half of
it takes the told speed down, never up; half of it stands in the spread."""
STRAY_M, STRAY_SHARE = 1.2, 0.02
"""So far from where it should be, and that share of the distance, a plate is another one's."""
SMALLER = 245.0 / 280.0
"""Motorcycles' plates, which no class has, against those of two rows for which they are taken."""
CLEAR_FRAMES, CLEAR_RATIO = 16, 1.8
"""With so many clear plates, the nearest so many times as wide as the farthest, the unclear ones are not asked."""


def measure(points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> Motion | None:
    """None when there is too little of it, the plate is of no known class, or an estimator finds no end."""
    chosen = choose(points)
    plate = class_of(chosen, camera, pose) if len(chosen) >= FRAMES_LEAST else None
    if plate is None:
        return None
    observed = observe(chosen, plate, camera, pose)
    fitted = fit(observed.measured_by(as_found(observed)))
    if fitted is None:
        return None
    seen = fitted.observed
    gates = passage(seen.scene.t_s, seen.corners, seen.scene.plate, camera, pose)
    motion = None if gates is None else _motion(fitted, gates, camera, pose)
    if motion is None:
        return None
    leap = _leap(motion, chosen, camera, pose)
    return replace(motion, leap=leap, if_small_m=np.inf if plate.size_mm == LONG.size_mm else _if_small(motion, pose))


def choose(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    """The points that are measured: wide enough, thinned evenly to FRAMES_MOST."""
    if not points:
        return []
    widths, _ = sides(np.stack([point.quad for point in points]))
    enough = widths >= WIDTH_LEAST_PX
    clear = widths >= WIDTH_CLEAR_PX
    if clear.sum() >= CLEAR_FRAMES and np.ptp(np.log(widths[clear])) >= np.log(CLEAR_RATIO):
        enough = clear
    wide = [point for point, kept in zip(points, enough, strict=True) if kept]
    if len(wide) <= FRAMES_MOST:
        return wide
    return [wide[index] for index in np.round(np.linspace(0, len(wide) - 1, FRAMES_MOST)).astype(int)]


def belongs(motion: Motion, point: TrackPoint, camera: Camera, pose: Pose) -> bool:
    """Whether a sighting of the track can be that of the vehicle that was measured."""
    off, _ = _off(motion, [point], camera, pose)
    far = np.linalg.norm(_expected(motion, [point], camera)[0] - pose.position_m[:2])
    return float(np.linalg.norm(off[0])) <= STRAY_M + STRAY_SHARE * float(far)


def _expected(motion: Motion, points: Sequence[TrackPoint], camera: Camera) -> Array:
    """Where on the road (n, 2) the measured vehicle's plate was when the sightings were made."""
    centres = np.stack([point.quad.mean(axis=0) for point in points])
    t = (moments_ns(points, centres, camera) - motion.reference_ns) / 1e9
    driven = motion.fit_kmh / 3.6 * t + motion.acceleration_mps2 * t * t / 2
    return np.asarray(motion.place_m + driven[:, None] * _directions(motion)[:, 0])


def _off(motion: Motion, points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> tuple[Array, Array]:
    """By how much sightings lie elsewhere on the road (n, 2), and the way that a pixel stands for there (n,)."""
    centres = np.stack([point.quad.mean(axis=0) for point in points])
    seen, beside = (on_height(centres + (0.0, by), motion.height_m, camera, pose) for by in (0.0, 1.0))
    return seen - _expected(motion, points, camera), np.linalg.norm(beside - seen, axis=1)


def _if_small(motion: Motion, pose: Pose) -> float:
    camera_m = pose.position_m[2]
    return camera_m - SMALLER * (camera_m - min(motion.height_m, motion.gates_height_m))


def _directions(motion: Motion) -> Array:
    """Columns: ahead, and to the right."""
    sin, cos = np.sin(np.radians(motion.heading_deg)), np.cos(np.radians(motion.heading_deg))
    return np.array([[sin, cos], [cos, -sin]])


def _leap(motion: Motion, points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> float:
    off, a_pixel = _off(motion, points, camera, pose)
    t_s = np.array([point.sensor_timestamp_ns - motion.reference_ns for point in points]) / 1e9
    return largest_step(t_s, off @ _directions(motion), a_pixel)


def class_of(points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> PlateClass | None:
    corners = np.stack([point.quad for point in points])
    direction = rays(np.median(corners.mean(axis=1), axis=0), camera, pose)
    return classify(corners, float(np.hypot(direction[0], direction[1]) / np.linalg.norm(direction)))


def _motion(fitted: Fit, gates: Passage, camera: Camera, pose: Pose) -> Motion | None:
    theta, doubt = fitted.theta, doubt_of(fitted, camera, pose)
    t = fitted.observed.scene.t_s.mean(axis=1)
    speed = float(theta[V]) - APART_WEIGHT * max(float(theta[V]) - gates.speed_mps, 0.0)
    sigma = float(np.hypot(doubt.sigma_mps, APART_WEIGHT * (float(theta[V]) - gates.speed_mps)))
    if not np.isfinite(sigma) or speed <= 0:
        return None
    return Motion(
        reference_ns=fitted.observed.reference_ns,
        speed_kmh=speed * 3.6,
        uncertainty_kmh=sigma * 3.6,
        acceleration_mps2=float(theta[A]),
        height_m=float(theta[H]),
        place_m=(float(theta[X]), float(theta[Y])),
        length_m=speed * float(t[-1] - t[0]),
        chi2_per_dof=fitted.chi2_per_dof,
        frames=len(t),
        fit_kmh=float(theta[V]) * 3.6,
        gates_kmh=gates.speed_mps * 3.6,
        gates=gates.gates,
        gates_height_m=gates.height_m,
        gates_spread_kmh=gates.spread_mps * 3.6,
        heading_deg=float(np.degrees(theta[HEADING])),
        tilt_deg=doubt.tilt_deg,
        tilt_sigmas=doubt.tilt_sigmas,
    )
