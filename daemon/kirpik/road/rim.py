"""How far inside a plate's edge its outline was found: a black line runs there, and a finder may take it for the edge.

It runs equally many millimetres inside on all four sides, so an outline that ends there is a little too narrow and much
too low: 8 mm take 3 % off the width and 14 % off the height. The width is the scale of the speed, and what is seen too
small is measured too fast; the height betrays it. The yardstick is made as much smaller as the shape gives reason to
believe, and never larger: a speed can only be lowered by it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project, rays
from kirpik.road.consensus import places
from kirpik.road.observed import BELIEFS, Observed
from kirpik.road.outline import LONG, NOMINAL_PX, PlateClass, sides

Array = NDArray[np.float64]

SHARE = np.array([0.40, 0.55, 0.05])
INSIDE_MM = np.array([0.0, 1.8, 6.5])
SPREAD_MM = np.array([0.15, 1.3, 2.6])
"""Of plates whose outline ends at the edge, in the space between it and the line, and at the line or beyond."""
UNTOLD_SHARE = 0.006
"""By which outlines may be too narrow where the shape does not tell."""
HIGH_PX, GROWING_PX = 0.17, 0.3
"""By which a track's outlines may be too high on each side for no reason that the plate knows, and how that grows."""
SHAPE_SIGMA = 0.01
"""Of the height against the width: plates of the class differ by 2 mm in height."""
ALONE_FRAMES = 20.0
"""Outlines of one vehicle err alike: more frames tell no more than so many."""
FRAME_PX, FRAME_SHARE, STEADY_PX = 0.25, 0.003, 55.0
"""By which the height of a single outline may be wrong; for plates wider than STEADY_PX it grows with the width."""
FAIR, FAIR_TURNS = 1.5, 5
_UPRIGHT = np.array([[-0.5, 0.0, 0.5], [0.5, 0.0, 0.5], [0.5, 0.0, -0.5], [-0.5, 0.0, -0.5]]) / 1000.0


def as_found(observed: Observed) -> PlateClass:
    """The size of what a track's outlines enclose, and how well it is known.

    Of other classes than the long one the height is not known well enough to tell.
    """
    plate = observed.scene.plate
    if plate.size_mm != LONG.size_mm:
        return replace(plate, sigma_ln=float(np.hypot(plate.sigma_ln, UNTOLD_SHARE)))
    inside, sigma = inside_mm(*shape(observed), plate)
    return replace(
        plate,
        width_mm=plate.width_mm - 2 * inside,
        height_mm=plate.height_mm - 2 * inside,
        sigma_ln=float(np.hypot(plate.sigma_ln, 2 * sigma / plate.width_mm)),
    )


def inside_mm(ln_high: float, sigma: float, plate: PlateClass) -> tuple[float, float]:
    """Mean and standard deviation of how far inside an outline lies that looks by `ln_high` ± `sigma` too high for its
    width: a sum of Gaussians (Alspach & Sorenson 1972), one for each place where it may end."""
    by_mm = 2 / plate.width_mm - 2 / plate.height_mm
    variance = sigma**2 + (by_mm * SPREAD_MM) ** 2
    off = ln_high - by_mm * INSIDE_MM
    likely = np.log(SHARE) - (np.log(variance) + off**2 / variance) / 2
    share = np.exp(likely - likely.max())
    share /= share.sum()
    gain = by_mm * SPREAD_MM**2 / variance
    each = INSIDE_MM + gain * off
    mean = float(share @ each)
    spread = float(share @ (SPREAD_MM**2 * (1 - by_mm * gain) + (each - mean) ** 2))
    return max(mean, 0.0), float(np.sqrt(spread))


def shape(observed: Observed) -> tuple[float, float]:
    """By how much (logarithm) a track's outlines are too high for their width, and the standard deviation of that.

    Against an upright plate at the same places and moments: its pitch, by which it looks lower, and what is off by
    pixels are unknown, too.
    """
    width, height = sides(observed.corners)
    upright_width, upright_height = sides(_upright(observed))
    seen = np.log(height * upright_width / (width * upright_height))
    sight = rays(observed.corners.mean(axis=1), observed.scene.camera, observed.scene.pose)
    leaning = np.abs(sight[:, 2]) / np.hypot(sight[:, 0], sight[:, 1])
    rows = np.column_stack([np.ones_like(width), leaning, 2 / height, 2 / height * (width / NOMINAL_PX - 1)])
    noise = FRAME_PX * np.hypot(1.0, width / STEADY_PX) / height + FRAME_SHARE
    mean, sigma = _constant(rows, seen, noise)
    return mean, float(np.hypot(sigma, SHAPE_SIGMA))


def _upright(observed: Observed) -> Array:
    """The outlines (n, 4, 2) of a plate without pitch; while its rows are exposed one after the other, it drives on."""
    scene = observed.scene
    where, _ = places(observed.corners, scene.plate, scene.camera, scene.pose)
    t, third = scene.t_s.mean(axis=1), len(where) // 3
    way = np.median(where[-third:], axis=0) - np.median(where[:third], axis=0)
    velocity = way * (1.0, 1.0, 0.0) / (np.median(t[-third:]) - np.median(t[:third]))
    size = np.array([scene.plate.width_mm, 0.0, scene.plate.height_mm])
    driven = velocity * (scene.t_s - t[:, None])[..., None]
    return project(where[:, None] + _UPRIGHT * size + driven, scene.camera, scene.pose)


def _constant(rows: Array, seen: Array, noise: Array) -> tuple[float, float]:
    """The first unknown of `seen` = `rows` @ unknowns and its standard deviation; frames that lie off count less."""
    believed = np.diag([0.0, BELIEFS["pitch"] ** -2, HIGH_PX**-2, GROWING_PX**-2])
    weight = min(ALONE_FRAMES / len(seen), 1.0) / noise**2
    off = np.abs(seen - np.median(seen)) / noise
    for _ in range(FAIR_TURNS):
        fair = 1 / (1 + (off / (FAIR * max(1.48 * float(np.median(off)), 0.2))) ** 2)
        weighted = rows * (weight * fair)[:, None]
        normal = weighted.T @ rows + believed
        solved = np.linalg.solve(normal, weighted.T @ seen)
        off = np.abs(seen - rows @ solved) / noise
    return float(solved[0]), float(np.sqrt(np.linalg.inv(normal)[0, 0]))
