"""The unit's camera code on the real picamera2 and libcamera, in a Debian root whose camera is a virtual one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pi.payload import unit_packages
from tests.pi.root import NoRootError, find_root

ROOT = Path(__file__).parents[2]
TRUTH = ROOT / "provisioning/kirpik_provisioning/demo_road/truth.json"
FRAME_BYTES = 1456 * 1088

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def _root() -> None:
    """Skips where no root can be made: that takes root, Debian's mmdebstrap and systemd-nspawn, and a network."""
    try:
        find_root()
        unit_packages()
    except NoRootError as error:
        pytest.skip(f"no Debian root: {error}")


def camera(*options: str, trial: str = "camera") -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.pi.{trial}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_frames_are_looked_at_where_they_lie_and_given_back() -> None:
    told = camera("--frames", "300")
    assert told["shapes"] == [[1088, 1456], [384, 514]]
    assert not told["owns"]
    assert not told["writeable"]
    assert told["allocated_bytes"] < FRAME_BYTES / 100
    assert told["pictures"] > 20
    assert told["buffers"] == 4
    assert told["bad"] == 0
    assert told["requests_back"] == 4
    assert told["drift_mib"] < 2


def test_what_can_go_wrong_is_told_in_a_sentence() -> None:
    told = camera("--trouble")
    assert "no camera number 3, 1 found: check the cable" in told["no camera"]
    assert "Global Shutter Camera: cannot give 4056×3040 at 30 pictures a second" in told["wrong site"]
    assert "it has a global shutter, expected 0" in told["rolling"]
    assert "/run/bad.json: not JSON" in told["tuning"]
    assert "no tuning file for imx296" in told["no tuning"]
    assert "camera: taken by another program" in told["taken"]
    assert "camera: no picture for 0.5 s" in told["silent"]
    assert told["gone"].startswith(("camera: gone", "camera: no picture for 0.5 s"))


def test_who_speeds_before_the_camera_is_a_packet_that_the_central_opens_and_nobody_else_is() -> None:
    told = camera(trial="scene")
    truth = json.loads(TRUTH.read_text())["vehicles"][0]
    assert truth["role"] == "speeder"
    assert [(one["kind"], one["plate"]) for one in told["violations"]] == [("speeding", truth["plate"])]
    assert 0 < truth["speed_kmh"] - told["violations"][0]["charged_m_per_h"] / 1000 < 5
    assert told["suspects"] == told["reader_calls"] == told["packets"] == 1
    assert told["frames_bad"] == 0
