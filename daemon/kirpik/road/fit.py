"""The first estimator: one joint fit over a track's corners, in which the calibration is unknown too.

Levenberg-Marquardt, a frame that lies off counting less (Cauchy's weights). What it believes beforehand, and how it
weighs what it sees, is fixed here or comes from the residuals: no stated uncertainty moves the speed (see `doubt.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import moments_ns
from kirpik.road.consensus import agreeing, places
from kirpik.road.model import (
    ASIDE_2,
    ASIDE_3,
    BIAS_H,
    BIAS_W,
    BOUNCE_COS,
    BOUNCE_SIN,
    COUNT,
    HEADING,
    JERK,
    LN_F,
    LN_HIGH,
    LN_S,
    MAST,
    PITCH,
    ROLL,
    TURN_X,
    TURN_Z,
    YAW,
    A,
    H,
    Scene,
    V,
    X,
    Y,
    predict,
)  # fmt: skip
from kirpik.road.outline import NOMINAL_PX, SIZE_PX, PlateClass, sides, size_spread
from kirpik.road.path import HEIGHT_PRIOR_M, HEIGHT_PRIOR_SIGMA_M
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint

Array = NDArray[np.float64]

FRAMES_LEAST = 8
FREEDOM_SPENT = 10
"""Unknowns that nothing much is believed of beforehand."""
ROUGH_TURNS = 5
TURNS_MOST = 20
LINE_TURNS = 4
DAMPING_FIRST, DAMPING_STEP = 1e-9, 100.0
SETTLED_MPS = 1e-4
CAUCHY = 2.0
"""Standard deviations at which a frame counts half."""
BAD_FRAME = 3.0
"""A frame further off than this many times the median is left out."""

PATTERNS = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [1, -1, 1, -1]]) / 2.0
"""Four corners that shift together, go apart to the sides, go apart up and down, and the rest. Orthonormal."""
PATTERN_PX = np.array([[0.14, 0.12], [0.40, 0.10], [0.10, 0.50], [0.10, 0.10]])
"""How far off a pattern is expected to be in x and y, as the corner finder errs at a plate of NOMINAL_PX: it knows
the place of a plate far better than its size."""
COHERENT = 1.5
"""Outlines of one vehicle err alike: they tell its size less well than so many frames would otherwise."""
FINDER_FRAMES = 3.0
"""That expectation counts as much as so many frames of the track itself."""
HALF_NORMAL = 0.4549
"""Median of the square of a standard normal."""

OUTLINE_SHARE = 0.004
"""By which the finder's outlines of a vehicle may be too wide, beside pixels and beside the plate itself."""
BELIEVED = np.full(COUNT, np.inf)
"""Standard deviations that steer the fit; the site's own ones are for the doubt."""
BELIEVED[H] = HEIGHT_PRIOR_SIGMA_M
BELIEVED[A] = 2.0
BELIEVED[[JERK, ASIDE_2, ASIDE_3]] = 1.0
BELIEVED[[YAW, PITCH, ROLL]] = np.radians([3.0, 6.0, 2.0])
BELIEVED[LN_HIGH] = 0.05
BELIEVED[TURN_X : TURN_Z + 1] = np.radians(0.1)
BELIEVED[MAST] = 0.05
BELIEVED[LN_F] = 0.003
BELIEVED[[BIAS_W, BIAS_H]] = 0.2, 0.3
BELIEVED[[BOUNCE_SIN, BOUNCE_COS]] = 0.003
MEAN = np.zeros(COUNT)
MEAN[H] = HEIGHT_PRIOR_M


@dataclass(frozen=True, slots=True)
class Observed:
    """A track as the fit takes it."""

    scene: Scene
    corners: Array
    """(n, 4, 2) pixels."""
    sigma_px: Array
    """How far off the patterns are expected to be, (n, 4, 2)."""
    stated_px: Array
    """How far off the finder says that the corners are, (n,)."""
    trust: Array
    """How much each frame counts, (n,): 1, or less where it lies off."""
    believed: Array
    """Standard deviations that steer the fit, (COUNT,); infinite where nothing is believed beforehand."""
    reference_ns: int


