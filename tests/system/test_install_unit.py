"""install.sh --unit on a system that is already there, without a network: whole, twice, upgraded, away again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pi.payload import unit_wheels
from tests.pi.root import NoRootError, find_root

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Skips where no root can be made: that takes root, Debian's mmdebstrap and systemd-nspawn, and a network."""
    try:
        find_root()
        unit_wheels()
    except NoRootError as error:
        pytest.skip(f"no Debian root: {error}")
    command = [sys.executable, "-m", "tests.pi.install"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert seen["installed"]["code"] == 0, seen["installed"]
    return seen


def test_a_dry_run_names_the_steps_and_changes_nothing(told: dict[str, Any]) -> None:
    assert told["dry"]["code"] == 0
    assert any("--no-index --find-links /opt/wheels" in line for line in told["dry"]["out"])
    assert any("--require-hashes" in line for line in told["dry"]["out"])
    assert not told["dry_changed"]


def test_a_wheel_that_is_not_the_pinned_one_is_refused_and_nothing_is_changed(told: dict[str, Any]) -> None:
    assert told["tampered"]["code"] == 1
    (said,) = told["tampered"]["err"]
    assert "segno==1.6.6: the wheel is not the pinned one, its hash is another; nothing was changed" in said
    assert told["failed_left"] == []


def test_a_missing_wheel_is_named(told: dict[str, Any]) -> None:
    assert told["missing"]["code"] == 1
    (said,) = told["missing"]["err"]
    assert "/opt/few lacks the wheel segno==1.6.6; nothing was changed" in said


def test_the_services_are_there_and_wait_for_their_settings(told: dict[str, Any]) -> None:
    assert told["version"].startswith("kirpikd ")
    assert told["enabled"] == ["enabled"] * 4
    assert "/etc/kirpik/kirpik.toml: cannot read the settings" in told["check"]
    assert "it begins once /etc/kirpik/kirpik.toml" in told["installed"]["out"][-1]


def test_twice_is_harmless(told: dict[str, Any]) -> None:
    assert told["again"]["code"] == 0
    assert told["again_changed"] == []


def test_an_upgrade_brings_the_new_code_and_keeps_the_data(told: dict[str, Any]) -> None:
    assert told["upgraded"]["code"] == 0
    assert told["upgraded_code"]
    assert told["releases"] == 1
    assert told["upgrade_kept"] == [True, True]


def test_away_again_the_data_stays_until_it_is_purged(told: dict[str, Any]) -> None:
    assert (told["uninstalled"]["code"], told["purged"]["code"]) == (0, 0)
    assert told["uninstall_left"] == []
    assert told["uninstall_kept"] == [True, True]
    assert told["purge_kept"] == [False, False]
