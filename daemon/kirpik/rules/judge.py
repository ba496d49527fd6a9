"""Hold one ended track against every rule of the site. Pure: nothing is read, stored or sent here."""

from collections.abc import Callable, Sequence

import numpy as np

from kirpik.rules import bus_lane, red_light, speeding, stop_line, wrong_way
from kirpik.rules.heights import on_a_bumper
from kirpik.rules.hours import in_force
from kirpik.rules.lanes import lane_of
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion, Verdict, Withheld
from kirpik.site import BusLane, Lane, RedLight, Rule, Site, Speeding, StopLine, WrongWay, kind_of
from kirpik.values import Motion, RoadPath

Measure = Callable[[], Motion | None]
"""The joint fit over the track; costly, so it is asked for only when the rough speed comes near a limit."""

JUDGED = Speeding | RedLight | StopLine | BusLane | WrongWay
ROUGH_SHARE = 0.85
"""A path slower than this share of the charge threshold needs no fit to be innocent."""


def judge(
    site: Site, path: RoadPath, signals: Timeline, measure: Measure, utc_ns: int | None
) -> list[Suspicion | Withheld]:
    """Everything that the track's rules have against it."""
    lane = lane_of(path, site.lanes)
    if lane is None or not on_a_bumper(path.height_m):
        return []
    concerned = [rule for rule in site.rules if not rule.lanes or lane.name in rule.lanes]
    verdicts = [_one(rule, path, lane, signals, measure, utc_ns, site.header.timezone) for rule in concerned]
    return [verdict for verdict in verdicts if verdict is not None]


def _one(
    rule: Rule, path: RoadPath, lane: Lane, signals: Timeline, measure: Measure, utc_ns: int | None, timezone: str
) -> Verdict:
    verdict = _check(rule, path, lane, signals, measure)
    if not isinstance(verdict, Suspicion):
        return verdict
    now = in_force(rule.hours, utc_ns, timezone)
    if now is None:
        return Withheld("clock")
    return verdict if now else None


def _check(rule: Rule, path: RoadPath, lane: Lane, signals: Timeline, measure: Measure) -> Verdict:
    match rule:
        case Speeding():
            rough = rough_kmh(path)
            too_slow = rough < ROUGH_SHARE * (rule.limit_kmh + rule.charge_from_kmh_over)
            return None if too_slow else speeding.check(rule, measure(), lane, rough_kmh=rough)
        case RedLight():
            return red_light.check(rule, path, lane, signals)
        case StopLine():
            return stop_line.check(rule, path, lane, signals)
        case BusLane():
            return bus_lane.check(rule, path, lane)
        case WrongWay():
            return wrong_way.check(rule, path, lane)
        case _:
            return None


def rough_kmh(path: RoadPath) -> float:
    """Way by time over the whole path: good enough to tell the slow from the fast."""
    duration = float(path.t_s[-1])
    if duration <= 0:
        return 0.0
    return float(np.hypot(*(path.foot_m[-1] - path.foot_m[0]))) / duration * 3.6


def unsupported(rules: Sequence[Rule]) -> list[str]:
    """Kinds that this version cannot judge: a site that asks for one is refused, not half obeyed."""
    return sorted({kind_of(rule) for rule in rules if not isinstance(rule, JUDGED)})
