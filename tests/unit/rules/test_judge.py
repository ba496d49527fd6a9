import hashlib
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kirpik.rules.exempt import is_exempt
from kirpik.rules.hours import in_force
from kirpik.rules.judge import Case, judge
from kirpik.rules.lanes import inside, lane_at, lanes_of
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion, Withheld
from kirpik.site import BusLane, Header, Lane, Rule, Site, Speeding
from kirpik.values import Motion, PlateText, RoadPath
from tests.unit.road.roads import CAMERA, pose
from tests.unit.rules.motions import measured
from tests.unit.rules.paths import LANE, path

BESIDE = Lane(name="2", polygon_m=((1.75, 0.0), (5.25, 0.0), (5.25, 80.0), (1.75, 80.0)), direction="away")
NOON_UTC_NS = 1_780_000_000 * 10**9 // 86_400_000_000_000 * 86_400_000_000_000 + 43_200_000_000_000


def test_a_path_belongs_to_the_lane_that_holds_most_of_it() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3), x_m=3.0)
    assert lanes_of(driven, (LANE, BESIDE)) == [BESIDE]
    assert lane_at(driven, (LANE, BESIDE), 1.0) is BESIDE
    assert lanes_of(path(lambda t: 20 + 10 * t, seconds=(0, 3), x_m=9.0), (LANE, BESIDE)) == []


def changing_lanes() -> RoadPath:
    """From LANE to BESIDE half-way through three seconds."""
    driven = path(lambda t: 20 + 20 * t, seconds=(0, 3))
    driven.foot_m[:, 0] = np.clip((driven.t_s - 1.5) * 2.5 + 1.75, 0.0, 3.5)
    return driven


def test_who_changes_lanes_used_both_and_is_in_one_at_a_moment() -> None:
    driven = changing_lanes()
    assert {lane.name for lane in lanes_of(driven, (LANE, BESIDE))} == {"1", "2"}
    assert lane_at(driven, (LANE, BESIDE), 0.5) is LANE
    assert lane_at(driven, (LANE, BESIDE), 2.7) is BESIDE


def test_who_changes_lanes_is_held_to_a_limit_only_where_it_is_that_of_both() -> None:
    fast = measured(90.0, reference_ns=round(101.5e9))
    for lanes, expected in (((), 1), (("1", "2"), 1), (("1",), 0), (("2",), 0)):
        rule = Speeding(limit_kmh=60, lanes=lanes)
        found = judge(case(rule, driven=changing_lanes(), lanes=(LANE, BESIDE), motion=fast))
        assert len(found) == expected, lanes


def test_one_measure_is_told_once_by_the_rule_that_it_exceeds_most() -> None:
    fast = measured(90.0, reference_ns=round(101.5e9))
    driven = path(lambda t: 5 + 25 * t, seconds=(0, 3))
    found = judge(case(Speeding(limit_kmh=60), Speeding(limit_kmh=40), driven=driven, motion=fast))
    assert [s.rule for s in found if isinstance(s, Suspicion)] == [Speeding(limit_kmh=40)]


def case(
    *rules: Rule, driven: RoadPath, lanes: tuple[Lane, ...] = (LANE,), motion: Motion | None = None,
    utc_ns: int | None = None,
) -> Case:  # fmt: skip
    site = Site(
        header=Header(id="t", timezone="Asia/Almaty"), camera=CAMERA, pose=pose(), lanes=lanes, signals=(),
        sha256=bytes(32), rules=rules,
    )  # fmt: skip
    return Case(site=site, path=driven, signals=Timeline(), measure=lambda: motion, utc_ns=lambda _: utc_ns)


def test_lettering_high_on_a_truck_is_nobodys_offence() -> None:
    rule = BusLane(lanes=("1",), min_length_m=5.0)
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3))
    assert len(judge(case(rule, driven=driven))) == 1
    assert judge(case(rule, driven=replace(driven, height_m=3.2))) == []


@pytest.mark.parametrize(
    ("hours", "utc_ns", "expected"),
    [
        ("16:00-18:00", NOON_UTC_NS, "accused"),
        ("18:00-07:00", NOON_UTC_NS, "free"),
        ("16:00-18:00", None, "withheld"),
    ],
)
def test_outside_of_its_hours_a_rule_is_silent_and_without_a_clock_it_is_withheld(
    hours: str, utc_ns: int | None, expected: str
) -> None:
    rule = BusLane(lanes=("1",), min_length_m=5.0, hours=hours)
    found = judge(case(rule, driven=path(lambda t: 20 + 10 * t, seconds=(0, 3)), utc_ns=utc_ns))
    assert [type(verdict) for verdict in found] == {
        "accused": [Suspicion], "free": [], "withheld": [Withheld],
    }[expected]  # fmt: skip


def test_points_lie_inside_by_the_even_odd_rule() -> None:
    points = np.array([[0.0, 1.0], [0.0, -1.0], [2.0, 1.0]])
    assert inside(points, LANE.polygon_m).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("hours", "utc_ns", "expected"),
    [
        (None, None, True),
        ("07:00-21:00", None, None),
        ("07:00-21:00", NOON_UTC_NS, True),
        ("21:00-07:00", NOON_UTC_NS, False),
        ("16:30-18:00", NOON_UTC_NS, True),
        ("16:00-17:00", NOON_UTC_NS, False),
        ("17:00-18:00", NOON_UTC_NS, True),
        ("22:00-17:01", NOON_UTC_NS, True),
        ("00:00-00:00", NOON_UTC_NS, True),
        ("00:00-24:00", NOON_UTC_NS, True),
        ("17:00-24:00", NOON_UTC_NS, True),
        ("18:00-24:00", NOON_UTC_NS, False),
    ],
)
def test_hours_are_local_time(hours: str | None, utc_ns: int | None, expected: bool | None) -> None:
    assert in_force(hours, utc_ns, ZoneInfo("Asia/Almaty")) is expected


def test_within_the_clocks_error_of_an_end_nothing_is_known() -> None:
    assert in_force("17:00-18:00", NOON_UTC_NS + 10**9, ZoneInfo("Asia/Almaty"), error_us=2_000_000) is None
    assert in_force("17:00-18:00", NOON_UTC_NS + 10**9, ZoneInfo("Asia/Almaty"), error_us=900_000) is True


def test_exempt_plates_may_be_named_or_hashed() -> None:
    hashed = Speeding(
        limit_kmh=60,
        exempt_salt="s",
        exempt=("sha256:" + hashlib.sha256(b"s123AB01").hexdigest().upper(), "777 aa 02"),
    )
    assert is_exempt(hashed, PlateText("123AB01"))
    assert is_exempt(hashed, PlateText("777AA02"))
    assert not is_exempt(hashed, PlateText("123AB02"))
