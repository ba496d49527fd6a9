"""Compiling for a Coral, with a compiler that only copies: the real one cannot be had here."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kirpik.adapters.models_folder import find_models, read_manifest
from kirpik_models.cli import main

COPIES = '#!/bin/sh\ncp "$3" "$2/$(basename "$3" .tflite)_edgetpu.tflite"\n'
FAILS = "#!/bin/sh\necho 'Internal compiler error' >&2\nexit 1\n"


def compiler(folder: Path, script: str) -> str:
    path = folder / "compiler"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_compiled_networks_get_a_manifest_that_the_unit_accepts(tmp_path: Path) -> None:
    out = tmp_path / "coral"
    done = CliRunner().invoke(
        main,
        ["compile", "--out", str(out), "--compiler", compiler(tmp_path, COPIES), "--models", str(find_models())],
    )
    assert done.exit_code == 0, done.output
    compiled = read_manifest(out)
    assert {entry.file for entry in compiled.networks.values()} == {
        "detector_edgetpu.tflite", "corners_edgetpu.tflite", "reader_edgetpu.tflite",
    }  # fmt: skip
    assert compiled.networks["reader"].settings == read_manifest(find_models()).networks["reader"].settings


@pytest.mark.parametrize(
    ("script", "said"), [(FAILS, "Internal compiler error"), (None, "is the Edge TPU compiler installed?")]
)
def test_a_compiler_that_fails_or_is_missing_is_said_so(tmp_path: Path, script: str | None, said: str) -> None:
    program = compiler(tmp_path, script) if script else str(tmp_path / "none")
    done = CliRunner().invoke(
        main, ["compile", "--out", str(tmp_path / "coral"), "--compiler", program, "--models", str(find_models())]
    )
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "coral/manifest.json").exists()
