"""`kirpik-models read`: one JSON line a frame, one sentence for what cannot be read."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from kirpik_models.cli import main
from kirpik_models.evaluate_stills import overlap


def grey(path: Path, width: int = 320, height: int = 200) -> Path:
    Image.new("RGB", (width, height), (110, 110, 110)).save(path)
    return path


def test_each_picture_gives_a_line_with_its_plates_and_time(tmp_path: Path) -> None:
    grey(tmp_path / "a.png")
    grey(tmp_path / "b.jpg", 1280, 720)
    result = CliRunner().invoke(main, ["read", str(tmp_path), "--format", "any"])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["file"], line["frame"], line["plates"]) for line in lines] == [("a.png", 0, []), ("b.jpg", 0, [])]
    assert all(line["ms"] > 0 for line in lines)


def test_a_damaged_file_costs_a_sentence_and_the_others_are_still_read(tmp_path: Path) -> None:
    grey(tmp_path / "b.png")
    (tmp_path / "a.jpg").write_bytes(b"")
    result = CliRunner().invoke(main, ["read", str(tmp_path)])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["file"] == "b.png"
    assert result.stderr.count("\n") == 1
    assert "a.jpg: the file is empty" in result.stderr


@pytest.mark.parametrize("arguments", [["read"], ["read", "x.png", "--format", "atlantis"], ["bake"]])
def test_wrong_use_is_told_apart_from_failure(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_a_folder_of_networks_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["read", str(grey(tmp_path / "a.png")), "--models", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["read"], ["train", "reader"], ["quantize", "reader"], ["evaluate", "stills"]])
def test_every_command_explains_itself_with_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert "example:" in result.stdout


def test_overlap_is_one_for_the_same_rectangle_and_zero_apart() -> None:
    quad = np.array([(10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0)])
    assert overlap(quad, (10, 10, 20, 10)) == pytest.approx(1.0)
    assert overlap(quad, (100, 10, 20, 10)) == 0.0
