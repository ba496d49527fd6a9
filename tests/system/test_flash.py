"""`kirpik flash` on real block devices: the kernel's loop devices, over files in memory. Root alone can make them."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kirpik_provisioning.cli import bench
from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.rootfs import RootFiles
from kirpik_provisioning.image.table import read_table
from tests.unit.provisioning.image.small import FLEET, small_image, small_package

MIB = 1024 * 1024
CARD_MIB = 256


class Card:
    """A loop device, as a card of so many MiB."""

    def __init__(self, file: Path, size: int) -> None:
        self.file = file
        with file.open("wb") as out:
            out.truncate(size)
        self.device = Path(self._losetup("--find", "--show", "--partscan", str(file)))

    def take_out(self) -> None:
        subprocess.run(["losetup", "-d", self.device], check=False)

    def first_block(self) -> bytes:
        return self.device.read_bytes()[:512] if self.device.exists() else b""

    def _losetup(self, *words: str) -> str:
        return subprocess.run(["losetup", *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    base = small_image(tmp_path / "os.img")
    build(Plan(base, tmp_path / "card.img", [small_package(tmp_path / "k.deb")], FLEET))
    return tmp_path / "card.img"


@pytest.fixture
def _loops(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("loop devices are made by root")
    try:
        Card(tmp_path / "trial.raw", MIB).take_out()
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        pytest.skip(f"no loop device here: {error}")


@pytest.fixture
def card(tmp_path: Path, _loops: None) -> Iterator[Card]:
    card = Card(tmp_path / "card.raw", CARD_MIB * MIB)
    yield card
    card.take_out()


def flash(*words: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(bench, ["flash", *map(str, words)], input=answer)


def test_a_card_is_written_read_back_and_made_its_own(image: Path, card: Card) -> None:
    done = flash(image, card.device, "--fixed-disk", "--yes", "--label", "Абай 10", "--language", "kk")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output.splitlines()[-1])
    assert told["sha256"] == hashlib.sha256(image.read_bytes()).hexdigest()
    table = read_table(card.device)
    assert table.data is not None
    assert (CARD_MIB - 8) * MIB < table.data.offset + table.data.size <= CARD_MIB * MIB
    assert b"label = " in (BootFiles(card.device, table.boot).read("kirpik/card.toml") or b"")
    RootFiles(card.device, table.root).check()
    written = card.device.read_bytes()[4 * MIB + 9 * MIB : 4 * MIB + 30 * MIB]
    assert written == image.read_bytes()[4 * MIB + 9 * MIB : 4 * MIB + 30 * MIB]


def test_a_batch_asks_for_each_card_and_prints_labels(image: Path, card: Card, tmp_path: Path) -> None:
    (tmp_path / "sheet.txt").write_text("lusab babad gutih tugad mudof  Abay 10  until x\nAbay 12\n")
    sheet, pdf = str(tmp_path / "sheet.txt"), str(tmp_path / "labels.pdf")
    words = [str(image), str(card.device), "--fixed-disk", "--batch", sheet, "--labels", pdf]
    done = flash(*words, answer="y\ny\n")
    assert done.exit_code == 0, done.output
    assert done.output.count("is whole") == 2
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF-")
    stopped = flash(*words, answer="y\nn\n")
    assert stopped.exit_code == 1
    assert "stopped before card 2" in str(stopped.exception)


def test_a_mounted_card_is_refused(image: Path, card: Card, tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    subprocess.run(["mke2fs", "-q", "-F", card.device], check=True)
    subprocess.run(["mount", "-o", "ro", card.device, place], check=True)
    try:
        assert "is mounted" in str(flash(image, card.device, "--fixed-disk", "--yes").exception)
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_real_partition_is_refused_and_the_card_named(image: Path, card: Card) -> None:
    assert flash(image, card.device, "--fixed-disk", "--yes").exit_code == 0
    partition = Path(f"{card.device}p2")
    if not partition.exists():
        pytest.skip("this kernel shows no partitions of loop devices")
    assert f"expected the whole card ({card.device})" in str(flash(image, partition, "--fixed-disk", "--yes").exception)


def test_this_systems_own_disk_is_refused(image: Path) -> None:
    """Whatever it is called: the device of the root's mount."""
    source = subprocess.run(
        ["findmnt", "-no", "SOURCE", "/"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not source.startswith("/dev/") or not Path(source).is_block_device():
        pytest.skip("the root lies on no block device of this machine")
    said = str(flash(image, source, "--fixed-disk", "--yes").exception)
    assert "this system itself" in said or "is a partition" in said


@pytest.mark.usefixtures("_loops")
def test_a_card_that_is_too_small_is_refused_untouched(image: Path, tmp_path: Path) -> None:
    small = Card(tmp_path / "small.raw", 16 * MIB)
    try:
        assert "take a larger card" in str(flash(image, small.device, "--fixed-disk", "--yes").exception)
        assert set(small.device.read_bytes()) == {0}
    finally:
        small.take_out()


@pytest.mark.usefixtures("_loops")
def test_a_card_that_breaks_in_the_middle_boots_nothing(image: Path, tmp_path: Path) -> None:
    """The file behind the device lies on a file system that fills up: the kernel answers a write with EIO."""
    place = tmp_path / "full"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", place], check=True)
    broken = Card(place / "card.raw", CARD_MIB * MIB)
    try:
        done = flash(image, broken.device, "--fixed-disk", "--yes")
        assert done.exit_code == 1
        assert "no partition table now" in str(done.exception), done.exception
        assert set(broken.first_block()) <= {0}
    finally:
        broken.take_out()
        subprocess.run(["umount", "-l", place], check=False)


def test_a_wrong_hash_boots_nothing(image: Path, card: Card) -> None:
    done = flash(image, card.device, "--fixed-disk", "--yes", "--sha256", "0" * 64)
    assert done.exit_code == 1
    assert "expected 0000" in str(done.exception)
    assert set(card.first_block()) == {0}


def test_without_a_yes_nothing_is_written(image: Path, card: Card) -> None:
    assert flash(image, card.device, "--fixed-disk", answer="n\n").exit_code == 1
    assert set(card.first_block()) == {0}
