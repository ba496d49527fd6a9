"""A camera that was knocked and a clock that runs wrong are noticed, and nothing else is."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from kirpik.road.clocks import ClockWatch
from kirpik.road.drift import BASELINE, DriftWatch
from kirpik.road.fixed_points import FixedPoints
from kirpik.site import Camera
from kirpik.values import Motion, Shift
from tests.unit.road.roads import CAMERA
from tests.unit.rules.motions import measured


def traffic(count: int, seed: int, *, tilt: float = 0.0, heading: float = 0.0, height: float = 0.65) -> list[Motion]:
    rng = np.random.default_rng(seed)
    return [
        replace(
            measured(60.0),
            tilt_deg=tilt + float(rng.normal(0, 0.12)),
            height_m=height + float(rng.normal(0, 0.2)),
            heading_deg=heading + float(rng.normal(0, 0.8)) + (180.0 if rng.random() < 0.3 else 0.0),
        )
        for _ in range(count)
    ]


def drifted(*motions: list[Motion]) -> bool:
    watch = DriftWatch()
    for motion in chain(*motions):
        watch.add(motion)
    return watch.has_drifted()


def test_a_camera_that_was_knocked_is_noticed_after_a_few_vehicles() -> None:
    assert drifted(traffic(BASELINE, 1), traffic(4, 2, tilt=0.7))
    assert drifted(traffic(BASELINE, 1), traffic(6, 2, heading=4.0))
    assert drifted(traffic(6, 1, tilt=-0.9))


def test_a_scale_that_is_wrong_shows_in_the_height_of_all_plates() -> None:
    assert drifted(traffic(BASELINE, 1, height=0.1))


def test_ordinary_traffic_is_no_drift() -> None:
    for seed in range(60):
        assert not drifted(traffic(80, seed))


def test_a_camera_put_back_is_trusted_again() -> None:
    assert not drifted(traffic(BASELINE, 1), traffic(8, 2, tilt=0.9), traffic(6, 3))


def knocked(*shifts: Shift, camera: Camera = CAMERA) -> bool:
    watch = FixedPoints()
    for shift in shifts:
        watch.add(shift, camera)
    return watch.have_moved()


STILL = Shift(0.4, -0.3, 0.0004, 0.0002)


@pytest.mark.parametrize(
    "moved", [Shift(0.0, 14.0, 0.0, 0.0), Shift(-14.0, 0.0, 0.0, 0.0), Shift(0, 0, 0.012, 0), Shift(0, 0, 0, -0.01)]
)
def test_a_scene_that_has_moved_says_so_at_the_second_look_until_it_is_back(moved: Shift) -> None:
    assert not knocked(STILL, moved)
    assert knocked(STILL, moved, moved)
    assert knocked(moved, moved, STILL)
    assert not knocked(moved, moved, STILL, STILL)


def test_a_mast_that_sways_by_three_pixels_is_no_knock() -> None:
    sways = [Shift(3 * np.sin(t), 2 * np.cos(1.7 * t), 0.0, 0.0) for t in np.arange(0, 60, 0.4)]
    assert not knocked(*sways)


def clocks(seconds: float, *, pace: float = 1.0, late_s: float = 0.02, step_at_s: float = 1e9) -> ClockWatch:
    rng, watch = np.random.default_rng(1), ClockWatch()
    for t in np.arange(0, seconds, 1 / 25):
        utc_s = 1e9 + t * pace + abs(rng.normal(0, late_s)) + (2.0 if t > step_at_s else 0.0)
        watch.see(round(t * 1e9), round(utc_s * 1e9))
    return watch


def test_a_sensor_clock_that_runs_one_percent_wrong_is_noticed() -> None:
    assert clocks(40, pace=1.01).disagree()
    assert clocks(40, pace=0.99).disagree()


def test_readings_that_come_late_are_no_wrong_pace() -> None:
    assert not clocks(120, late_s=0.04).disagree()
    assert not clocks(10, pace=1.01).disagree()


@pytest.mark.parametrize(("pace", "doubted"), [(0.95, True), (1.0, False)])
def test_a_step_does_not_make_clocks_agree_that_did_not(pace: float, *, doubted: bool) -> None:
    """After fifteen seconds without a frame, clocks that run apart by a twentieth look like a step."""
    watch = clocks(40, pace=pace)
    for second in range(55, 60):
        watch.see(second * 10**9, round(10**18 + second * 1e9 * pace) + 5 * 10**8)
    assert watch.stepped_ns > 0
    assert watch.disagree() == doubted


def test_a_step_of_the_time_of_day_is_a_bound_on_its_error_and_no_wrong_pace() -> None:
    watch = clocks(120, step_at_s=50)
    assert not watch.disagree()
    assert watch.stepped_ns > 1_900_000_000


def test_a_recording_without_a_time_of_day_is_not_doubted() -> None:
    watch = ClockWatch()
    for number in range(1000):
        watch.see(number * 40_000_000, None)
    assert not watch.disagree()
    assert watch.stepped_ns == 0
