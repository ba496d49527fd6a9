"""How far a path runs inside one lane, with the lawful direction or against it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kirpik.rules.crossing import smooth
from kirpik.rules.lanes import inside
from kirpik.site import Lane
from kirpik.values import RoadPath

FLICKER_S = 0.3
"""Outside for no longer than this is noise at the lane's border, not a way out of it."""


def driven_after(path: RoadPath, lane: Lane, length_m: float, *, lawful: bool) -> float | None:
    """When `length_m` had been driven in one stay in the lane, in seconds; None where that cannot be said for sure.

    Sure is who goes on for two standard deviations more before leaving the lane.
    """
    sign = 1.0 if (lane.direction == "away") == lawful else -1.0
    for stay in _stays(path.t_s, inside(path.foot_m, lane.polygon_m)):
        t = path.t_s[stay]
        ahead = sign * smooth(t, path.foot_m[stay, 1])
        driven = ahead - np.minimum.accumulate(ahead)
        if (driven >= length_m + 2 * path.sigma_m[stay]).any():
            return float(t[np.argmax(driven >= length_m)])
    return None


def _stays(t_s: NDArray[np.float64], within: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Indices of each stretch of the path inside the lane."""
    inner = np.flatnonzero(within)
    if len(inner):
        apart = (np.diff(inner) > 1) & (np.diff(t_s[inner]) > FLICKER_S)
        yield from np.split(inner, np.flatnonzero(apart) + 1)
