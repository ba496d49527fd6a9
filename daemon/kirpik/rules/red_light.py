"""Running a red light: past the line on red, and on past the exit in the same red."""

from kirpik.rules.entry import entered_on_red
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion, Verdict, Withheld
from kirpik.site import Lane, RedLight
from kirpik.values import RoadPath


def check(rule: RedLight, path: RoadPath, lane: Lane, signals: Timeline, *, clock_error_ms: float = 0.0) -> Verdict:
    """The moment is the crossing."""
    entry = entered_on_red(rule, path, lane, signals, clock_error_ms=clock_error_ms)
    if entry is None or isinstance(entry, Withheld):
        return entry
    seen = entry.approach
    through = (seen.t_s > seen.crossed_s) & (seen.t_s < entry.end_s(path)) & (seen.past_m - seen.sigma_m >= rule.exit_m)
    return Suspicion(rule, lane.name, path.moment_ns(seen.crossed_s)) if through.any() else None
