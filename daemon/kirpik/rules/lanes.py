"""Which lane a path ran in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kirpik.site import Lane, Polygon
from kirpik.values import RoadPath

SHARE_LEAST = 0.6
"""Of the points that lie in any lane, this many must lie in the one."""


def lane_of(path: RoadPath, lanes: Sequence[Lane]) -> Lane | None:
    """The lane that holds most of the path; None when no lane clearly does."""
    counts = [int(inside(path.foot_m, lane.polygon_m).sum()) for lane in lanes]
    most = max(counts, default=0)
    if most == 0 or most < SHARE_LEAST * sum(counts):
        return None
    return lanes[counts.index(most)]


def inside(points: NDArray[np.float64], polygon: Polygon) -> NDArray[np.bool_]:
    """Which points (n, 2) lie in the polygon, by the even-odd rule."""
    x, y = points[:, 0], points[:, 1]
    within = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        within ^= spans & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return within
