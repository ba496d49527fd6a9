"""What the board says of its supply and of its clock."""

import time
from pathlib import Path

import pytest

from kirpik.adapters.board import board_figures, read_throttled
from kirpik.adapters.time_of_day import clock_is_set, utc_of

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


def test_without_a_set_clock_a_frame_has_no_time_of_day(tmp_path: Path) -> None:
    flag = tmp_path / "synchronized"
    sensor_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 20_000_000
    assert utc_of(sensor_ns, flag) is None
    assert not clock_is_set(flag)
    flag.touch()
    utc_ns = utc_of(sensor_ns, flag)
    assert utc_ns is not None
    assert abs(time.time_ns() - utc_ns - 20_000_000) < 50_000_000
