"""One joint fit over a track's corners: speed with an uncertainty that knows of the plate, the lens and the mast.

Model and priors: docs/MEASUREMENT.md. Levenberg-Marquardt with Huber weights; the calibration is part of the unknowns,
with its own stated uncertainty as prior, so that one matrix answers for everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import distort, rays, rotation
from kirpik.road.outline import PlateClass, classify, sides
from kirpik.road.path import HEIGHT_PRIOR_M, HEIGHT_PRIOR_SIGMA_M, moments_ns
from kirpik.site import Camera, Pose
from kirpik.values import Motion, TrackPoint

Array = NDArray[np.float64]

FRAMES_LEAST = 8
FRAMES_MOST = 60
"""A longer track is thinned evenly; what is left is what the record carries, so that anybody can repeat the fit."""
WIDTH_LEAST_PX = 24.0
TURNS_MOST = 25
DAMPING_FIRST = 1e-3
SETTLED_MPS = 1e-4
HUBER = 2.5
BAD_FRAME_SIGMAS = 2.5
"""A frame whose corners lie further off than this on average (root mean square) is left out once, if few are."""
GOOD_SHARE_LEAST = 0.8
SIGMA_LEAST_PX = 0.15
BOUNCE_HZ = 1.5

# The unknowns: start, height, velocity, acceleration, the plate's attitude and size; then calibration; then nuisance.
X, Y, H, VX, VY, A, YAW, PITCH, ROLL, LN_S, TURN_X, TURN_Y, TURN_Z, MAST, LN_F, BIAS, BOUNCE_SIN, BOUNCE_COS = range(18)
STEPS = np.array([1e-4] * 5 + [1e-4] + [1e-5] * 3 + [1e-6] + [1e-6] * 3 + [1e-4] + [1e-6] + [1e-3] + [1e-4] * 2)
ACCELERATION_SIGMA = 2.0
ATTITUDE_SIGMA = np.radians([3.0, 6.0, 2.0])
BIAS_SIGMA_PX = 0.17
BOUNCE_SIGMA_M = 0.003
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
OUTWARD = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the fit is given."""

    t_s: Array
    """Time of each corner from the track's middle, (n, 4)."""
    corners: Array
    """(n, 4, 2) pixels."""
    sigma_px: Array
    """(n,)."""
    plate: PlateClass
    camera: Camera
    pose: Pose
    reference_ns: int


