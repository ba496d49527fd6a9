"""How far a path runs inside one lane, with the lawful direction or against it."""

import numpy as np

from kirpik.rules.crossing import smooth
from kirpik.rules.lanes import inside
from kirpik.site import Lane
from kirpik.values import RoadPath


def driven_after(path: RoadPath, lane: Lane, length_m: float, *, lawful: bool) -> float | None:
    """When `length_m` and two standard deviations more have been driven inside the lane, in seconds; or None."""
    sign = 1.0 if (lane.direction == "away") == lawful else -1.0
    within = inside(path.foot_m, lane.polygon_m)
    if within.sum() < 2:
        return None
    t, sigma = path.t_s[within], path.sigma_m[within]
    ahead = sign * smooth(t, path.foot_m[within, 1])
    driven = ahead - np.minimum.accumulate(ahead)
    far_enough = np.flatnonzero(driven >= length_m + 2 * sigma)
    return float(t[far_enough[0]]) if len(far_enough) else None
