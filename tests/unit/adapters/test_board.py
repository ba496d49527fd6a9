"""What the board says of its supply and of its clock."""

import time
from pathlib import Path

import pytest

from kirpik.adapters.board import board_figures, read_throttled
from kirpik.adapters.kernel_clock import TIMEX, Kept, ask_kernel, read_timex
from kirpik.adapters.time_of_day import HostClock, boottime_ns
from kirpik.clock import Clock

FIRMWARE = ("soc/soc:firmware", "soc@107c000000/soc@107c000000:firmware")


@pytest.mark.parametrize("place", FIRMWARE)
@pytest.mark.parametrize(
    ("told", "figures"),
    [
        ("0\n", {"throttled": 0, "undervoltage": 0}),
        ("50005\n", {"throttled": 0x50005, "undervoltage": 1}),
        ("50000\n", {"throttled": 0x50000, "undervoltage": 0}),
        ("nonsense\n", {}),
    ],
)
def test_the_firmwares_flags_are_told(tmp_path: Path, place: str, told: str, figures: dict[str, float]) -> None:
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "get_throttled").write_text(told)
    assert board_figures(tmp_path) == figures


def test_elsewhere_nothing_is_told(tmp_path: Path) -> None:
    assert read_throttled(tmp_path) is None
    assert board_figures(tmp_path) == {}


@pytest.fixture
def clock(tmp_path: Path) -> HostClock:
    return HostClock(flag=tmp_path / "synchronized", told=tmp_path / "told")


def test_without_a_set_clock_a_frame_has_no_time_of_day(clock: HostClock) -> None:
    sensor_ns = boottime_ns() - 20_000_000
    assert clock.utc_of(sensor_ns) is None
    assert not clock.now().is_set
    clock.flag.touch()
    utc_ns = clock.utc_of(sensor_ns)
    assert utc_ns is not None
    assert abs(time.time_ns() - utc_ns - 20_000_000) < 50_000_000


def test_a_clock_that_was_set_once_and_that_nobody_vouches_for_says_so(clock: HostClock) -> None:
    clock.flag.touch()
    assert clock.now() == Clock(is_set=True, source="unsynchronised", error_us=None)


def test_whoever_keeps_the_clock_the_kernel_tells_how_wrong_it_may_be(clock: HostClock) -> None:
    """chrony lays no flag."""
    clock.tell(synchronised=True, error_us=812)
    assert clock.now() == Clock(is_set=True, source="network", error_us=812)


@pytest.mark.parametrize(("synchronised", "error_us"), [(False, 812), (True, 10_000_001)])
def test_what_the_kernel_doubts_is_not_set_whatever_the_flag_says(
    clock: HostClock, synchronised: bool, error_us: int
) -> None:
    clock.flag.touch()
    clock.tell(synchronised=synchronised, error_us=error_us)
    assert not clock.now().is_set
    assert clock.utc_of(boottime_ns()) is None


@pytest.mark.parametrize("text", ["", "nonsense", "1 1 812\n"])
def test_what_was_told_long_ago_or_is_no_word_counts_for_nothing(clock: HostClock, text: str) -> None:
    clock.told.write_text(text)
    assert not clock.now().is_set


def test_the_kernels_own_words_are_read() -> None:
    assert read_timex(TIMEX.pack(0, 5, 6, 812) + bytes(8)) == Kept(synchronised=True, error_us=812)
    assert not read_timex(TIMEX.pack(0, 0, 0, 16_000_000)).synchronised


def test_the_kernel_here_answers() -> None:
    assert 0 <= ask_kernel().error_us <= 16_000_000