@dataclass(frozen=True, slots=True)
class Fit:
    theta: Array
    observed: Observed
    """Without the frames that were left out."""
    residual: Array
    """Predicted less seen, as patterns in standard deviations, (n, 4, 2)."""
    jacobian: Array
    """Of the same, (n, 4, 2, COUNT)."""
    normal: Array
    """Weighted, with the beliefs, (COUNT, COUNT)."""

    @property
    def off(self) -> Array:
        """How far each frame lies off, in standard deviations, (n,)."""
        return np.asarray(np.sqrt((self.residual**2).mean(axis=(1, 2))))

    @property
    def chi2_per_dof(self) -> float:
        """Of all frames alike, against the spread that the better half of them shows."""
        return float((self.residual**2).sum() / (self.residual.size - FREEDOM_SPENT))


def observe(points: Sequence[TrackPoint], plate: PlateClass, camera: Camera, pose: Pose) -> Observed:
    corners = np.stack([point.quad for point in points])
    t_ns = np.stack([moments_ns(points, corners[:, corner], camera) for corner in range(4)], axis=1)
    reference_ns = (t_ns[0].mean() + t_ns[-1].mean()) / 2
    width, _ = sides(corners)
    believed = BELIEVED.copy()
    believed[LN_S] = np.hypot(plate.sigma_ln, OUTLINE_SHARE)
    return Observed(
        scene=Scene((t_ns - reference_ns) / 1e9, plate, camera, pose),
        corners=corners,
        sigma_px=_expected(width),
        stated_px=np.array([point.sigma_px for point in points]),
        trust=np.ones(len(points)),
        believed=believed,
        reference_ns=round(reference_ns),
    )


def _expected(width: Array) -> Array:
    """Spread of the patterns, (n, 4, 2) pixels."""
    sigma = PATTERN_PX * np.hypot(0.5, 0.85 * width / NOMINAL_PX)[:, None, None]
    size = COHERENT * size_spread(width) / SIZE_PX
    sigma[:, 1, 0] = PATTERN_PX[1, 0] * size
    sigma[:, 2, 1] = PATTERN_PX[2, 1] * size
    return sigma


def fit(observed: Observed) -> Fit | None:
    """None when too few frames agree on one motion, or the fit finds no end."""
    scene = observed.scene
    t_s = scene.t_s.mean(axis=1)
    agree = agreeing(t_s, observed.corners, scene.plate, scene.camera, scene.pose)
    if agree.sum() < FRAMES_LEAST:
        return None
    theta = _rough(_only(observed, agree))
    everything = None if theta is None else _at(theta, observed)
    if theta is None or everything is None:
        return None
    off = everything.off
    good = off <= BAD_FRAME * np.median(off[agree])
    return _settle(_learned(observed, everything, good), theta) if good.sum() >= FRAMES_LEAST else None


def _rough(observed: Observed) -> Array | None:
    """Newton's way, each time with new trust in the frames; near enough to tell the good ones."""
    theta = _start(observed)
    for _ in range(ROUGH_TURNS):
        now = _at(theta, observed)
        step = None if now is None else _step(now, DAMPING_FIRST)
        if now is None or step is None:
            return None
        theta = theta - step
        observed = replace(observed, trust=_trust(now.off))
    return theta


def _trust(off: Array) -> Array:
    return np.asarray(1 / (1 + (off / CAUCHY) ** 2))


def _only(observed: Observed, chosen: NDArray[np.bool_]) -> Observed:
    return replace(
        observed,
        scene=replace(observed.scene, t_s=observed.scene.t_s[chosen]),
        corners=observed.corners[chosen],
        sigma_px=observed.sigma_px[chosen],
        stated_px=observed.stated_px[chosen],
        trust=observed.trust[chosen],
    )