def measure(points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> Motion | None:
    """Fit the track. None when there is too little of it, the plate is of no known class, or the fit finds no end."""
    chosen = choose(points)
    if len(chosen) < FRAMES_LEAST:
        return None
    given = _given(chosen, camera, pose)
    fitted = None if given is None else _fit(given)
    if given is None or fitted is None:
        return None
    good = _good_frames(given, fitted[0])
    if not good.all() and good.sum() >= FRAMES_LEAST and good.mean() >= GOOD_SHARE_LEAST:
        given = _only(given, good)
        fitted = _fit(given)
    return None if fitted is None else _motion(given, *fitted)


def choose(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    """The points that are measured: wide enough, thinned evenly to FRAMES_MOST."""
    if not points:
        return []
    widths, _ = sides(np.stack([point.quad for point in points]))
    wide = [point for point, width in zip(points, widths, strict=True) if width >= WIDTH_LEAST_PX]
    if len(wide) <= FRAMES_MOST:
        return wide
    kept = np.round(np.linspace(0, len(wide) - 1, FRAMES_MOST)).astype(int)
    return [wide[index] for index in kept]


def _given(points: Sequence[TrackPoint], camera: Camera, pose: Pose) -> Measurement | None:
    corners = np.stack([point.quad for point in points])
    direction = rays(np.median(corners.mean(axis=1), axis=0), camera, pose)
    plate = classify(corners, float(np.hypot(direction[0], direction[1]) / np.linalg.norm(direction)))
    if plate is None:
        return None
    t_ns = np.stack([moments_ns(points, corners[:, corner], camera) for corner in range(4)], axis=1)
    reference_ns = (t_ns[0].mean() + t_ns[-1].mean()) / 2
    sigma = np.maximum([point.sigma_px for point in points], SIGMA_LEAST_PX)
    return Measurement((t_ns - reference_ns) / 1e9, corners, sigma, plate, camera, pose, round(reference_ns))


def _fit(given: Measurement) -> tuple[Array, Array, float] | None:
    """Return the unknowns (18,), their covariance (18, 18) and χ² per degree of freedom."""
    theta = _start(given)
    mean, weight = _priors(given)
    damping = DAMPING_FIRST
    residual, jacobian = _linearise(theta, given)
    for _ in range(TURNS_MOST):
        step = _step(residual, jacobian, weight, weight * (theta - mean), damping)
        if step is None:
            return None
        tried, tried_jacobian = _linearise(theta - step, given)
        if _cost(tried, weight, theta - step - mean) > _cost(residual, weight, theta - mean):
            damping *= 30.0
            continue
        theta, residual, jacobian, damping = theta - step, tried, tried_jacobian, damping / 30.0
        if np.abs(step[VX : VY + 1]).max() < SETTLED_MPS:
            break
    covariance: Array = np.asarray(np.linalg.inv(jacobian.T @ jacobian + np.diag(weight)), np.float64)
    freedom = max(1, residual.size - (LN_S + 1))
    chi2 = float((residual**2).sum() / freedom)
    return (theta, covariance, chi2) if np.isfinite(chi2) else None


def _good_frames(given: Measurement, theta: Array) -> NDArray[np.bool_]:
    """Which frames (n,) agree with the rest: glare or a misplaced outline spoils single ones."""
    residual = ((_predict(theta[None], given)[0] - given.corners) / given.sigma_px[:, None, None]).reshape(-1, 8)
    off = np.sqrt((residual**2).mean(axis=1))
    return np.asarray(off <= max(BAD_FRAME_SIGMAS, 2.0 * float(np.median(off))))


def _only(given: Measurement, good: NDArray[np.bool_]) -> Measurement:
    return replace(given, t_s=given.t_s[good], corners=given.corners[good], sigma_px=given.sigma_px[good])


def _step(residual: Array, jacobian: Array, weight: Array, pull: Array, damping: float) -> Array | None:
    """Levenberg-Marquardt with Huber weights."""
    robust = _huber(residual)
    normal = (jacobian * robust[:, None]).T @ jacobian + np.diag(weight)
    gradient = (jacobian * robust[:, None]).T @ residual + pull
    try:
        step: Array = np.asarray(np.linalg.solve(normal + np.diag(np.diag(normal) * damping), gradient), np.float64)
    except np.linalg.LinAlgError:
        return None
    return step if np.isfinite(step).all() else None


def _cost(residual: Array, weight: Array, off: Array) -> float:
    length = np.linalg.norm(residual.reshape(-1, 2), axis=1)
    huber = np.where(length > HUBER, HUBER * (2 * length - HUBER), length**2)
    return float(huber.sum() + (weight * off**2).sum())


def _huber(residual: Array) -> Array:
    length = np.repeat(np.linalg.norm(residual.reshape(-1, 2), axis=1), 2)
    return np.asarray(np.where(length > HUBER, HUBER / np.maximum(length, 1e-9), 1.0))


def _linearise(theta: Array, given: Measurement) -> tuple[Array, Array]:
    """Residuals in standard deviations (8n,) and their derivatives (8n, 18), all steps in one batch."""
    batch = np.vstack([theta, theta + np.diag(STEPS)])
    pixels = _predict(batch, given)
    residual = ((pixels - given.corners) / given.sigma_px[:, None, None]).reshape(len(batch), -1)
    return residual[0], ((residual[1:] - residual[0]) / STEPS[:, None]).T


def _start(given: Measurement) -> Array:
    """Depth from size, then a straight line through the positions, near frames counting more."""
    width, _ = sides(given.corners)
    depth = given.camera.fx * given.plate.width_mm / 1000.0 / width
    where = (
        np.asarray(given.pose.position_m) + rays(given.corners.mean(axis=1), given.camera, given.pose) * depth[:, None]
    )
    t = given.t_s.mean(axis=1)
    weight = depth**-2.0
    slope, offset = np.polyfit(t, where[:, :2], 1, w=weight)
    theta = np.zeros(18)
    theta[[X, Y]], theta[[VX, VY]] = offset, slope
    theta[H] = np.average(where[:, 2], weights=weight**2)
    return theta


def _priors(given: Measurement) -> tuple[Array, Array]:
    """Means and inverse variances (18,); 0 where nothing is believed beforehand."""
    mean, sigma = np.zeros(18), np.full(18, np.inf)
    mean[H], sigma[H] = HEIGHT_PRIOR_M, HEIGHT_PRIOR_SIGMA_M
    sigma[A] = ACCELERATION_SIGMA
    sigma[YAW : ROLL + 1] = ATTITUDE_SIGMA
    sigma[LN_S] = given.plate.sigma_ln
    sigma[TURN_X : TURN_Z + 1] = max(np.radians(given.pose.angle_uncertainty_deg), 1e-6)
    sigma[MAST] = max(given.pose.position_uncertainty_m, 1e-4)
    sigma[LN_F] = max(given.camera.focal_uncertainty_percent / 100.0, 1e-5)
    sigma[BIAS] = BIAS_SIGMA_PX
    sigma[BOUNCE_SIN : BOUNCE_COS + 1] = BOUNCE_SIGMA_M
    return mean, 1.0 / sigma**2


def _predict(theta: Array, given: Measurement) -> Array:
    """Unknowns (m, 18) → corner pixels (m, n, 4, 2)."""
    world = _corners(theta, given.t_s, given.plate)
    mast = np.asarray(given.pose.position_m) + theta[:, None, None, MAST : MAST + 1] * (0.0, 0.0, 1.0)
    turn = theta[:, TURN_X : TURN_Z + 1]
    x_cam = (world - mast) @ rotation(given.pose).T
    x_cam = x_cam + np.cross(turn[:, None, None, :], x_cam)
    plane = distort(x_cam[..., :2] / np.maximum(x_cam[..., 2:], 0.1), given.camera)
    zoom = np.exp(theta[:, LN_F])[:, None, None, None]
    pixels = plane * (given.camera.fx, given.camera.fy) * zoom + (given.camera.cx, given.camera.cy)
    return np.asarray(pixels + theta[:, BIAS, None, None, None] * OUTWARD)


def _corners(theta: Array, t: Array, plate: PlateClass) -> Array:
    """Road coordinates of the corners (m, n, 4, 3)."""
    part = [theta[:, index, None, None] for index in range(18)]
    speed = np.hypot(part[VX], part[VY]) + 1e-9
    ux, uy = part[VX] / speed, part[VY] / speed
    gained = 0.5 * part[A] * t * t
    wave = 2 * np.pi * BOUNCE_HZ * t
    bounce = part[BOUNCE_SIN] * np.sin(wave) + part[BOUNCE_COS] * np.cos(wave)
    right, up, back = _attitude(part, ux, uy, plate)
    turn_cos, turn_sin = right
    lx, lz = up
    return np.stack(
        [
            part[X] + part[VX] * t + ux * gained + turn_cos * lx - turn_sin * back,
            part[Y] + part[VY] * t + uy * gained + turn_sin * lx + turn_cos * back,
            part[H] + bounce + lz,
        ],
        axis=-1,
    )


def _attitude(
    part: list[Array], ux: Array, uy: Array, plate: PlateClass
) -> tuple[tuple[Array, Array], tuple[Array, Array], Array]:
    """How the plate stands: yaw against the heading, roll, pitch; seen from the camera's side of the road."""
    size = np.exp(part[LN_S]) / 1000.0
    lx, lz = CORNERS[:, 0] * plate.width_mm * size, CORNERS[:, 1] * plate.height_mm * size
    roll_cos, roll_sin = np.cos(part[ROLL]), np.sin(part[ROLL])
    lx, lz = roll_cos * lx - roll_sin * lz, roll_sin * lx + roll_cos * lz
    back, lz = -np.sin(part[PITCH]) * lz, np.cos(part[PITCH]) * lz
    side = np.where(uy < 0, -1.0, 1.0)
    heading = np.arctan2(-ux * side, uy * side) + part[YAW]
    return (np.cos(heading), np.sin(heading)), (lx, lz), back


def _motion(given: Measurement, theta: Array, covariance: Array, chi2: float) -> Motion:
    speed = float(np.hypot(theta[VX], theta[VY]))
    gradient = np.zeros(18)
    gradient[VX], gradient[VY] = theta[VX] / speed, theta[VY] / speed
    sigma = float(np.sqrt(gradient @ covariance @ gradient)) * max(1.0, float(np.sqrt(chi2)))
    t = given.t_s.mean(axis=1)
    return Motion(
        reference_ns=given.reference_ns,
        speed_kmh=speed * 3.6,
        uncertainty_kmh=sigma * 3.6,
        acceleration_mps2=float(theta[A]),
        height_m=float(theta[H]),
        length_m=speed * float(t[-1] - t[0]),
        chi2_per_dof=chi2,
        frames=len(t),
    )
