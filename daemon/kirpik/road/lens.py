"""The lens: OpenCV's distortion (k1 k2 p1 p2 k3) on the normalised image plane, exact both ways.

The polynomial folds over at some radius: further out, two rays would meet in one pixel. There the model says nothing,
and so do we: nan.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Distortion = tuple[float, float, float, float, float]

NEWTON_TURNS = 30
EXACT = 1e-12
"""Of the image plane, where 1 is 45°: a hundred-millionth of a pixel."""


def distort(plane: Array, distortion: Distortion) -> Array:
    """Points (…, 2), ideal → as the lens bends them; nan beyond the fold."""
    if not any(distortion):
        return plane
    k1, k2, p1, p2, k3 = distortion
    x, y = plane[..., 0], plane[..., 1]
    r2 = x * x + y * y
    radial = np.where(r2 < fold(distortion), 1 + r2 * (k1 + r2 * (k2 + r2 * k3)), np.nan)
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def derivative(plane: Array, distortion: Distortion) -> Array:
    """Of `distort` at ideal points (…, 2): (…, 2, 2), rows the bent coordinate, columns the ideal one."""
    if not any(distortion):
        return np.broadcast_to(np.eye(2), (*plane.shape, 2))
    k1, k2, p1, p2, k3 = distortion
    x, y = plane[..., 0], plane[..., 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    slope = 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
    cross = x * y * slope + 2 * p1 * x + 2 * p2 * y
    return np.stack(
        [
            np.stack([radial + x * x * slope + 2 * p1 * y + 6 * p2 * x, cross], axis=-1),
            np.stack([cross, radial + y * y * slope + 6 * p1 * y + 2 * p2 * x], axis=-1),
        ],
        axis=-2,
    )


def undistort(plane: Array, distortion: Distortion) -> Array:
    """Inverse of `distort` by Newton's method; nan where no ray within the fold leads."""
    if not any(distortion):
        return plane
    reach = fold(distortion)
    ideal = np.array(plane, dtype=np.float64)
    for _ in range(NEWTON_TURNS):
        off = distort(ideal, distortion) - plane
        step = np.linalg.solve(derivative(ideal, distortion), off[..., None])[..., 0]
        ideal = _within(ideal - step, reach)
        if not (np.abs(step) > EXACT).any():
            break
    exact = np.abs(distort(ideal, distortion) - plane).max(axis=-1, keepdims=True) < 1e3 * EXACT
    return np.where(exact, ideal, np.nan)


@lru_cache(maxsize=8)
def fold(distortion: Distortion) -> float:
    """Square of the radius at which the bent radius stops to grow with the ideal one."""
    k1, k2, _, _, k3 = distortion
    roots = np.roots([7 * k3, 5 * k2, 3 * k1, 1.0])
    real = [float(root.real) for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
    return min(real, default=float("inf"))


def _within(plane: Array, reach: float) -> Array:
    """Drawn back inside the fold, so that a step too long does not end the search."""
    if not np.isfinite(reach):
        return plane
    radius = np.linalg.norm(plane, axis=-1, keepdims=True)
    most = 0.999999 * float(np.sqrt(reach))
    return np.asarray(plane * np.minimum(1.0, most / np.maximum(radius, 1e-12)))
