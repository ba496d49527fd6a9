"""A tuning file with a cap on the exposure: nothing else is touched, and what is none is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from kirpik.adapters.tuning import cap_exposure, find_tuning, read_tuning
from kirpik.errors import ConfigError

MODES = {"normal": {"shutter": [100, 10000, 30000], "gain": [1.0, 4.0, 8.0]}, "short": {"shutter": [100, 5000]}}
CHANNELS = {"version": 2.0, "target": "pisp", "algorithms": [
    {"rpi.black_level": {"black_level": 3840}}, {"rpi.agc": {"channels": [{"exposure_modes": MODES}] * 2}},
]}  # fmt: skip
PLAIN = {"version": 2.0, "target": "bcm2835", "algorithms": [{"rpi.agc": {"exposure_modes": MODES}}]}


@pytest.mark.parametrize("tuning", [CHANNELS, PLAIN], ids=["channels", "one"])
def test_no_exposure_mode_reaches_further_than_the_cap(tuning: dict[str, Any]) -> None:
    text = json.dumps(cap_exposure(tuning, 1500))
    assert '"shutter": [100, 1500, 1500]' in text
    assert '"shutter": [100, 1500]' in text
    assert "30000" not in text
    assert "30000" in json.dumps(tuning)


def test_everything_else_stays_as_it_was() -> None:
    assert json.dumps(cap_exposure(CHANNELS, 10**9)) == json.dumps(CHANNELS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a tuning file, expected version 2.0"),
        ('{"version": 2.0, "algorithms": []}', "not a tuning file"),
        ('{"version": 2.0, "algorithms": [{"rpi.agc": {"exposure_modes": {"normal": {"shutter": []}}}}]}', "not a tun"),
        ('{"version": 1.0, "rpi.agc": {}}', "not a tuning file"),
        ('{"version": 2.0, "algorithms": [7, {"rpi.agc": null}, {"rpi.agc": {"channels": [3]}}]}', "not a tuning file"),
    ],
)
def test_a_wrong_tuning_file_is_refused_in_a_sentence(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"own\.json: {reason}"):
        read_tuning(path)


def test_a_tuning_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.json: cannot read the tuning file: No such file"):
        read_tuning(tmp_path / "gone.json")


def test_the_systems_file_is_found_by_processor_and_sensor(tmp_path: Path) -> None:
    (tmp_path / "pisp").mkdir()
    (tmp_path / "pisp" / "imx296.json").write_text("{}")
    assert find_tuning("imx296", "PISP", (tmp_path / "none", tmp_path)) == tmp_path / "pisp" / "imx296.json"
    with pytest.raises(ConfigError, match=r"no tuning file for imx296: expected .*vc4/imx296\.json; install"):
        find_tuning("imx296", "VC4", (tmp_path,))
