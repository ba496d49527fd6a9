"""`kirpikd check` says what to do about each part that cannot do its work."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from kirpik.commands.check import _card, _power
from kirpik.errors import CameraError, StoreError


def test_a_supply_that_is_too_weak_is_told_with_its_remedy() -> None:
    with pytest.raises(CameraError, match=r"too weak \(under-voltage\): use the board's own supply and a short, thick"):
        _power({"undervoltage": 1, "throttled": 0x50005})


def test_a_supply_that_was_too_weak_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    _power({"undervoltage": 0, "throttled": 0x50000})
    assert "at some time since the board was switched on" in capsys.readouterr().out


@pytest.mark.parametrize("told", [{}, {"undervoltage": 0, "throttled": 0}, {"undervoltage": 0, "throttled": 0xE0008}])
def test_a_supply_that_holds_is_not_spoken_of(told: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    _power(told)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"f_flag": os.ST_RDONLY}, "can be read only: the card is dying"),
        ({"f_bavail": 200}, "the disk is full, 800 KiB free, expected 1024"),
        ({"f_favail": 0}, "the disk is full"),
    ],
)
def test_a_card_that_takes_nothing_any_more_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, place: dict[str, int], said: str
) -> None:
    well = {"f_flag": 0, "f_bavail": 10_000, "f_frsize": 4096, "f_files": 20, "f_favail": 10}
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(**well))
    _card(Path("/var/lib/kirpik"))
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(**{**well, **place}))
    with pytest.raises(StoreError, match=said):
        _card(Path("/var/lib/kirpik"))
