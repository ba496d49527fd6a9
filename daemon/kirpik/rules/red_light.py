"""Running a red light: past the line on red, and on past the exit in the same red."""

import numpy as np

from kirpik.rules.entry import entered_on_red
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion
from kirpik.site import Lane, RedLight
from kirpik.values import RoadPath


def check(rule: RedLight, path: RoadPath, lane: Lane, signals: Timeline, *, error_ms: float = 0.0) -> Suspicion | None:
    """The moment is the crossing. `error_ms` is the clock's and the signal's together."""
    entry = entered_on_red(rule, path, lane, signals, error_ms=error_ms)
    if entry is None:
        return None
    seen = entry.approach
    end_s = np.inf if entry.red.end_ns is None else (entry.red.end_ns - path.start_ns) / 1e9
    through = (seen.t_s > seen.crossed_s) & (seen.t_s < end_s) & (seen.past_m - seen.sigma_m >= rule.exit_m)
    return Suspicion(rule, lane.name, path.moment_ns(seen.crossed_s)) if through.any() else None
