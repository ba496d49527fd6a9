from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.rules import solid_line
from kirpik.site import SolidLine
from kirpik.values import RoadPath
from tests.unit.rules.paths import path

RULE = SolidLine(line_m=((1.75, 10.0), (1.75, 40.0)))


def drifting(x_of: Callable[[float], float], *, begin_m: float = 5.0, sigma_m: float = 0.1) -> RoadPath:
    """Drives 15 m/s along the line for three seconds; `x_of` tells x from y."""
    driven = path(lambda t: begin_m + 15 * t, seconds=(0, 3), sigma_m=sigma_m)
    driven.foot_m[:, 0] = [x_of(y) for y in driven.foot_m[:, 1]]
    return driven


def change(at_m: float, *, over_m: float = 15.0, left: float = 0.0, right: float = 3.5) -> Callable[[float], float]:
    return lambda y: float(np.interp(y, [at_m - over_m / 2, at_m + over_m / 2], [left, right]))


def test_a_lane_change_over_the_line_is_found_where_the_foot_point_crosses() -> None:
    found = solid_line.check(RULE, drifting(change(25.0)))
    assert found == pytest.approx(20.0 / 15.0, abs=0.05)


def test_it_is_found_in_both_directions() -> None:
    assert solid_line.check(RULE, drifting(change(25.0, left=3.5, right=0.0))) is not None
    back = drifting(change(25.0))
    back.foot_m[:] = back.foot_m[::-1].copy()
    assert solid_line.check(RULE, back) is not None


INNOCENT: list[tuple[str, RoadPath]] = [
    ("keeps to the left of it", drifting(lambda _: 0.0)),
    ("touches it with the wheels", drifting(change(25.0, right=1.6))),
    ("swerves a little over it and back", drifting(lambda y: 1.5 + 0.45 * np.exp(-(((y - 25) / 4) ** 2)))),
    ("changes before it begins", drifting(change(8.0, over_m=10.0))),
    ("changes after it ends", drifting(change(42.0, over_m=8.0), begin_m=15.0)),
    ("wobbles around it without ever being clear", drifting(lambda y: 1.75 + 0.3 * np.sin(y))),
    ("its outline jumps for one frame", drifting(lambda y: 4.0 if 24.9 < y < 25.5 else 0.0)),
]


@pytest.mark.parametrize(("why", "driven"), INNOCENT, ids=[case[0] for case in INNOCENT])
def test_nobody_is_accused_who(why: str, driven: RoadPath) -> None:
    assert solid_line.check(RULE, driven) is None, why


def test_who_crosses_the_road_at_right_angles_does_not_drive_along_the_line() -> None:
    across = path(lambda t: 25.0 + 0.2 * t, seconds=(0, 3))
    across.foot_m[:, 0] = np.linspace(-4, 8, len(across.t_s))
    assert solid_line.check(RULE, across) is None


@given(st.floats(0.02, 2.0), st.floats(1.0, 4.0), st.floats(8.0, 42.0))
def test_more_doubt_never_makes_an_accusation(sigma_m: float, more: float, at_m: float) -> None:
    sure = drifting(change(at_m), sigma_m=0.02)
    sure.sigma_m[:] = sigma_m
    doubtful = drifting(change(at_m), sigma_m=0.02)
    doubtful.sigma_m[:] = sigma_m * more
    if solid_line.check(RULE, sure) is None:
        assert solid_line.check(RULE, doubtful) is None
