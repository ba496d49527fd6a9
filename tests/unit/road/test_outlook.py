"""A covered, knocked, dark or stuck camera is noticed; weather, dusk and traffic are not taken for one."""

from collections.abc import Callable

import numpy as np
import pytest

from kirpik.clock import Clock
from kirpik.road.outlook import Outlook, View
from kirpik.road.watch import Watch
from kirpik.values import Frame, Luma

HIGH, WIDE = 96, 128
SECOND_NS = 1_000_000_000


def scene(seed: int = 1) -> Luma:
    """Something like a street: edges of many sizes, larger than the picture."""
    rng = np.random.default_rng(seed)
    picture = np.full((HIGH + 100, WIDE + 100), 110.0)
    for _ in range(60):
        top, left = rng.integers(0, HIGH + 90), rng.integers(0, WIDE + 90)
        picture[top : top + rng.integers(4, 60), left : left + rng.integers(4, 60)] += rng.normal(0, 25)
    return np.asarray(np.clip(picture, 10, 245).astype(np.uint8))


ROAD = scene()
NOISE = np.random.default_rng(9)


def shot(*, dx: int = 0, dy: int = 0, gain: float = 1.0, seed: int | None = None) -> Luma:
    picture = ROAD if seed is None else scene(seed)
    part = picture[50 + dy : 50 + dy + HIGH, 50 + dx : 50 + dx + WIDE] * gain
    return np.asarray(np.clip(part + NOISE.normal(0, 2, part.shape), 0, 255).astype(np.uint8))


def with_traffic(picture: Luma, at: int) -> Luma:
    left = at * 37 % WIDE
    picture[45:75, left : left + 35] = 60
    picture[65:69, left + 10 : left + 25] = 230
    return picture


def watch_for(outlook: Outlook, seconds: int, picture: Callable[[int], Luma], start_s: int = 0) -> View:
    for half in range(2 * seconds):
        at = start_s * SECOND_NS + half * SECOND_NS // 2
        lores = picture(half)
        outlook.see(Frame(half, at, 1000, None, lores, lores))
    return outlook.view


@pytest.fixture
def outlook() -> Outlook:
    known = Outlook()
    assert watch_for(known, 40, lambda n: with_traffic(shot(), n), start_s=10) == View()
    return known


def test_traffic_dusk_and_dawn_are_nothing(outlook: Outlook) -> None:
    lights = np.concatenate([np.linspace(1.0, 0.35, 120), np.linspace(0.35, 1.15, 120)])
    assert watch_for(outlook, 120, lambda n: with_traffic(shot(gain=lights[n]), n), start_s=80) == View()


def test_a_trembling_pole_is_nothing(outlook: Outlook) -> None:
    assert watch_for(outlook, 25, lambda n: shot(dx=(-1) ** n, dy=n % 2), start_s=80) == View()


@pytest.mark.parametrize(("dx", "dy"), [(14, 0), (0, -12), (-20, 10)])
def test_a_knock_is_noticed_and_stays_noticed(outlook: Outlook, dx: int, dy: int) -> None:
    assert watch_for(outlook, 25, lambda n: with_traffic(shot(dx=dx, dy=dy), n), start_s=80).moved
    assert watch_for(outlook, 120, lambda _: shot(dx=dx, dy=dy), start_s=200).moved


def test_a_camera_that_is_put_right_is_believed_again(outlook: Outlook) -> None:
    assert watch_for(outlook, 25, lambda _: shot(dx=18), start_s=80).moved
    assert watch_for(outlook, 25, lambda _: shot(), start_s=200) == View()


def test_a_covered_lens_is_noticed(outlook: Outlook) -> None:
    grey = np.full((HIGH, WIDE), 90.0)
    blind = watch_for(outlook, 25, lambda _: (grey + NOISE.normal(0, 2, grey.shape)).astype(np.uint8), start_s=80)
    assert blind.blocked
    assert not blind.moved
    assert watch_for(outlook, 25, lambda _: shot(), start_s=200) == View()


def test_half_a_covered_lens_is_left_to_the_detector(outlook: Outlook) -> None:
    def covered(_: int) -> Luma:
        picture = shot()
        picture[:, : WIDE // 3] = NOISE.normal(80, 2, (HIGH, WIDE // 3))
        return picture

    assert not watch_for(outlook, 25, covered, start_s=80).blocked


def test_a_picture_that_never_changes_is_frozen(outlook: Outlook) -> None:
    still = shot()
    assert watch_for(outlook, 25, lambda _: still, start_s=80) == View(frozen=True)


def test_a_picture_without_light_is_dark(outlook: Outlook) -> None:
    night = watch_for(outlook, 25, lambda _: shot(gain=0.03), start_s=80)
    assert night.dark
    assert not night.moved


def test_what_is_noticed_needs_six_seconds(outlook: Outlook) -> None:
    assert watch_for(outlook, 4, lambda _: shot(dx=20), start_s=80) == View()


def test_who_sees_badly_accuses_nobody(outlook: Outlook) -> None:
    watch = Watch(outlook=outlook)
    assert watch.why_not() is None
    watch_for(outlook, 25, lambda _: shot(dx=20), start_s=80)
    assert watch.why_not() == "calibration"


def test_without_a_set_clock_nobody_is_accused() -> None:
    assert Watch(clock=lambda: Clock(is_set=False, source="network", error_us=None)).why_not() == "clock"
