"""One vehicle's way has no leap in it; that of two which were taken for one has."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.road.leap import largest_step

Array = NDArray[np.float64]
T = np.arange(30) / 30.0
PIXEL = np.full(30, 0.05)


def way(seed: int) -> Array:
    """Of a vehicle where it is believed to be, ahead and aside."""
    return np.random.default_rng(seed).normal(0, 0.03, (30, 2))


def test_noise_a_drift_and_a_change_of_lane_are_no_leap() -> None:
    drift = np.column_stack([0.9 * T, 3.5 * (T - np.sin(2 * np.pi * T) / (2 * np.pi))])
    assert largest_step(T, way(1) + drift, PIXEL) < 1


def test_a_gentle_braking_is_no_leap() -> None:
    off = way(2)
    off[:, 0] += 3.0 * (T - 0.5) ** 2
    assert largest_step(T, off, PIXEL) < 1


def test_a_frame_or_two_that_show_something_else_are_no_leap() -> None:
    off = way(3)
    off[[9, 20], 0] += (4.0, -7.0)
    assert largest_step(T, off, PIXEL) < 1


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("metres", [0.8, -3.0])
@pytest.mark.parametrize("at", [4, 15, 26])
def test_the_step_to_another_vehicle_is_one(metres: float, at: int, axis: int) -> None:
    off = way(4)
    off[at:, axis] += metres
    assert largest_step(T, off, PIXEL) > 2


def test_where_a_pixel_is_much_way_a_larger_step_is_none() -> None:
    off = way(5)
    off[15:, 0] += 0.8
    assert largest_step(T, off, np.full(30, 0.4)) < 1


def test_too_few_frames_have_no_step() -> None:
    assert largest_step(T[:4], np.zeros((4, 2)), PIXEL[:4]) == 0.0
