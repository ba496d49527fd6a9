"""Step 4: tilt and roll from plates that drive by freely. Numbers alone: nothing is read, nothing of a vehicle is kept.

A plate that drives along the road shows how the camera is tilted against it, better than any survey; the mean of many
plates' upper edges is level, because plates are mounted level on the whole. Survey and traffic are then averaged, each
by its own uncertainty. The mean height of the plates against the tape shows a wrong scale (6 to 7 cm for 1 %).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import InputError
from kirpik.road.camera import on_height, project
from kirpik.road.motion import measure
from kirpik.site import Camera, Pose
from kirpik.values import Motion, TrackPoint
from kirpik_provisioning.calibrate.posefit import turned
from kirpik_provisioning.calibrate.steps import PoseStep, TrafficStep

Array = NDArray[np.float64]
Track = Sequence[TrackPoint]

LEAST_TRACKS = 50
TURNS, SETTLED_DEG = 6, 0.01
"""A single fit believes in the survey's tilt, and comes only part of the way: it is asked again from there."""
SLOWEST_KMH, ACCELERATION_MOST = 20.0, 1.5
CHI2_MOST, FRAMES_LEAST = 4.0, 12
HALF_PLATE_M = 0.26
TILT_DISAGREE, ROLL_DISAGREE = 4.0, 4.0
"""Standard deviations by which survey and traffic may differ."""
HEIGHT_DISAGREE_M = 0.10
MAD_TO_SIGMA = 1.4826
MEDIAN_LOSS = 1.2533
TILT_FLOOR_DEG = 0.01
"""Less is not believed of any number of plates: the road is no mathematical plane."""

ALIKE_SHARE = 0.005
"""By which the outlines of all plates may be too wide or too narrow alike: all then hang as much nearer or further."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What one free plate says."""

    tilt_deg: float
    roll_deg: float
    height_m: float


def calibrate_traffic(
    tracks: Iterable[Track], camera: Camera, survey: PoseStep, *, taped_plate_m: float | None
) -> TrafficStep:
    """Raises InputError when there are too few, or when survey and traffic contradict each other."""
    kept = list(tracks)
    rotation = np.array(survey.rotation).reshape(3, 3)
    tilted = 0.0
    for _ in range(TURNS):
        told = _witnesses(kept, camera, _pose(survey, rotation))
        if len(told) < LEAST_TRACKS:
            raise InputError(f"{len(told)} plates drove by freely and clearly, expected at least {LEAST_TRACKS}")
        step = float(np.median([one.tilt_deg for one in told]))
        rotation, tilted = turned(rotation, np.radians([step, 0.0, 0.0])), tilted + step
        if abs(step) < SETTLED_DEG:
            break
    tilt_sigma = math.hypot(_sigma([one.tilt_deg for one in told]), TILT_FLOOR_DEG)
    roll, roll_sigma = _middle([one.roll_deg for one in told]), _sigma([one.roll_deg for one in told])
    height = _middle([one.height_m for one in told])
    alike = ALIKE_SHARE * (survey.position_m[2] - height)
    height_sigma = math.hypot(_sigma([one.height_m for one in told]), alike)
    _check(survey, (tilted, tilt_sigma), (roll, roll_sigma), height, taped_plate_m)
    return _step(survey, (tilted, tilt_sigma), (roll, roll_sigma), (height, height_sigma), len(told), taped_plate_m)


def _pose(survey: PoseStep, rotation: Array) -> Pose:
    return Pose(
        position_m=survey.position_m, rotation=tuple(rotation.ravel().tolist()),  # type: ignore[arg-type]  # nine
        position_uncertainty_m=max(survey.position_sigma_m), angle_uncertainty_deg=max(survey.angle_sigma_deg),
    )  # fmt: skip


def _witnesses(tracks: Sequence[Track], camera: Camera, pose: Pose) -> list[Witness]:
    measured = [(track, motion) for track in tracks if (motion := measure(track, camera, pose)) is not None]
    return [_witness(track, motion, camera, pose) for track, motion in measured if _free(motion)]


def _free(motion: Motion) -> bool:
    return (
        motion.speed_kmh >= SLOWEST_KMH
        and abs(motion.acceleration_mps2) <= ACCELERATION_MOST
        and motion.chi2_per_dof <= CHI2_MOST
        and motion.frames >= FRAMES_LEAST
    )


