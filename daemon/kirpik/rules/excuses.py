"""When somebody stands for a good reason: the lane ahead stands, or its signal does not let anybody go."""

from collections.abc import Sequence

import numpy as np

from kirpik.rules.lanes import is_in, meant_by
from kirpik.rules.no_stopping import Span
from kirpik.rules.signals import Timeline
from kirpik.site import Lane, SignalRule, Site
from kirpik.values import RoadPath

STEP_S = 0.5


def excuses(site: Site, path: RoadPath, signals: Timeline, queue_ns: Sequence[tuple[int, int]]) -> list[Span]:
    """Spans on the path's clock."""
    spans = [((begin - path.start_ns) / 1e9, (end - path.start_ns) / 1e9) for begin, end in queue_ns]
    lanes = [lane for lane in site.lanes if is_in(path, lane, float(path.t_s[-1]) / 2)]
    rules = [rule for rule in site.rules if isinstance(rule, SignalRule)]
    for rule in rules:
        if any(lane in meant_by(rule, site.lanes) and _is_ahead(rule, path, lane) for lane in lanes):
            spans += _waiting(rule, path, signals)
    return spans


def _is_ahead(rule: SignalRule, path: RoadPath, lane: Lane) -> bool:
    sign = 1.0 if lane.direction == "away" else -1.0
    line_y = (rule.line_m[0][1] + rule.line_m[1][1]) / 2
    return bool(sign * (line_y - float(np.median(path.foot_m[:, 1]))) > 0)


def _waiting(rule: SignalRule, path: RoadPath, signals: Timeline) -> list[Span]:
    steps = np.arange(0.0, float(path.t_s[-1]) + STEP_S, STEP_S)
    return [(at, at + STEP_S) for at in steps.tolist() if signals.waits(rule.signal, path.moment_ns(at))]
