"""The installer's promises: it says what it would do, refuses in one sentence, and leaves nothing half-made."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED_BY = ("install.sh", "pyproject.toml", "setup.py", "requirements", "systemd")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the installer reads, in a folder whose name has a space, without a virtual environment."""
    folder = tmp_path / "fresh checkout"
    folder.mkdir()
    for name in INSTALLED_BY:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def install(checkout: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "install.sh", *options],
        capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


def test_help_shows_an_example_and_does_nothing(checkout: Path) -> None:
    result = install(checkout, "--help")
    assert result.returncode == 0
    assert "Example:" in result.stdout
    assert not (checkout / ".venv").exists()


def test_a_dry_run_names_the_steps_and_takes_none(checkout: Path) -> None:
    result = install(checkout, "--dry-run", "--demo")
    assert result.returncode == 0, result.stderr
    for step in (
        "venv --clear .venv",
        "--require-hashes --requirement requirements/run.txt",
        "--editable .",
        "kirpik demo",
    ):
        assert step in result.stdout
    assert not (checkout / ".venv").exists()


def test_the_tests_have_a_list_of_their_own(checkout: Path) -> None:
    assert "--requirement requirements/test.txt" in install(checkout, "--dry-run", "--tests").stdout


@pytest.mark.parametrize(
    ("options", "environment", "code", "sentence"),
    [
        (
            ["--dmeo"],
            {},
            2,
            'unknown option "--dmeo"; expected --demo, --tests, --unit, --uninstall, --no-apt, --dry-run or --help',
        ),
        (["--wheelhouse"], {}, 2, "--wheelhouse: expected a folder of wheels after it"),
        (["--unit", "--wheelhouse", "/nowhere"], {}, 1, "/nowhere: no such folder of wheels"),
        ([], {"PYTHON": "/nowhere/python"}, 1, "PYTHON=/nowhere/python is not a 64-bit Python 3.11 or newer"),
    ],
)
def test_a_wrong_call_is_refused_in_one_sentence(
    checkout: Path, options: list[str], environment: dict[str, str], code: int, sentence: str
) -> None:
    result = install(checkout, "--no-apt", *options, **environment)
    assert result.returncode == code
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_a_package_registry_it_says_so_and_can_be_run_again(checkout: Path) -> None:
    offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    for _ in range(2):
        result = install(checkout, "--no-apt", **offline)
        assert result.returncode == 1
        assert "no package registry can be reached" in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert not (checkout / ".venv/installed").exists()


def test_the_pinned_lists_name_no_package_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
