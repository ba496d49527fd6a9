"""The wheel of a commit has the same bytes, wherever, whenever and by whomever it is built."""

import os
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.system.ground import ROOT


def build(checkout: Path, out: Path, *, umask: str, zone: str) -> Path:
    python = ROOT / ".venv/bin/python"
    command = ["sh", "-c", f"umask {umask}; requirements/wheel {out}"]
    environment = {**os.environ, "PYTHON": str(python), "TZ": zone, "LC_ALL": "C"}
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    (wheel,) = out.glob("kirpik-*.whl")
    return wheel


@pytest.fixture(scope="module")
def checkout() -> Path:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("not a checkout of git: a wheel is made of a commit")
    return ROOT


def test_two_builds_of_one_commit_make_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a folder of another name"
    subprocess.run(["git", "clone", "--quiet", "--no-local", checkout, elsewhere], check=True)
    one = build(checkout, tmp_path / "one", umask="022", zone="UTC")
    other = build(elsewhere, tmp_path / "other", umask="077", zone="Asia/Almaty")
    assert sha256(one.read_bytes()).digest() == sha256(other.read_bytes()).digest()
    with zipfile.ZipFile(one) as wheel:
        assert "kirpik/pipeline.py" in wheel.namelist()
        assert not [name for name in wheel.namelist() if name.startswith("tests/")]
