"""How far off the joint fit may be: what the corners scatter, and what everybody says of his own uncertainty.

The gain of the fit does not depend on what is stated, so its error is linear in the errors that go in, and the variance
is a sum ("consider" covariance, Schmidt 1966). Each stated uncertainty stands in it once, with a plus: to widen one
never narrows the result, and never moves the speed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.fit import Fit
from kirpik.road.model import COUNT, LN_F, MAST, TURN_X, TURN_Z, V
from kirpik.road.observed import PATTERN_PX
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

STATED_FRAMES = 3.0
"""The finder's own word counts as much as so many frames seen."""
RHO_MOST = 0.8
TOLD_LEAST = 0.05
"""Of the tilt, where a plate tells next to nothing of it."""
ORDINARY_SIGMAS = 2.0
SLOPE_DEG = 0.05
"""The road is not quite the plane of the site file."""


@dataclass(frozen=True, slots=True)
class Doubt:
    sigma_mps: float
    """One standard deviation of the speed."""
    tilt_deg: float
    """How far the camera points higher than it was calibrated, as this plate alone tells."""
    tilt_sigmas: float
    """The same in standard deviations that an ordinary installation shows."""


def doubt_of(fit: Fit, camera: Camera, pose: Pose) -> Doubt:
    """What the plate has against the calibration widens the doubt, too: half-knocked cameras deduct more."""
    inverse: Array = np.asarray(np.linalg.inv(fit.normal), np.float64)
    believed = float(fit.observed.believed[TURN_X])
    told = max(1 - float(inverse[TURN_X, TURN_X]) / believed**2, TOLD_LEAST)
    tilt, ordinary = float(fit.theta[TURN_X]) / told, believed / np.sqrt(told)
    leverage = float(inverse[V, TURN_X]) / believed**2
    beyond = leverage * max(abs(tilt) - ORDINARY_SIGMAS * ordinary, 0.0)
    variance = float(covariance(fit, inverse, camera, pose)[V, V])
    return Doubt(float(np.sqrt(variance + beyond**2)), float(np.degrees(tilt)), tilt / ordinary)


def covariance(fit: Fit, inverse: Array, camera: Camera, pose: Pose) -> Array:
    """Of the unknowns, (COUNT, COUNT); `inverse` is that of the fit's normal matrix."""
    noise = np.sqrt(_noise(fit, inverse))[..., None] * fit.observed.trust[:, None, None, None]
    rows = (fit.jacobian * noise).reshape(-1, COUNT)
    pull = np.where(np.isfinite(fit.observed.believed), stated(fit, camera, pose), 0.0) / fit.observed.believed**2
    return np.asarray(inverse @ (rows.T @ rows + np.diag(pull**2)) @ inverse)


def stated(fit: Fit, camera: Camera, pose: Pose) -> Array:
    """The standard deviations of the unknowns as nature, plates and the site file have them."""
    sigma = fit.observed.believed.copy()
    sigma[TURN_X : TURN_Z + 1] = np.radians(np.hypot(pose.angle_uncertainty_deg, SLOPE_DEG))
    sigma[MAST] = pose.position_uncertainty_m
    sigma[LN_F] = camera.focal_uncertainty_percent / 100.0
    return sigma


def _noise(fit: Fit, inverse: Array) -> Array:
    """Variance of each pattern in each frame, (n, 4, 2), in units of what was expected."""
    observed = fit.observed
    root = fit.jacobian * np.sqrt(fit.observed.trust)[:, None, None, None]
    spent = np.einsum("nmap,pq,nmaq->ma", root, inverse, root, optimize=True)
    seen = fit.residual * np.sqrt(fit.observed.trust)[:, None, None]
    frames = len(seen)
    scatter = (seen**2).sum(axis=0) / np.maximum(frames - spent, 0.25 * frames) * _inflation(seen)
    expected = PATTERN_PX / np.sqrt((PATTERN_PX**2).mean())
    finder = (observed.stated_px[:, None, None] * expected / observed.sigma_px) ** 2
    return np.asarray((STATED_FRAMES * finder + frames * scatter) / (STATED_FRAMES + frames))


def _inflation(seen: Array) -> Array:
    """What frames that err alike are worth less, (4, 2): by the correlation of neighbours."""
    together = (seen[1:] * seen[:-1]).sum(axis=0) / np.maximum((seen**2).sum(axis=0), 1e-12)
    frames = len(seen)
    rho = np.clip(together * frames / (frames + 4.0), 0.0, RHO_MOST)
    return np.asarray((1 + rho) / (1 - rho))
