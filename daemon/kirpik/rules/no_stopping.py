"""Standing where nobody may, for longer than is allowed, and not because the lane ahead stands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kirpik.rules.lanes import inside
from kirpik.site import NoStopping
from kirpik.values import RoadPath

STANDING_MPS = 0.3
BLOCK_S = 1.0
"""Speed is told from where a plate was a second later: noise of single frames is no movement."""
UNSEEN_MOST_S = 8.0
"""Hidden for longer, nobody knows that it stood all the while."""
ASIDE_M = 0.1
Span = tuple[float, float]


def check(rule: NoStopping, path: RoadPath, excused: Sequence[Span]) -> float | None:
    """When `dwell_s` was reached, on the path's clock. `excused`: spans in which the lane ahead stood."""
    for begin, end in stands(path):
        if not _surely_inside(path, begin, end, rule):
            continue
        for free_begin, free_end in _without((begin, end), excused):
            if free_end - free_begin >= rule.dwell_s:
                return free_begin + rule.dwell_s
    return None


def stands(path: RoadPath) -> list[Span]:
    """Spans in which the plate stood: slower than STANDING_MPS from each second to the next."""
    t, place = _blocks(path)
    if len(t) < 2:
        return []
    gap = np.diff(t)
    moved = np.linalg.norm(np.diff(place, axis=0), axis=1)
    slow = (moved < STANDING_MPS * np.minimum(gap, 2 * BLOCK_S)) & (gap <= UNSEEN_MOST_S)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], slow.astype(int), [0]])))
    return [(float(t[begin]), float(t[end])) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _blocks(path: RoadPath) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean time (m,) and median place (m, 2) of each second of the path."""
    number = np.floor(path.t_s / BLOCK_S).astype(int)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    parts = [slice(a, b) for a, b in zip(first, [*first[1:], len(number)], strict=True)]
    t = np.array([path.t_s[part].mean() for part in parts])
    return t, np.array([np.median(path.foot_m[part], axis=0) for part in parts])


def _surely_inside(path: RoadPath, begin: float, end: float, rule: NoStopping) -> bool:
    """Whether the place and its error, along the road and to the sides, lie in the zone."""
    during = (path.t_s >= begin) & (path.t_s <= end)
    place, error = np.median(path.foot_m[during], axis=0), float(np.median(path.sigma_m[during]))
    around = place + np.array([[0.0, 0.0], [0.0, error], [0.0, -error], [ASIDE_M, 0.0], [-ASIDE_M, 0.0]])
    return bool(inside(around, rule.polygon_m).all())


def _without(span: Span, excused: Sequence[Span]) -> list[Span]:
    """What is left of a span."""
    left = [span]
    for begin, end in excused:
        cut = [((a, min(b, begin)), (max(a, end), b)) for a, b in left]
        left = [part for pair in cut for part in pair if part[1] > part[0]]
    return left
