import pytest

from kirpik.rules import bus_lane, wrong_way
from kirpik.site import BusLane, Lane, WrongWay
from tests.unit.rules.paths import LANE, TOWARDS, at_s, path

BUS = Lane(name="bus", polygon_m=LANE.polygon_m, direction="away", class_="bus")


def test_the_bus_lane_is_accused_where_the_length_has_been_driven() -> None:
    found = bus_lane.check(BusLane(min_length_m=20.0), path(lambda t: 20 + 10 * t, seconds=(0, 4)), BUS)
    assert found is not None
    assert at_s(found.moment_ns) == pytest.approx(2.0, abs=0.1)


def test_a_merge_shorter_than_the_length_is_lawful() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 1.9))
    assert bus_lane.check(BusLane(min_length_m=20.0), driven, BUS) is None


def test_a_general_lane_is_a_bus_lane_only_where_the_rule_names_it() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 4))
    assert bus_lane.check(BusLane(min_length_m=20.0), driven, LANE) is None
    assert bus_lane.check(BusLane(min_length_m=20.0, lanes=("1",)), driven, LANE) is not None


def test_against_the_lane_is_accused_and_with_it_is_not() -> None:
    driven = path(lambda t: 20 + 10 * t, seconds=(0, 3))
    assert wrong_way.check(WrongWay(min_length_m=8.0), driven, TOWARDS) is not None
    assert wrong_way.check(WrongWay(min_length_m=8.0), driven, LANE) is None


def test_reversing_to_park_is_no_wrong_way() -> None:
    driven = path(lambda t: 30 - 1.2 * min(t, 4.0), seconds=(0, 6))
    assert wrong_way.check(WrongWay(min_length_m=8.0), driven, LANE) is None


def test_a_standing_vehicle_drives_nowhere_however_long_it_trembles() -> None:
    driven = path(lambda t: 30.0, seconds=(0, 60), sigma_m=0.3)  # noqa: ARG005
    assert wrong_way.check(WrongWay(min_length_m=8.0), driven, LANE) is None
    assert bus_lane.check(BusLane(min_length_m=8.0), driven, BUS) is None