def _learned(observed: Observed, rough: Fit, good: NDArray[np.bool_]) -> Observed:
    """The good frames, with each pattern's spread as this track shows it."""
    frames = float(good.sum())
    seen = np.median(rough.residual[good] ** 2, axis=0) / HALF_NORMAL
    scale = np.sqrt((FINDER_FRAMES + frames * seen) / (FINDER_FRAMES + frames))
    kept = _only(observed, good)
    return replace(kept, sigma_px=kept.sigma_px * scale, trust=_trust(rough.off[good]))


def _settle(observed: Observed, theta: Array) -> Fit | None:
    now, damping = _at(theta, observed), DAMPING_FIRST
    if now is None:
        return None
    for _ in range(TURNS_MOST):
        step = _step(now, damping)
        tried = None if step is None else _at(now.theta - step, observed)
        better = tried is not None and _cost(tried) <= _cost(now)
        if step is not None and abs(step[V]) < SETTLED_MPS:
            return tried if better else now
        if tried is not None and better:
            now, damping = tried, damping / DAMPING_STEP
        else:
            damping *= DAMPING_STEP
    return None


def _at(theta: Array, observed: Observed) -> Fit | None:
    pixels, slopes = predict(theta, observed.scene)
    residual = PATTERNS @ (pixels - observed.corners) / observed.sigma_px
    if not np.isfinite(residual).all():
        return None
    jacobian = (PATTERNS @ slopes.reshape(-1, 4, 2 * COUNT)).reshape(slopes.shape) / observed.sigma_px[..., None]
    flat = jacobian.reshape(-1, COUNT)
    normal = (flat * np.repeat(observed.trust, 8)[:, None]).T @ flat + np.diag(1 / observed.believed**2)
    return Fit(theta, observed, residual, jacobian, normal)


def _step(now: Fit, damping: float) -> Array | None:
    pull = (now.theta - MEAN) / now.observed.believed**2
    weighted = (now.observed.trust[:, None, None] * now.residual).ravel()
    gradient = weighted @ now.jacobian.reshape(-1, COUNT) + pull
    try:
        damped = now.normal + np.diag(np.diag(now.normal) * damping)
        step: Array = np.asarray(np.linalg.solve(damped, gradient), np.float64)
    except np.linalg.LinAlgError:
        return None
    return step if np.isfinite(step).all() else None


def _cost(at: Fit) -> float:
    return float(8 * (at.observed.trust * at.off**2).sum() + (((at.theta - MEAN) / at.observed.believed) ** 2).sum())


def _start(observed: Observed) -> Array:
    """Depth from size, then a straight line through the positions, near frames counting more."""
    scene = observed.scene
    where, depth = places(observed.corners, scene.plate, scene.camera, scene.pose)
    weight = depth**-2.0
    slope, offset, fair = _line(scene.t_s.mean(axis=1), where[:, :2], weight)
    theta = np.zeros(COUNT)
    theta[[X, Y]] = offset
    theta[H] = np.average(where[:, 2], weights=weight**2 * fair)
    theta[V], theta[HEADING] = np.hypot(*slope), np.arctan2(slope[0], slope[1])
    return theta


def _line(t_s: Array, where: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Slope, offset and each point's share of the say: a straight line that a few points far off do not bend."""
    fair = np.ones(len(t_s))
    for _ in range(LINE_TURNS):
        share = fair * weight**2 / (fair * weight**2).sum()
        middle, since = share @ where, t_s - share @ t_s
        slope = (share * since) @ where / ((share * since) @ since)
        offset = middle - slope * (share @ t_s)
        off = np.linalg.norm(where - offset - t_s[:, None] * slope, axis=1) * weight
        fair = 1 / (1 + (off / max(2.0 * float(np.median(off)), 1e-9)) ** 2)
    return slope, offset, fair
