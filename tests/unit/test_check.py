"""`kirpikd check` says what to do about each part that cannot do its work."""

import pytest

from kirpik.commands.check import _power
from kirpik.errors import CameraError


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
