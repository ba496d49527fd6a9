"""Entered on red: what running a red light and stopping beyond its line have in common."""

from dataclasses import dataclass

from kirpik.rules.crossing import Approach, approach, clear_m
from kirpik.rules.signals import Red, Timeline
from kirpik.site import Lane, SignalRule
from kirpik.values import RoadPath


@dataclass(frozen=True, slots=True)
class Entry:
    """A plate went past the line during a red, later than the grace allows, and its whole vehicle came with it."""

    approach: Approach
    red: Red


def entered_on_red(rule: SignalRule, path: RoadPath, lane: Lane, signals: Timeline, *, error_ms: float) -> Entry | None:
    seen = approach(path, rule, lane)
    if seen is None:
        return None
    red = signals.red_at(rule.signal, path.moment_ns(seen.crossed_s), amber=rule.amber)
    if red is None:
        return None
    position_s = 2 * float(seen.sigma_m.mean()) / seen.speed_mps
    grace_over_s = (red.start_ns - path.start_ns) / 1e9 + rule.grace_ms / 1e3 + error_ms / 1e3
    if seen.crossed_s <= grace_over_s + min(position_s, 0.5):
        return None
    if seen.at(grace_over_s) > -clear_m(rule, lane):
        return None
    return Entry(seen, red)
