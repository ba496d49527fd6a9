"""From a track's outlines to the foot point's path on the road, the plate's height found from its size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import moments_ns, on_height, rays
from kirpik.road.outline import PlateClass, possible, sides, size_spread
from kirpik.site import Camera, Pose
from kirpik.values import RoadPath, TrackPoint

HEIGHT_PRIOR_M = 0.65
HEIGHT_PRIOR_SIGMA_M = 0.30
FAIR_TURNS = 4
SIZE_TRACK_SIGMA = 0.01
"""What the frames of one track have in common of a relative error of width: yaw, outline bias, size of the plate."""
TOO_NARROW_PX = 2.0
"""No plate's outline is found narrower than the plate by more."""


def path_of(points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> RoadPath:
    """The path of a track of at least one point."""
    quads = np.stack([point.quad for point in points])
    centres = quads.mean(axis=1)
    t_ns = moments_ns(points, centres, camera)
    sigma_px = np.array([point.sigma_px for point in points])
    kinds = possible(quads, _foreshortening(centres, camera, pose))
    plate, height, height_sigma = _height(quads, sigma_px, kinds, camera, pose)
    foot = on_height(centres, height, camera, pose)
    return RoadPath(
        start_ns=int(t_ns[0]),
        t_s=(t_ns - t_ns[0]) / 1e9,
        foot_m=foot,
        sigma_m=_sigma_along(centres, sigma_px, height, height_sigma, camera, pose),
        height_m=height,
        height_sigma_m=height_sigma,
        plate_mm=None if plate is None or _below_road(quads, plate, camera, pose) else plate.size_mm,
    )


def _below_road(quads: NDArray[np.float64], plate: PlateClass, camera: Camera, pose: Pose) -> bool:
    """Whether its size alone would put it there: a lamp or a letter, too small for a plate at its place."""
    width, _ = sides(quads)
    depth = camera.fx * plate.width_mm / 1000.0 / (width + TOO_NARROW_PX)
    height = pose.position_m[2] + rays(quads.mean(axis=1), camera, pose)[:, 2] * depth
    return float(np.median(height)) < 0.0


def _foreshortening(centres: NDArray[np.float64], camera: Camera, pose: Pose) -> float:
    direction = rays(np.median(centres, axis=0), camera, pose)
    return float(np.hypot(direction[0], direction[1]) / np.linalg.norm(direction))


def _height(
    quads: NDArray[np.float64], sigma_px: NDArray[np.float64], kinds: Sequence[tuple[PlateClass, float]],
    camera: Camera, pose: Pose,
) -> tuple[PlateClass | None, float, float]:  # fmt: skip
    """The likeliest class, the plate centre's height and its standard deviation, over all that it may be.

    What the finder states widens the deviation and never moves the height, so that it can only free.
    """
    if not kinds:
        return None, HEIGHT_PRIOR_M, HEIGHT_PRIOR_SIGMA_M
    told = [_height_as(quads, plate, camera, pose) for plate, _ in kinds]
    heights, sigmas = (np.array(values) for values in zip(*((one.height, one.sigma) for one in told), strict=True))
    weights = np.array([weight * one.chance for (_, weight), one in zip(kinds, told, strict=True)]) + 1e-300
    weights /= weights.sum()
    height = float(weights @ heights)
    variance = float(weights @ (sigmas**2 + (heights - height) ** 2))
    likeliest = kinds[int(weights.argmax())][0]
    width, _ = sides(quads)
    drop = pose.position_m[2] - height
    stated = float(np.sqrt(np.mean((drop * sigma_px / width) ** 2) / len(width)))
    return likeliest, height, float(np.hypot(np.sqrt(variance), stated))


@dataclass(frozen=True, slots=True)
class _Told:
    """By one class of plate: the height with its standard deviation, and how likely plates hang where it puts this."""

    height: float
    sigma: float
    chance: float


def _height_as(quads: NDArray[np.float64], plate: PlateClass, camera: Camera, pose: Pose) -> _Told:
    """Depth from size, fair mean over the frames, with the prior."""
    width, _ = sides(quads)
    drop = rays(quads.mean(axis=1), camera, pose)[:, 2] * camera.fx * plate.width_mm / 1000.0 / width
    each, spread = pose.position_m[2] + drop, np.abs(drop) * size_spread(width) / width + 1e-3
    common = float(np.median(np.abs(drop))) * np.hypot(SIZE_TRACK_SIGMA, plate.sigma_ln)
    mean, fair = float(np.median(each)), np.ones(len(each))
    for _ in range(FAIR_TURNS):
        weight = fair / spread**2
        mean = float((each * weight).sum() / weight.sum())
        off = np.abs(each - mean) / spread
        fair = 1 / (1 + (off / (2.5 * max(float(np.median(off)), 0.3))) ** 2)
    variance = 1 / weight.sum() + common**2
    prior = HEIGHT_PRIOR_SIGMA_M**2
    height = (mean * prior + HEIGHT_PRIOR_M * variance) / (prior + variance)
    chance = float(np.exp(-0.5 * (mean - HEIGHT_PRIOR_M) ** 2 / (prior + variance)) / np.sqrt(prior + variance))
    return _Told(height, float(np.sqrt(1 / (1 / variance + 1 / prior))), chance)


def _sigma_along(
    centres: NDArray[np.float64], sigma_px: NDArray[np.float64], height: float, height_sigma: float,
    camera: Camera, pose: Pose,
) -> NDArray[np.float64]:  # fmt: skip
    here = on_height(centres, height, camera, pose)
    by_pixel = np.linalg.norm(on_height(centres + (0.0, 1.0), height, camera, pose) - here, axis=1)
    by_height = np.linalg.norm(on_height(centres, height + 0.1, camera, pose) - here, axis=1) / 0.1
    tilt_px = np.radians(pose.angle_uncertainty_deg) * camera.fy
    variance = by_pixel**2 * (sigma_px**2 / 2 + tilt_px**2) + (by_height * height_sigma) ** 2
    return np.asarray(np.sqrt(variance + pose.position_uncertainty_m**2))
