import hashlib
from dataclasses import replace

import numpy as np
import pytest

from kirpik.rules.exempt import is_exempt
from kirpik.rules.hours import in_force
from kirpik.rules.judge import judge, unsupported
from kirpik.rules.lanes import inside, lane_of
from kirpik.rules.signals import Timeline
from kirpik.site import BusLane, Header, Lane, Site, SolidLine, Speeding
from kirpik.values import PlateText
from tests.unit.road.roads import CAMERA, pose
from tests.unit.rules.paths import LANE, path

BESIDE = Lane(name="2", polygon_m=((1.75, 0.0), (5.25, 0.0), (5.25, 80.0), (1.75, 80.0)), direction="away")
NOON_UTC_NS = 1_780_000_000 * 10**9 // 86_400_000_000_000 * 86_400_000_000_000 + 43_200_000_000_000


def test_a_path_belongs_to_the_lane_that_holds_most_of_it() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3), x_m=3.0)
    assert lane_of(driven, (LANE, BESIDE)) is BESIDE
    assert lane_of(path(lambda t: 20 + 10 * t, seconds=(0, 3), x_m=9.0), (LANE, BESIDE)) is None


def test_a_path_half_here_and_half_there_belongs_to_nobody() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3))
    driven.foot_m[:, 0] = np.where(np.arange(len(driven.t_s)) % 2, 0.0, 3.0)
    assert lane_of(driven, (LANE, BESIDE)) is None


def test_lettering_high_on_a_truck_is_nobodys_offence() -> None:
    site = Site(
        header=Header(id="t"), camera=CAMERA, pose=pose(), lanes=(LANE,), signals=(), sha256=bytes(32),
        rules=(BusLane(lanes=("1",), min_length_m=5.0),),
    )  # fmt: skip
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3))
    assert len(judge(site, driven, Timeline(), lambda: None, None)) == 1
    assert judge(site, replace(driven, height_m=3.2), Timeline(), lambda: None, None) == []


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
    ],
)
def test_hours_are_local_time(hours: str | None, utc_ns: int | None, expected: bool | None) -> None:
    assert in_force(hours, utc_ns, "Asia/Almaty") is expected


def test_exempt_plates_may_be_named_or_hashed() -> None:
    hashed = Speeding(
        limit_kmh=60,
        exempt_salt="s",
        exempt=("sha256:" + hashlib.sha256(b"s123AB01").hexdigest(), "777AA02"),
    )
    assert is_exempt(hashed, PlateText("123AB01"))
    assert is_exempt(hashed, PlateText("777AA02"))
    assert not is_exempt(hashed, PlateText("123AB02"))


def test_a_rule_that_cannot_be_judged_yet_is_named() -> None:
    assert unsupported([SolidLine(line_m=((0, 1), (0, 9))), Speeding(limit_kmh=60)]) == ["solid_line"]
