"""Entered on red: what running a red light and stopping beyond its line have in common."""

from dataclasses import dataclass

from kirpik.rules.crossing import Approach, approach, clear_m
from kirpik.rules.lanes import is_in
from kirpik.rules.signals import Red, Timeline
from kirpik.rules.verdicts import Withheld
from kirpik.site import Lane, SignalRule
from kirpik.values import RoadPath


@dataclass(frozen=True, slots=True)
class Entry:
    """A plate went past the line during a red, later than the grace allows, and its whole vehicle came with it."""

    approach: Approach
    red: Red

    def end_s(self, path: RoadPath) -> float:
        """When this red ended, on the path's clock."""
        return float("inf") if self.red.end_ns is None else (self.red.end_ns - path.start_ns) / 1e9


def entered_on_red(
    rule: SignalRule, path: RoadPath, lane: Lane, signals: Timeline, *, clock_error_ms: float = 0.0
) -> Entry | Withheld | None:
    """Withheld where a source has fallen silent during red, or the lamp's picture contradicts the controller."""
    seen = approach(path, rule, lane)
    if seen is None or not is_in(path, lane, seen.crossed_s):
        return None
    red = signals.red_at(rule.signal, path.moment_ns(seen.crossed_s), amber=rule.amber)
    if red is None:
        return None
    error_ms = clock_error_ms + signals.error_ms(rule.signal)
    grace_over_s = (red.start_ns - path.start_ns) / 1e9 + rule.grace_ms / 1e3 + error_ms / 1e3
    position_s = 2 * seen.sigma_at(seen.crossed_s) / seen.speed_mps
    if seen.crossed_s <= grace_over_s + min(position_s, 0.5):
        return None
    if seen.at(grace_over_s) > -clear_m(rule, lane):
        return None
    return Entry(seen, red) if red.sure else Withheld("signal")
