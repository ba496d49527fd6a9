"""Over a solid line: the foot point clearly on one side, then clearly on the other, and not round the line's end."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.rules.crossing import smooth
from kirpik.site import SolidLine
from kirpik.values import RoadPath

CLEARLY_M = 0.3
"""Beyond the line by this and two standard deviations: more than a wheel's breadth, less than a lane change."""
SIDE_SHARE = 0.2
"""Of the error along the road, so much shows across a line that runs along it, when the camera looks slantwise."""
SIDE_LEAST_M = 0.05
SIGHTINGS_LEAST = 3
"""On each side."""


def check(rule: SolidLine, path: RoadPath) -> float | None:
    """When the line was crossed, on the path's clock; None where it was not, or not for sure."""
    (ax, ay), (bx, by) = rule.line_m
    line = np.array([bx - ax, by - ay])
    length = float(np.hypot(*line))
    line = line / max(length, 1e-9)
    offset = path.foot_m - (ax, ay)
    along, aside = offset @ line, smooth(path.t_s, offset @ (-line[1], line[0]))
    clear = CLEARLY_M + 2 * np.maximum(SIDE_SHARE * path.sigma_m, SIDE_LEAST_M)
    return _crossed(path, along, aside, np.where(np.abs(aside) > clear, np.sign(aside), 0.0), length)


def _crossed(
    path: RoadPath, along: NDArray[np.float64], aside: NDArray[np.float64], side: NDArray[np.float64], length: float
) -> float | None:
    """The first change of the sure side within the line's ends, by somebody who drives along it."""
    sure = np.flatnonzero(side).tolist()
    for before, after in pairwise(sure):
        if side[before] == side[after] or not _lasts(side, before, after):
            continue
        step = slice(before, after + 1)
        at_s, where = _zero(path.t_s[step], along[step], aside[step])
        error = float(np.interp(at_s, path.t_s, path.sigma_m))
        way_along, way_aside = abs(along[after] - along[before]), abs(aside[after] - aside[before])
        if error <= where <= length - error and way_along >= way_aside:
            return at_s
    return None


def _lasts(side: NDArray[np.float64], before: int, after: int) -> bool:
    """Whether it was seen often enough on each side around the change."""
    sure = side[side != 0]
    place = int(np.count_nonzero(side[: before + 1]))
    old, new = sure[max(0, place - SIGHTINGS_LEAST) : place], sure[place : place + SIGHTINGS_LEAST]
    enough = len(old) == len(new) == SIGHTINGS_LEAST
    return bool(enough and (old == side[before]).all() and (new == side[after]).all())


def _zero(t_s: NDArray[np.float64], along: NDArray[np.float64], aside: NDArray[np.float64]) -> tuple[float, float]:
    """The last moment at which the foot point was on the line, and how far along it that was."""
    i = int(np.flatnonzero(np.sign(aside[:-1]) != np.sign(aside[1:]))[-1])
    share = aside[i] / (aside[i] - aside[i + 1])
    return float(t_s[i] + share * (t_s[i + 1] - t_s[i])), float(along[i] + share * (along[i + 1] - along[i]))
