"""The first estimator: one joint fit over a track's corners, in which the calibration is unknown too.

Levenberg-Marquardt, a frame that lies off counting less (Cauchy's weights), what lies far off left out.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.consensus import agreeing
from kirpik.road.model import COUNT, V, predict
from kirpik.road.observed import MEAN, PATTERNS, Observed
from kirpik.road.start import start

Array = NDArray[np.float64]

FRAMES_LEAST = 8
FREEDOM_SPENT = 10
"""Unknowns that nothing much is believed of beforehand."""
ROUGH_TURNS, TURNS_MOST = 5, 20
DAMPING_FIRST, DAMPING_STEP = 1e-9, 100.0
SETTLED_MPS = 1e-4
CAUCHY = 2.0
"""Standard deviations at which a frame counts half."""
BAD_FRAME = 3.0
"""A frame further off than this many times the median is left out."""
FINDER_FRAMES = 3.0
"""What is expected of the patterns counts as much as so many frames of the track itself."""
HALF_NORMAL = 0.4549
"""Median of the square of a standard normal."""


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


def fit(observed: Observed) -> Fit | None:
    """None when too few frames agree on one motion, or the fit finds no end."""
    scene = observed.scene
    t_s = scene.t_s.mean(axis=1)
    agree = agreeing(t_s, observed.corners, scene.plate, scene.camera, scene.pose)
    if agree.sum() < FRAMES_LEAST:
        return None
    theta = _rough(observed.only(agree))
    everything = None if theta is None else _at(theta, observed)
    if theta is None or everything is None:
        return None
    off = everything.off
    good = off <= BAD_FRAME * np.median(off[agree])
    return _settle(_learned(observed, everything, good), theta) if good.sum() >= FRAMES_LEAST else None


def _rough(observed: Observed) -> Array | None:
    """Newton's way, each time with new trust in the frames; near enough to tell the good ones."""
    theta = start(observed)
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


def _learned(observed: Observed, rough: Fit, good: NDArray[np.bool_]) -> Observed:
    """The good frames, with each pattern's spread as this track shows it."""
    frames = float(good.sum())
    seen = np.median(rough.residual[good] ** 2, axis=0) / HALF_NORMAL
    scale = np.sqrt((FINDER_FRAMES + frames * seen) / (FINDER_FRAMES + frames))
    kept = observed.only(good)
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
