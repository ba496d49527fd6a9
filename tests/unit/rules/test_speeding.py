from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.rules import speeding
from kirpik.rules.verdicts import Suspicion, Withheld
from kirpik.site import Speeding
from kirpik.values import Motion
from tests.unit.rules.motions import measured
from tests.unit.rules.paths import LANE

RULE = Speeding(limit_kmh=60, charge_from_kmh_over=10)
FAST = measured(83.4)


def test_what_is_charged_is_lowered_and_floored() -> None:
    found = speeding.check(RULE, FAST, LANE, rough_kmh=83.0)
    assert isinstance(found, Suspicion)
    assert found.charged_kmh == 80
    assert speeding.charged_kmh(150.0, 0.1) == 145
    assert speeding.charged_kmh(80.0, 2.0) == 74


def test_the_threshold_itself_is_charged_and_one_below_is_not() -> None:
    assert isinstance(speeding.check(RULE, replace(FAST, speed_kmh=73.0), LANE, rough_kmh=73.0), Suspicion)
    assert speeding.check(RULE, replace(FAST, speed_kmh=72.9), LANE, rough_kmh=73.0) is None


@pytest.mark.parametrize(
    "doubtful",
    [
        replace(FAST, chi2_per_dof=4.5),
        replace(FAST, height_m=2.4),
        replace(FAST, height_m=0.1),
        replace(FAST, gates_height_m=1.4),
        replace(FAST, gates_kmh=86.0),
        replace(FAST, fit_kmh=86.0, gates_kmh=83.4),
        replace(FAST, gates=2),
        replace(FAST, gates_spread_kmh=4.2),
        replace(FAST, leap=2.1),
        replace(FAST, height_m=1.19, gates_height_m=1.16),
        replace(FAST, if_small_m=1.1),
        replace(FAST, uncertainty_kmh=3.0, speed_kmh=110.0, fit_kmh=110.0, gates_kmh=110.0),
        replace(FAST, frames=7),
        replace(FAST, length_m=8.0),
        replace(FAST, speed_kmh=260.0, fit_kmh=260.0, gates_kmh=260.0),
        replace(FAST, acceleration_mps2=11.0),
        None,
    ],
)
def test_a_doubtful_measure_is_withheld_and_counted(doubtful: Motion | None) -> None:
    assert speeding.check(RULE, doubtful, LANE, rough_kmh=83.0) == Withheld("uncertain_speed")


def test_a_camera_that_points_elsewhere_than_calibrated_is_another_doubt() -> None:
    nudged = replace(FAST, tilt_sigmas=-4.5)
    assert speeding.check(RULE, nudged, LANE, rough_kmh=83.0) == Withheld("calibration")


def test_what_could_not_be_measured_counts_only_where_it_looked_too_fast() -> None:
    assert speeding.check(RULE, None, LANE, rough_kmh=72.0) is None


WARNS = Speeding(limit_kmh=60, charge_from_kmh_over=10, warn_from_kmh_over=5)


@pytest.mark.parametrize(("speed", "expected"), [(67.9, None), (68.0, "warning"), (72.9, "warning"), (73.0, "charge")])
def test_between_warning_and_charge_a_warning_is_asked_for(speed: float, expected: str | None) -> None:
    found = speeding.check(WARNS, replace(FAST, speed_kmh=speed), LANE, rough_kmh=speed)
    assert (found.outcome if isinstance(found, Suspicion) else found) == expected


def test_a_rule_that_only_warns_never_charges() -> None:
    found = speeding.check(Speeding(limit_kmh=60, outcome="warning"), measured(140.0), LANE, rough_kmh=140.0)
    assert isinstance(found, Suspicion)
    assert found.outcome == "warning"


def test_a_second_measure_may_make_a_warning_of_a_charge_but_no_charge_of_a_warning() -> None:
    charge = speeding.check(WARNS, measured(73.5), LANE, rough_kmh=73.5)
    warning = speeding.check(WARNS, measured(72.5), LANE, rough_kmh=72.5)
    assert isinstance(charge, Suspicion)
    assert isinstance(warning, Suspicion)
    lower, higher = speeding.confirm(charge, measured(72.5)), speeding.confirm(warning, measured(73.5))
    assert isinstance(lower, Suspicion)
    assert isinstance(higher, Suspicion)
    assert (lower.outcome, higher.outcome) == ("warning", "warning")


GRAVITY = {None: 0, "warning": 1, "charge": 2}


@given(st.floats(55, 120), st.floats(0, 2.4), st.floats(0, 3))
def test_widening_the_uncertainty_never_makes_anything_graver(speed: float, sigma: float, more: float) -> None:
    def gravity(uncertainty: float) -> int:
        motion = replace(measured(speed), uncertainty_kmh=uncertainty)
        found = speeding.check(WARNS, motion, LANE, rough_kmh=speed)
        return GRAVITY[found.outcome if isinstance(found, Suspicion) else None]

    assert gravity(sigma + more) <= gravity(sigma)


@given(st.floats(5, 300), st.floats(0, 30), st.floats(0, 30))
def test_widening_the_uncertainty_never_raises_what_is_charged(speed: float, sigma: float, more: float) -> None:
    assert speeding.charged_kmh(speed, sigma + more) <= speeding.charged_kmh(speed, sigma)
