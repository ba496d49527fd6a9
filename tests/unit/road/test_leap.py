"""One vehicle's way has no leap in it; that of two which were taken for one has."""

import numpy as np
import pytest

from kirpik.road.leap import largest_step

PIXEL = np.full(30, 0.05)


def way(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 0.03, 30)


def test_noise_and_a_gentle_braking_are_no_leap() -> None:
    bent = 0.8 * np.linspace(-1, 1, 30) ** 2
    assert largest_step(way(np.random.default_rng(1)) + bent, PIXEL) < 1


def test_a_frame_or_two_that_show_something_else_are_no_leap() -> None:
    off = way(np.random.default_rng(2))
    off[[9, 20]] += (4.0, -7.0)
    assert largest_step(off, PIXEL) < 1


@pytest.mark.parametrize("metres", [1.5, -3.0])
@pytest.mark.parametrize("at", [4, 15, 26])
def test_the_step_to_another_vehicle_is_one(metres: float, at: int) -> None:
    off = way(np.random.default_rng(3))
    off[at:] += metres
    assert largest_step(off, PIXEL) > 2


def test_where_a_pixel_is_much_way_a_larger_step_is_none() -> None:
    off = way(np.random.default_rng(4))
    off[15:] += 1.5
    assert largest_step(off, np.full(30, 0.4)) < 1.4


def test_too_few_frames_have_no_step() -> None:
    assert largest_step(np.array([0.0, 5.0, 0.0, 5.0]), np.full(4, 0.1)) == 0.0
