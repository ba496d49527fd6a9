"""Where the camera hangs and looks, from points on the road and their places in the picture: one least-squares fit.

Unknowns: position, three turns about the camera's own axes, and the focal length within what the lens step knows. Each
point counts by its survey error seen from there and the error of a click; the taped height is one more measurement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

TURNS_MOST, SETTLED = 60, 1e-9
GOOD = 3.0
"""χ² per degree of freedom of a fit after which no other guess is tried."""
STEPS = np.array([1e-4] * 3 + [1e-6] * 3 + [1e-6])
UNKNOWNS = 7
DISTANCES_M, BEARINGS_DEG = (4.0, 12.0, 30.0, 60.0), (-40.0, 0.0, 40.0, 180.0, -90.0, 90.0)
"""Tried as first guesses: how far from the points' middle, and from which side, the camera hangs."""


@dataclass(frozen=True, slots=True)
class Given:
    places: Array
    """(n, 3) metres."""
    pixels: Array
    """(n, 2)."""
    camera: Camera
    height_m: float
    height_sigma_m: float
    survey_sigma_m: float
    click_sigma_px: float


@dataclass(frozen=True, slots=True)
class PoseFit:
    pose: Pose
    covariance: Array
    """(6, 6): position in metres, turns in radians; the focal length is already in it."""
    residual: Array
    """(n, 2) pixels."""
    share: Array
    """(n,): each residual in its own standard deviations."""
    chi2: float
    freedom: int


def fit_pose(given: Given) -> PoseFit | None:
    """None when no guess leads to a picture that resembles the one given."""
    best: PoseFit | None = None
    for start in _starts(given):
        fit = _refine(given, *start)
        if fit is not None and (best is None or fit.chi2 < best.chi2):
            best = fit
        if best is not None and best.chi2 < GOOD * best.freedom:
            return best
    return best


def turned(rotation: Array, turn: Array) -> Array:
    """The camera turned about its own axes, by a vector in radians."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return rotation
    x, y, z = turn / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray((np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross) @ rotation)


def pose_at(position: Array, rotation: Array) -> Pose:
    return Pose(position_m=tuple(position.tolist()), rotation=tuple(rotation.ravel().tolist()))  # type: ignore[arg-type]  # nine


def _starts(given: Given) -> Sequence[tuple[Array, Array]]:
    middle = given.places.mean(axis=0)
    starts = []
    for distance in DISTANCES_M:
        for bearing in np.radians(BEARINGS_DEG):
            back = np.array([np.sin(bearing), np.cos(bearing), 0.0]) * distance
            position = np.array([*(middle - back)[:2], given.height_m])
            starts.append((position, _looking(middle - position)))
    return starts


def _looking(ahead: Array) -> Array:
    forward = ahead / np.linalg.norm(ahead)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def _refine(given: Given, position: Array, rotation: Array) -> PoseFit | None:
    """Levenberg-Marquardt."""
    state, damping = (position, rotation, 0.0), 1e-3
    residual, jacobian = _linearise(given, state)
    if residual is None or jacobian is None:
        return None
    for _ in range(TURNS_MOST):
        normal = jacobian.T @ jacobian
        step: Array = np.linalg.solve(
            normal + np.diag(np.diag(normal) * damping + 1e-12), jacobian.T @ residual
        ).astype(float)
        tried = (state[0] - step[:3], turned(state[1], -step[3:6]), state[2] - float(step[6]))
        tried_residual, tried_jacobian = _linearise(given, tried)
        if tried_residual is None or tried_jacobian is None or (tried_residual**2).sum() > (residual**2).sum():
            damping *= 10.0
            if damping > 1e12:
                break
            continue
        state, residual, jacobian, damping = tried, tried_residual, tried_jacobian, damping / 10.0
        if np.abs(step[:6]).max() < SETTLED:
            break
    return _finish(given, state, residual, jacobian)


def _finish(given: Given, state: tuple[Array, Array, float], residual: Array, jacobian: Array) -> PoseFit | None:
    try:
        covariance: Array = np.linalg.inv(jacobian.T @ jacobian).astype(float)
    except np.linalg.LinAlgError:
        return None
    count = len(given.places)
    share = np.sqrt((residual[: 2 * count].reshape(-1, 2) ** 2).sum(axis=1))
    seen = _project(given, state)
    pose = pose_at(state[0], state[1])
    return PoseFit(
        pose, covariance[:6, :6], given.pixels - seen, share, float((residual**2).sum()), 2 * count + 2 - UNKNOWNS
    )


def _project(given: Given, state: tuple[Array, Array, float], places: Array | None = None) -> Array:
    zoom = float(np.exp(state[2]))
    camera = Camera(
        width=given.camera.width, height=given.camera.height, fx=given.camera.fx * zoom, fy=given.camera.fy * zoom,
        cx=given.camera.cx, cy=given.camera.cy, distortion=given.camera.distortion,
    )  # fmt: skip
    return project(given.places if places is None else places, camera, pose_at(state[0], state[1]))


def _linearise(given: Given, state: tuple[Array, Array, float]) -> tuple[Array | None, Array | None]:
    """Residuals in standard deviations (2n + 2,), and their derivatives by the seven unknowns."""
    seen = _project(given, state)
    if not np.isfinite(seen).all():
        return None, None
    whiten = _whitening(given, state, seen)
    moved = [_project(given, _moved(state, step)) for step in np.diag(STEPS)]
    slopes = np.stack([(one - seen) / step for one, step in zip(moved, STEPS, strict=True)], axis=-1)
    if not np.isfinite(slopes).all():
        return None, None
    residual = np.einsum("nij,nj->ni", whiten, seen - given.pixels).ravel()
    jacobian = np.einsum("nij,njk->nik", whiten, slopes).reshape(-1, UNKNOWNS)
    focal = max(given.camera.focal_uncertainty_percent / 100, 1e-6)
    taped = (state[0][2] - given.height_m) / given.height_sigma_m
    extra = np.zeros((2, UNKNOWNS))
    extra[0, 2], extra[1, 6] = 1 / given.height_sigma_m, 1 / focal
    return np.concatenate([residual, [taped, state[2] / focal]]), np.concatenate([jacobian, extra])


def _moved(state: tuple[Array, Array, float], step: Array) -> tuple[Array, Array, float]:
    return state[0] + step[:3], turned(state[1], step[3:6]), state[2] + float(step[6])


def _whitening(given: Given, state: tuple[Array, Array, float], seen: Array) -> Array:
    """(n, 2, 2): inverse square root of each point's covariance in the picture."""
    step = 1e-3
    slopes = [(_project(given, state, given.places + step * axis) - seen) / step for axis in np.eye(3)]
    by_place = np.stack(slopes, axis=-1) * given.survey_sigma_m
    covariance = by_place @ np.swapaxes(by_place, 1, 2) + np.eye(2) * given.click_sigma_px**2
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors @ (np.swapaxes(vectors, 1, 2) / np.sqrt(values)[..., None]))
