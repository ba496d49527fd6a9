"""What a person at a desk does wrong, and the one sentence that comes back."""

from pathlib import Path

import pytest

from kirpik.cli import main
from tests.unit.adapters.recordings import write_folder
from tests.unit.test_site import GOOD, write


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("arguments", [[], ["fly"], ["replay", "x"], ["replay", "x", "--site", "y", "--color"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert run(*arguments) == 2


@pytest.mark.parametrize("command", ["eye", "link", "replay", "check"])
def test_each_command_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert f"example:  kirpikd {command}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("kirpikd ")


def test_a_site_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", tmp_path, "--site", tmp_path / "no.toml") == 1
    assert "no.toml: cannot read the site file" in sentence(capsys)


def test_a_recording_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    assert run("replay", tmp_path / "no.mp4", "--site", site, "--events", tmp_path / "out") == 1
    assert "no.mp4: no such recording" in sentence(capsys)


def test_a_clock_that_runs_backwards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [20, 10])
    assert run("replay", folder, "--site", site, "--events", tmp_path / "out") == 1
    assert "time runs backwards" in sentence(capsys)


def test_the_site_of_another_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [20], size=(320, 200))
    assert run("replay", folder, "--site", site, "--events", tmp_path / "out") == 1
    assert "is this the site file of another camera?" in sentence(capsys)


def test_a_signal_that_the_recording_does_not_tell_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [20])
    assert run("replay", folder, "--site", site, "--events", tmp_path / "out") == 0
    assert "warning: rule[1].signal: the recording has no row of signal 'A'" in sentence(capsys)


def test_a_recording_without_a_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [])
    assert run("replay", folder, "--site", site, "--events", tmp_path / "out") == 0
    assert "no frame could be read, so nothing was looked at" in capsys.readouterr().err


def test_events_that_find_no_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [20])
    assert run("replay", folder, "--site", site, "--events", "/dev/full") == 1
    assert "/dev/full: cannot write the events: No space left on device" in sentence(capsys)


def test_networks_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    assert run("replay", tmp_path, "--site", site, "--models", tmp_path) == 1
    assert "no manifest.json" in sentence(capsys)


def test_a_folder_for_packets_that_is_not_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write(tmp_path, GOOD)
    folder = write_folder(tmp_path / "recording", [20])
    assert run("replay", folder, "--site", site, "--packets", tmp_path) == 1
    assert "is not empty, expected a new folder" in sentence(capsys)


def test_settings_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("eye", "link", "check"):
        assert run(command, "--config", tmp_path / "no.toml") == 1
        assert "no.toml: cannot read the settings" in sentence(capsys)


def test_check_says_of_each_part_whether_it_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "kirpik.toml").write_text('[unit]\nstate = "state"\nsite = "site.toml"\n')
    assert run("check", "--config", tmp_path / "kirpik.toml") == 1
    said = capsys.readouterr().out
    assert "site: ok" in said
    assert "sealing: ok" in said
    assert "identity: " in said
    assert "unit.key: cannot read the key" in said


def test_check_refuses_a_line_outside_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD.replace("[[-1.75, 25.0], [1.75, 25.0]]", "[[-1.75, 2.0], [1.75, 2.0]]"))
    (tmp_path / "kirpik.toml").write_text('[unit]\nstate = "state"\nsite = "site.toml"\n')
    assert run("check", "--config", tmp_path / "kirpik.toml") == 1
    assert "rule[1].line_m: the line lies wholly outside the picture" in capsys.readouterr().out
