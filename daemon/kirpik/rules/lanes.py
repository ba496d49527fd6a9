"""Which lane a path ran in, as a whole and at a moment."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kirpik.site import Lane, Polygon, Rule
from kirpik.values import RoadPath

SHARE_LEAST = 0.2
"""A lane that holds fewer of the points was only touched."""
BEFORE_S, AFTER_S = 1.0, 0.4
"""What counts as "at" a moment; a lane may end at the stop line, so more of it lies before."""


def lanes_of(path: RoadPath, lanes: Sequence[Lane]) -> list[Lane]:
    """The lanes that the path really used, the one that held most of it first."""
    counts = {lane.name: int(inside(path.foot_m, lane.polygon_m).sum()) for lane in lanes}
    least = SHARE_LEAST * sum(counts.values())
    used = [lane for lane in lanes if counts[lane.name] > 0 and counts[lane.name] >= least]
    return sorted(used, key=lambda lane: -counts[lane.name])


def is_in(path: RoadPath, lane: Lane, t_s: float) -> bool:
    """Whether most of the path around the moment lay in the lane."""
    near = (path.t_s >= t_s - BEFORE_S) & (path.t_s <= t_s + AFTER_S)
    near[max(0, int(np.searchsorted(path.t_s, t_s)) - 1)] = True
    return bool(inside(path.foot_m[near], lane.polygon_m).mean() >= 0.5)


def lane_at(path: RoadPath, lanes: Sequence[Lane], t_s: float) -> Lane | None:
    """The lane at a moment, or else the one that held most of the path; None where it used none."""
    return next((lane for lane in lanes if is_in(path, lane, t_s)), next(iter(lanes_of(path, lanes)), None))


def meant_by(rule: Rule, lanes: Sequence[Lane]) -> list[Lane]:
    """The lanes that a rule is for; one that names none is for all."""
    return [lane for lane in lanes if not rule.lanes or lane.name in rule.lanes]


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
