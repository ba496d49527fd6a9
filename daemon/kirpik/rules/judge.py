"""Hold one ended track against every rule of the site. Pure: nothing is read, stored or sent here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

import numpy as np

from kirpik.rules import bus_lane, no_stopping, red_light, solid_line, speeding, stop_line, wrong_way
from kirpik.rules.excuses import excuses
from kirpik.rules.heights import on_a_bumper
from kirpik.rules.hours import in_force
from kirpik.rules.lanes import lane_at, lanes_of, meant_by
from kirpik.rules.signals import Timeline
from kirpik.rules.told import once
from kirpik.rules.verdicts import Suspicion, Verdict, Withheld
from kirpik.site import BusLane, Lane, NoStopping, RedLight, Rule, Site, SolidLine, Speeding, StopLine, WrongWay
from kirpik.values import Motion, RoadPath

Measure = Callable[[], Motion | None]
"""The joint fit over the track; costly, so it is asked for only when the rough speed comes near a limit."""

ROUGH_SHARE = 0.85
"""A path slower than this share of the charge threshold needs no fit to be innocent."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of one track."""

    site: Site
    path: RoadPath
    signals: Timeline
    measure: Measure
    utc_ns: Callable[[int], int | None]
    """Sensor time → UTC, where the frames had it."""
    queue_ns: Sequence[tuple[int, int]] = ()
    """Spans in which the lane ahead of it stood."""
    clock_error_us: int = 0
    """Bound on the error of UTC."""


def judge(case: Case) -> list[Suspicion | Withheld]:
    """Everything that the site's rules have against the track, each thing once."""
    if not on_a_bumper(case.path.height_m):
        return []
    verdicts = [_in_hours(case, rule, _check(case, rule)) for rule in case.site.rules]
    withheld = [verdict for verdict in verdicts if isinstance(verdict, Withheld)]
    return [*withheld, *once([verdict for verdict in verdicts if isinstance(verdict, Suspicion)])]


def _in_hours(case: Case, rule: Rule, verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Suspicion):
        return verdict if verdict is None or rule.hours is None else _last_known(case, rule, verdict)
    zone = ZoneInfo(case.site.header.timezone)
    now = in_force(rule.hours, case.utc_ns(verdict.moment_ns), zone, error_us=case.clock_error_us)
    return Withheld("clock") if now is None else verdict if now else None


def _last_known(case: Case, rule: Rule, verdict: Withheld) -> Verdict:
    """A doubt counts only in the rule's hours."""
    end_ns = case.path.moment_ns(float(case.path.t_s[-1]))
    return None if in_force(rule.hours, case.utc_ns(end_ns), ZoneInfo(case.site.header.timezone)) is False else verdict


def _check(case: Case, rule: Rule) -> Verdict:
    match rule:
        case Speeding():
            return _speeding(case, rule)
        case RedLight() | StopLine() | BusLane() | WrongWay():
            found = (_in_lane(case, rule, lane) for lane in meant_by(rule, case.site.lanes))
            return next((verdict for verdict in found if verdict is not None), None)
        case SolidLine():
            return _anywhere(case, rule, solid_line.check(rule, case.path))
        case NoStopping():
            excused = excuses(case.site, case.path, case.signals, case.queue_ns)
            return _anywhere(case, rule, no_stopping.check(rule, case.path, excused))
    assert_never(rule)


def _speeding(case: Case, rule: Speeding) -> Verdict:
    """Only where the rule is for every lane that the track used."""
    used = lanes_of(case.path, case.site.lanes)
    rough = rough_kmh(case.path)
    too_slow = rough < ROUGH_SHARE * rule.least_kmh
    if too_slow or not used or any(lane not in meant_by(rule, case.site.lanes) for lane in used):
        return None
    motion = case.measure()
    middle_s = float(case.path.t_s[-1]) / 2 if motion is None else (motion.reference_ns - case.path.start_ns) / 1e9
    return speeding.check(rule, motion, lane_at(case.path, used, middle_s) or used[0], rough_kmh=rough)


def _in_lane(case: Case, rule: RedLight | StopLine | BusLane | WrongWay, lane: Lane) -> Verdict:
    match rule:
        case RedLight():
            return red_light.check(rule, case.path, lane, case.signals)
        case StopLine():
            return stop_line.check(rule, case.path, lane, case.signals)
        case BusLane():
            return bus_lane.check(rule, case.path, lane)
        case WrongWay():
            return wrong_way.check(rule, case.path, lane)


def _anywhere(case: Case, rule: SolidLine | NoStopping, at_s: float | None) -> Verdict:
    """An offence at a place of its own: it has a lane where there is one, and needs one only where the rule does."""
    if at_s is None:
        return None
    if rule.lanes and not any(lane.name in rule.lanes for lane in lanes_of(case.path, case.site.lanes)):
        return None
    lane = lane_at(case.path, case.site.lanes, at_s)
    return Suspicion(rule, None if lane is None else lane.name, case.path.moment_ns(at_s))


def rough_kmh(path: RoadPath) -> float:
    """Way by time over the whole path: good enough to tell the slow from the fast."""
    duration = float(path.t_s[-1])
    if duration <= 0:
        return 0.0
    return float(np.hypot(*(path.foot_m[-1] - path.foot_m[0]))) / duration * 3.6
