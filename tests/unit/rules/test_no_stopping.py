from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.rules import no_stopping
from kirpik.site import NoStopping
from kirpik.values import RoadPath
from tests.unit.rules.paths import path, stopping_at

RULE = NoStopping(polygon_m=((-2.0, 12.0), (2.0, 12.0), (2.0, 40.0), (-2.0, 40.0)), dwell_s=30.0)


def stand(y_m: float, *, seconds: float, from_s: float = 5.0) -> RoadPath:
    """Comes, stands at `y_m` from `from_s` on for so long, and goes."""
    comes = stopping_at(y_m, speed=10.0, when=from_s)
    return path(lambda t: comes(t) + 1.0 * max(0.0, t - from_s - seconds) ** 2, seconds=(2, from_s + seconds + 4))


def without(driven: RoadPath, begin_s: float, end_s: float) -> RoadPath:
    """Hidden from one moment to the other."""
    kept = (driven.t_s < begin_s) | (driven.t_s >= end_s)
    return RoadPath(
        driven.start_ns, driven.t_s[kept], driven.foot_m[kept], driven.sigma_m[kept], driven.height_m,
        driven.height_sigma_m, driven.plate_mm,
    )  # fmt: skip


def test_the_moment_is_when_the_dwell_is_reached() -> None:
    assert no_stopping.check(RULE, stand(25.0, seconds=35.0), ()) == pytest.approx(3.0 + 30.0, abs=1.0)


INNOCENT: list[tuple[str, RoadPath]] = [
    ("stands shorter than the dwell", stand(25.0, seconds=28.0)),
    ("stands before the zone", stand(11.0, seconds=40.0)),
    ("stands at the zone's very edge", stand(12.05, seconds=40.0)),
    ("creeps through it", path(lambda t: 13.0 + 0.5 * t, seconds=(0, 50))),
    ("drives through it", path(lambda t: 13.0 + 8.0 * t, seconds=(0, 5))),
    ("moves up in between", path(lambda t: 25.0 + min(max(t - 20.0, 0.0), 2.0), seconds=(0, 45))),
    ("was hidden for too long in between", without(stand(25.0, seconds=35.0), 15.0, 30.0)),
]


@pytest.mark.parametrize(("why", "driven"), INNOCENT, ids=[case[0] for case in INNOCENT])
def test_nobody_is_accused_who(why: str, driven: RoadPath) -> None:
    assert no_stopping.check(RULE, driven, ()) is None, why


def test_a_passing_bus_does_not_end_a_stand() -> None:
    driven = without(stand(25.0, seconds=35.0), 15.0, 19.0)
    assert no_stopping.check(RULE, driven, ()) == pytest.approx(33.0, abs=1.0)


def test_a_track_thinned_to_a_point_every_few_seconds_still_shows_its_stand() -> None:
    driven = stand(25.0, seconds=200.0)
    kept = (driven.t_s < 4) | (np.arange(len(driven.t_s)) % 100 == 0)
    thin = RoadPath(
        driven.start_ns, driven.t_s[kept], driven.foot_m[kept], driven.sigma_m[kept], 0.6, 0.1, (520.0, 112.0)
    )
    assert no_stopping.check(RULE, thin, ()) == pytest.approx(33.0, abs=4.1)


def test_time_in_a_queue_does_not_count_and_time_after_it_does() -> None:
    driven = stand(25.0, seconds=60.0)
    assert no_stopping.check(RULE, driven, ((0.0, 70.0),)) is None
    assert no_stopping.check(RULE, driven, ((0.0, 20.0),)) == pytest.approx(50.0, abs=1.0)
    assert no_stopping.check(RULE, stand(25.0, seconds=40.0), ((20.0, 22.0),)) is None


def wavering(y_of: Callable[[float], float]) -> RoadPath:
    return path(y_of, seconds=(0, 60), sigma_m=0.3)


def test_noise_is_no_movement() -> None:
    assert no_stopping.check(RULE, wavering(lambda _: 25.0), ()) is not None


@given(st.floats(0.01, 3.0), st.floats(1.0, 5.0), st.floats(12.0, 40.0))
def test_more_doubt_never_makes_an_accusation(sigma_m: float, more: float, y_m: float) -> None:
    driven = path(lambda _: y_m, seconds=(0, 35), sigma_m=0.01)
    driven.sigma_m[:] = sigma_m
    sure = no_stopping.check(RULE, driven, ())
    driven.sigma_m[:] = sigma_m * more
    assert sure is not None or no_stopping.check(RULE, driven, ()) is None
