from kirpik.rules.told import Told, once
from kirpik.rules.verdicts import Suspicion
from kirpik.site import NoStopping, RedLight, Speeding, StopLine
from kirpik.values import PlateText
from tests.unit.rules.paths import LINE

SPEEDING, PLATE = Speeding(limit_kmh=60), PlateText("123ABC01")
RED_LIGHT, STOP_LINE = RedLight(signal="A", line_m=LINE), StopLine(signal="A", line_m=LINE)
NO_STOPPING = NoStopping(polygon_m=((0, 0), (1, 0), (1, 1)), dwell_s=120.0)


def at(second: float, rule: Speeding | RedLight | StopLine | NoStopping = SPEEDING) -> Suspicion:
    return Suspicion(rule, "1", round(second * 1e9))


def test_a_track_that_broke_in_two_is_told_once() -> None:
    told = Told()
    assert told.is_new(at(10), PLATE, 11 * 10**9)
    assert not told.is_new(at(13), PLATE, 14 * 10**9)
    assert told.is_new(at(13), PlateText("777AAA02"), 14 * 10**9)


def test_the_next_lap_is_another_offence() -> None:
    told = Told()
    assert told.is_new(at(10), PLATE, 11 * 10**9)
    assert told.is_new(at(100), PLATE, 101 * 10**9)


def test_running_a_light_and_stopping_beyond_its_line_are_one() -> None:
    told = Told()
    assert told.is_new(at(10, STOP_LINE), PLATE, 12 * 10**9)
    assert not told.is_new(at(14, RED_LIGHT), PLATE, 15 * 10**9)
    assert once([at(3, STOP_LINE), at(2, RED_LIGHT)]) == [at(2, RED_LIGHT)]


def test_of_one_speed_the_charge_goes_before_the_warning() -> None:
    charges, warns = Speeding(limit_kmh=60), Speeding(limit_kmh=40, outcome="warning")
    charge, warning = (Suspicion(rule, "1", 10**9, charged_kmh=75) for rule in (charges, warns))
    assert once([warning, charge]) == [charge]


def test_a_stand_that_goes_on_after_a_gap_is_told_once() -> None:
    told = Told()
    assert told.is_new(at(150, NO_STOPPING), PLATE, 300 * 10**9)
    assert not told.is_new(at(460, NO_STOPPING), PLATE, 500 * 10**9)
    assert told.is_new(at(800, NO_STOPPING), PLATE, 900 * 10**9)
