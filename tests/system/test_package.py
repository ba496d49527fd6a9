"""The Debian package: the same input makes the same bytes, and dpkg understands what it is told."""

import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from kirpik_provisioning.image.trouble import ImageError
from kirpik_provisioning.package.deb import build_package
from kirpik_provisioning.package.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small wheel stands for all: what the real ones do is tried where the package is booted."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "feather-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("feather/__init__.py", "")
    return folder


@pytest.fixture(scope="module")
def package(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first")
    return build_package(out, checkout=ROOT, machine="aarch64", python="3.13", wheels=wheels, level=0)


def test_two_builds_make_the_same_bytes(package: Path, wheels: Path, tmp_path: Path) -> None:
    again = build_package(tmp_path, checkout=ROOT, machine="aarch64", python="3.13", wheels=wheels, level=0)
    assert again.name == package.name
    assert sha256(again.read_bytes()).digest() == sha256(package.read_bytes()).digest()


def test_dpkg_reads_whom_it_is_for_and_what_it_needs(package: Path) -> None:
    def field(name: str) -> str:
        words = ["dpkg-deb", "--field", str(package), name]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    assert package.name.endswith("_arm64.deb")
    assert field("Architecture") == "arm64"
    assert "python3.13" in field("Depends")
    assert "nftables" in field("Depends")
    assert "python3-picamera2" in field("Recommends")


def test_everything_in_it_belongs_to_root_and_holds_no_settings(package: Path) -> None:
    listed = subprocess.run(["dpkg-deb", "--contents", str(package)], capture_output=True, text=True, check=True).stdout
    rows = [row.split() for row in listed.splitlines()]
    assert {row[1] for row in rows} == {"root/root"}
    places = {row[5].removeprefix("./") for row in rows}
    for place in ("opt/kirpik/bin/kirpikd", "usr/lib/systemd/system/kirpik-eye.service", "usr/lib/kirpik/kirpik.nft"):
        assert place in places
    assert [place for place in places if place.startswith("etc/kirpik/") and not place.endswith("/")] == []


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_its_scripts_are_shell(name: str) -> None:
    text = SCRIPTS[name].replace("@PYTHON@", "3.13")
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if shutil.which("shellcheck"):
        checked = subprocess.run(["shellcheck", "-"], input=text, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


def test_a_machine_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="machine riscv64: expected aarch64 or x86_64"):
        build_package(tmp_path, checkout=ROOT, machine="riscv64", python="3.13")
