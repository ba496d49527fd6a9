"""Stopping beyond the line: past it on red, standing there, not through. Never together with running the light."""

import numpy as np
from numpy.typing import NDArray

from kirpik.rules.crossing import Approach
from kirpik.rules.entry import entered_on_red
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion, Verdict, Withheld
from kirpik.site import Lane, StopLine
from kirpik.values import RoadPath

BEYOND_M = 0.5
STANDING_MPS = 0.5
STANDING_S = 1.0


def check(rule: StopLine, path: RoadPath, lane: Lane, signals: Timeline, *, clock_error_ms: float = 0.0) -> Verdict:
    """The moment is the beginning of the stand."""
    entry = entered_on_red(rule, path, lane, signals, clock_error_ms=clock_error_ms)
    if entry is None or isinstance(entry, Withheld):
        return entry
    seen = entry.approach
    during = (seen.t_s >= seen.crossed_s) & (seen.t_s < entry.end_s(path))
    if (seen.past_m[during] >= rule.exit_m).any():
        return None
    stood = _stood(seen, during)
    return None if stood is None else Suspicion(rule, lane.name, path.moment_ns(stood))


def _stood(seen: Approach, during: NDArray[np.bool_]) -> float | None:
    """When a stand of a second began, beyond the line by more than BEYOND_M and one standard deviation."""
    t, past, sigma = seen.t_s[during], seen.past_m[during], seen.sigma_m[during]
    for i, start in enumerate(t):
        end = int(np.searchsorted(t, start + STANDING_S)) + 1
        if end > len(t):
            break
        if _stands(t[i:end], past[i:end]) and np.median(past[i:end]) - sigma[i] >= BEYOND_M:
            return float(start)
    return None


def _stands(t: NDArray[np.float64], past: NDArray[np.float64]) -> bool:
    return abs(float(np.polyfit(t - t[0], past, 1)[0])) < STANDING_MPS
