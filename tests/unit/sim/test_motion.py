"""Stretches of constant acceleration."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.sim.motion import Profile


@given(
    st.lists(st.tuples(st.floats(0.5, 5.0), st.floats(-2.0, 2.0)), min_size=1, max_size=4),
    st.floats(5.0, 30.0),
)
def test_speed_is_the_change_of_progress(legs: list[tuple[float, float]], speed: float) -> None:
    profile = Profile.steps((1.0, 10.0, speed), legs)
    time_s = np.arange(0.0, 20.0, 0.013)
    step = 1e-4
    slope = (profile.progress_m(time_s + step) - profile.progress_m(time_s - step)) / (2 * step)
    np.testing.assert_allclose(slope, profile.speed_mps(time_s), atol=1e-3)


def test_a_halt_stands_where_and_when_it_was_told() -> None:
    profile = Profile.halt(stand=(10.0, 43.0), brake=(12.0, 2.5), leave=(15.0, 2.0, 10.0))
    assert profile.progress_m(np.array(10.0)) == 43.0
    assert profile.progress_m(np.array(14.9)) == 43.0
    assert profile.speed_mps(np.array(12.0)) == 0.0
    np.testing.assert_allclose(profile.speed_mps(np.array([0.0, 30.0])), [12.0, 10.0])