def _witness(track: Track, motion: Motion, camera: Camera, pose: Pose) -> Witness:
    quads = np.stack([point.quad for point in track])
    return Witness(motion.tilt_deg, _roll_deg(quads, motion, camera, pose), motion.height_m)


def _roll_deg(quads: Array, motion: Motion, camera: Camera, pose: Pose) -> float:
    """By how much the plate's edges stand clockwise of what is level across its way, seen from here."""
    centres = quads.mean(axis=1)
    road = on_height(centres, motion.height_m, camera, pose)
    heading = np.radians(motion.heading_deg)
    across = np.array([np.cos(heading), np.sin(heading), 0.0])
    towards_right = across if across[0] >= 0 else -across
    places = np.column_stack([road, np.full(len(road), motion.height_m)])
    left, right = (project(places + side * HALF_PLATE_M * towards_right, camera, pose) for side in (-1, 1))
    level, seen = right - left, (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    off = np.arctan2(seen[:, 1], seen[:, 0]) - np.arctan2(level[:, 1], level[:, 0])
    return float(np.degrees(np.nanmedian(off)))


def _middle(values: Sequence[float]) -> float:
    return float(np.median(values))


def _sigma(values: Sequence[float]) -> float:
    """Standard deviation of the median, by the median deviation: single outliers do not count."""
    spread = MAD_TO_SIGMA * float(np.median(np.abs(np.array(values) - np.median(values))))
    return MEDIAN_LOSS * spread / math.sqrt(len(values))


def _check(
    survey: PoseStep, tilt: tuple[float, float], roll: tuple[float, float], height_m: float, taped_m: float | None
) -> None:
    for name, (off, sigma), stated, most in (
        ("tilt", tilt, survey.angle_sigma_deg[0], TILT_DISAGREE),
        ("roll", roll, survey.angle_sigma_deg[2], ROLL_DISAGREE),
    ):
        if abs(off) > most * math.hypot(sigma, stated):
            raise InputError(
                f"the traffic says that the camera's {name} is {off:+.2f} ± {sigma:.2f} degrees off the survey, which "
                f"knows it to {stated:.2f}: survey again, or look whether the camera was moved since"
            )
    if taped_m is not None and abs(height_m - taped_m) > HEIGHT_DISAGREE_M:
        raise InputError(
            f"plates hang {height_m:.2f} m above the road as measured, {taped_m:.2f} m by the tape: the scale is off "
            f"by some {100 * (height_m - taped_m) / 6.5:+.1f} %; look at the board's square size and the focal length"
        )


def _step(
    survey: PoseStep, tilt: tuple[float, float], roll: tuple[float, float], height: tuple[float, float], tracks: int,
    taped_m: float | None,
) -> TrafficStep:  # fmt: skip
    """Survey and traffic averaged: the survey says 0, the traffic what it says."""
    by_tilt, tilt_sigma = _average(tilt, survey.angle_sigma_deg[0])
    by_roll, roll_sigma = _average(roll, survey.angle_sigma_deg[2])
    rotation = turned(np.array(survey.rotation).reshape(3, 3), np.radians([by_tilt, 0.0, by_roll]))
    return TrafficStep(
        tracks=tracks,
        rotation=tuple(round(value, 9) for value in rotation.ravel().tolist()),  # type: ignore[arg-type]  # nine
        angle_sigma_deg=(_up(tilt_sigma), survey.angle_sigma_deg[1], _up(roll_sigma)),
        tilt_deg=round(tilt[0], 4),
        tilt_sigma_deg=_up(tilt[1]),
        roll_deg=round(roll[0], 4),
        roll_sigma_deg=_up(roll[1]),
        plate_height_m=round(height[0], 4),
        plate_height_sigma_m=_up(height[1]),
        taped_plate_height_m=taped_m,
    )


def _average(traffic: tuple[float, float], survey_sigma: float) -> tuple[float, float]:
    value, sigma = traffic
    weight, other = 1 / sigma**2, 1 / survey_sigma**2
    return value * weight / (weight + other), 1 / math.sqrt(weight + other)


def _up(value: float) -> float:
    return math.ceil(value * 1e4) / 1e4
