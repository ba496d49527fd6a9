from collections.abc import Sequence

import pytest

from kirpik.rules import red_light, stop_line
from kirpik.rules.verdicts import Suspicion
from kirpik.site import RedLight
from kirpik.values import Phase, RoadPath
from tests.unit.rules.paths import LANE, LINE, RED_LIGHT, STOP_LINE, TOWARDS, at_s, path, signals, stopping_at

RED_AT_0: list[tuple[float, Phase]] = [(-20.0, "green"), (-3.0, "amber"), (0.0, "red"), (30.0, "green")]


def driving(*, crosses_at: float, speed: float = 14.0, seconds: tuple[float, float] = (-3, 6)) -> RoadPath:
    return path(lambda t: 25.0 + speed * (t - crosses_at), seconds=seconds)


def test_through_on_red_is_accused_at_the_crossing() -> None:
    found = red_light.check(RED_LIGHT, driving(crosses_at=2.5), LANE, signals(RED_AT_0))
    assert isinstance(found, Suspicion)
    assert at_s(found.moment_ns) == pytest.approx(2.5, abs=0.03)


INNOCENT: list[tuple[str, RoadPath, Sequence[tuple[float, Phase]]]] = [
    ("entered on green", driving(crosses_at=-5.0, seconds=(-9, 0)), RED_AT_0),
    ("crossed on amber", driving(crosses_at=-0.5), RED_AT_0),
    ("crossed within the grace", driving(crosses_at=0.4), RED_AT_0),
    ("front was over the line when red began", driving(crosses_at=1.4, speed=10.0), RED_AT_0),
    ("signal never heard of", driving(crosses_at=2.5), []),
    ("signal off", driving(crosses_at=2.5), [(-20.0, "off")]),
    ("crossed on green after red", driving(crosses_at=31.0, seconds=(26, 34)), RED_AT_0),
    ("light changed before the exit", driving(crosses_at=29.9, speed=3.0, seconds=(20, 35)), RED_AT_0),
    ("stopped before the line", path(stopping_at(24.0, speed=14.0, when=4.0), seconds=(-3, 12)), RED_AT_0),
    ("drove beside the line", path(lambda t: 25 + 14 * (t - 2.5), seconds=(-3, 6), x_m=5.0), RED_AT_0),
    ("reversed over the line", path(lambda t: 30 - 3 * t, seconds=(0, 6)), RED_AT_0),
    ("out of sight before the exit", driving(crosses_at=2.5, seconds=(-3, 2.6)), RED_AT_0),
    ("waited on the line since before red", path(lambda t: 24.0 + max(0.0, t - 5) * 3, seconds=(-3, 9)), RED_AT_0),
]


@pytest.mark.parametrize(("why", "driven", "changes"), INNOCENT, ids=[case[0] for case in INNOCENT])
def test_nobody_is_accused_of_running_red_who(
    why: str, driven: RoadPath, changes: Sequence[tuple[float, Phase]]
) -> None:
    assert red_light.check(RED_LIGHT, driven, LANE, signals(changes)) is None, why


def test_amber_is_accused_only_where_the_rule_says_so() -> None:
    rule = RedLight(signal="A", line_m=LINE, amber=True)
    driven = driving(crosses_at=-0.5)
    assert red_light.check(rule, driven, LANE, signals(RED_AT_0)) is not None


def test_a_front_plate_needs_no_clear_way_behind_it() -> None:
    driven = path(lambda t: 25.0 - 10 * (t - 1.4), seconds=(-3, 6))
    assert red_light.check(RED_LIGHT, driven, TOWARDS, signals(RED_AT_0)) is not None


def test_a_fast_vehicle_first_seen_near_the_line_long_after_red_was_behind_it() -> None:
    driven = driving(crosses_at=6.0, seconds=(5.4, 9))
    assert red_light.check(RED_LIGHT, driven, LANE, signals(RED_AT_0)) is not None


def test_a_slow_vehicle_first_seen_near_the_line_may_have_stood_over_it() -> None:
    driven = driving(crosses_at=6.0, speed=3.0, seconds=(5.0, 9))
    assert red_light.check(RED_LIGHT, driven, LANE, signals(RED_AT_0)) is None


def test_standing_beyond_the_line_on_red_is_accused_once_and_not_of_running_it() -> None:
    driven = path(stopping_at(26.5, speed=14.0, when=4.0), seconds=(-3, 12))
    found = stop_line.check(STOP_LINE, driven, LANE, signals(RED_AT_0))
    assert isinstance(found, Suspicion)
    assert at_s(found.moment_ns) == pytest.approx(4.0, abs=0.6)
    assert red_light.check(RED_LIGHT, driven, LANE, signals(RED_AT_0)) is None


STOPPED: list[tuple[str, RoadPath, Sequence[tuple[float, Phase]]]] = [
    ("barely over", path(stopping_at(25.2, speed=14.0, when=4.0), seconds=(-3, 12)), RED_AT_0),
    ("caught by red on the junction", path(stopping_at(26.5, speed=14.0, when=-0.5), seconds=(-6, 12)), RED_AT_0),
    ("went through", driving(crosses_at=2.5), RED_AT_0),
    ("stood before the line", path(stopping_at(24.5, speed=14.0, when=4.0), seconds=(-3, 12)), RED_AT_0),
    (
        "crept on without standing",
        path(lambda t: 25 + 0.9 * (t - 4) if t > 4 else 25 + 14 * (t - 4), seconds=(-3, 7)),
        RED_AT_0,
    ),
]


@pytest.mark.parametrize(("why", "driven", "changes"), STOPPED, ids=[case[0] for case in STOPPED])
def test_nobody_is_accused_of_standing_beyond_who(
    why: str, driven: RoadPath, changes: Sequence[tuple[float, Phase]]
) -> None:
    assert stop_line.check(STOP_LINE, driven, LANE, signals(changes)) is None, why
