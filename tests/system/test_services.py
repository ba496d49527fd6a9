"""The packaged unit: installed by apt, booted by a real systemd in a container, harmed, and removed again.

What is asked of it stands here; how it is tried, in `tests.pi.services` and `tests/pi/inside/services_trial.py`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pi.payload import unit_wheels
from tests.pi.root import NoRootError, find_root

ROOT = Path(__file__).parents[2]
MOST_EXPOSED = {"eye": 0.8, "link": 1.4, "clock": 0.8}
"""Of systemd's own ten."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Skips where no root can be made: that takes root, Debian's mmdebstrap and systemd-nspawn, and a network."""
    try:
        find_root()
        unit_wheels()
    except NoRootError as error:
        pytest.skip(f"no Debian root: {error}")
    command = [sys.executable, "-m", "tests.pi.services"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert "errors" not in seen, seen["errors"]
    return seen


def test_both_services_run_and_nothing_else_failed(told: dict[str, Any]) -> None:
    assert told["active"] == {"kirpik-eye": True, "kirpik-link": True}
    assert told["failed"] == ""
    assert told["check"]["code"] == 0
    assert "camera: ok" in told["check"]["said"]


def test_packets_go_out_and_receipts_come_back(told: dict[str, Any]) -> None:
    assert told["receipts"]
    assert told["stored"] >= 2


def test_the_eye_tells_the_link_how_it_sees(told: dict[str, Any]) -> None:
    assert told["eye_tells"]["fps"] > 5
    assert told["eye_tells"]["frames_bad"] == 0
    assert told["eye_tells"]["clock_synchronised"] == 1


def test_nobody_listens_and_the_eye_has_no_network(told: dict[str, Any]) -> None:
    assert told["listening"] == []
    assert told["eye_network"] == ["lo"]


def test_only_the_link_gets_out_and_only_to_the_broker_and_nothing_comes_in(told: dict[str, Any]) -> None:
    assert told["egress"] == ["kirpik-link 10.9.9.1:8883"]
    assert told["decoys_called"] == 0
    assert "silence" in told["knocked"]
    assert "answered" not in told["knocked"]


def test_nothing_can_be_written_but_the_spools(told: dict[str, Any]) -> None:
    state = "/var/lib/kirpik"
    link = {f"{state}/{name}" for name in ("inbox", "fetched")}
    assert set(told["can_write"]["kirpik-link"]) == link
    eyes = ("identity", "keys", "ledger", "outbox", "inbox", "settings", "results", "wanted")
    memory = {"/run/kirpik", "/run/kirpik-eye"}
    assert set(told["can_write"]["kirpik-eye"]) == {f"{state}/{name}" for name in eyes} | memory


def test_what_the_services_leave_on_the_card_lies_in_their_spools_and_is_too_small_for_a_picture(
    told: dict[str, Any],
) -> None:
    assert told["written"]
    assert all(folder.startswith("var/lib/kirpik/") for folder in told["written"] if folder != "etc/kirpik")
    assert max(told["written"].values()) <= 65_536


def test_an_eye_that_hangs_and_a_link_that_was_killed_come_back(told: dict[str, Any]) -> None:
    assert told["watchdog"]["back"]
    assert told["watchdog"]["said"]
    assert told["watchdog"]["cores"] == []
    assert told["link_back"]


def test_settings_that_the_eye_cannot_start_with_are_taken_back_by_the_third_start(told: dict[str, Any]) -> None:
    assert "kirpikd eye: no camera number 7" in told["roll_back"]["said"][0]
    assert told["roll_back"]["back"]
    assert told["roll_back"]["restarts"] == 3
    assert told["roll_back"]["answers"] >= 1


def test_the_signing_key_may_be_a_credential(told: dict[str, Any]) -> None:
    assert told["credential"] == {"made": 0, "locked": True, "active": True, "receipts": True}


def test_a_full_card_stops_nothing_for_good(told: dict[str, Any]) -> None:
    assert told["full"]["active"]
    assert told["full"]["restarts"] == 0
    assert told["full"]["well_again"]


def test_a_read_only_card_is_told_in_a_sentence(told: dict[str, Any]) -> None:
    (said,) = told["read_only"]["said"]
    assert "cannot write: Read-only file system" in said
    assert not told["read_only"]["traceback"]
    assert told["read_only"]["well_again"]


def test_without_its_coral_stick_the_processor_does_the_work_and_the_heartbeat_says_so(told: dict[str, Any]) -> None:
    assert told["coral"] == {"active": True, "fallback": 1, "said": True}


def test_what_is_wiped_by_order_is_gone(told: dict[str, Any]) -> None:
    assert told["wiped"] == {"code": 0, "left": [], "said": ""}


def test_whoever_keeps_the_clock_the_eye_learns_how_right_the_kernel_holds_it_to_be(told: dict[str, Any]) -> None:
    clock = told["clock"]
    assert clock["started"] == 0
    assert len(clock["seen"]) == 3
    assert ("not kept" in clock["says"]) == (clock["seen"][1] == "0")
    assert clock["eye_knows"]
    assert clock["gone"]


def test_removing_keeps_the_units_data_and_purging_does_not(told: dict[str, Any]) -> None:
    removed = told["removed"]
    assert removed["codes"] == [0, 0]
    assert {"identity", "ledger", "outbox"} <= set(removed["kept"])
    assert removed["left"] == []
    assert removed["enabled"] == []
    assert removed["purged"]


@pytest.mark.parametrize("name", sorted(MOST_EXPOSED))
def test_systemd_finds_little_that_is_exposed(name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"systemd/kirpik-{name}.service"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")
    overall = next(line for line in done.stdout.splitlines() if "Overall exposure level" in line)
    assert float(overall.split(":")[1].split()[0]) <= MOST_EXPOSED[name]
