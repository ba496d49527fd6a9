"""Nothing is written that is not a free card: each reason to refuse, with the kernel's files laid out in a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from kirpik_provisioning.flash.device import Kernel, candidates, find_card
from kirpik_provisioning.image.trouble import DeviceError

GIB = 1024**3


@dataclass
class FakeKernel:
    """One card `sdx`, 8:64, with two partitions, as sysfs shows it."""

    root: Path

    def __post_init__(self) -> None:
        self.write("sys/block/sdx/size", str(16 * GIB // 512))
        self.write("sys/block/sdx/ro", "0")
        self.write("sys/block/sdx/removable", "1")
        self.write("sys/block/sdx/dev", "8:64")
        self.write("sys/block/sdx/device/vendor", "Generic ")
        self.write("sys/block/sdx/device/model", "SD Reader  ")
        for number in (1, 2):
            self.write(f"sys/block/sdx/sdx{number}/partition", str(number))
            self.write(f"sys/block/sdx/sdx{number}/dev", f"8:{64 + number}")
            (self.root / f"sys/block/sdx/sdx{number}/holders").mkdir()
        (self.root / "sys/dev/block").mkdir(parents=True)
        (self.root / "sys/dev/block/8:64").symlink_to(self.root / "sys/block/sdx")
        (self.root / "sys/dev/block/8:65").symlink_to(self.root / "sys/block/sdx/sdx1")
        self.write("proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/vda rw\n")
        self.write("proc/swaps", "Filename Type Size Used Priority\n")

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text + "\n")

    def kernel(self) -> Kernel:
        return Kernel(self.root / "sys", self.root / "proc")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    numbers = {"sdx": 64, "sdx1": 65}
    real = Path.stat

    def stat_of(path: Path, **words: bool) -> os.stat_result:
        if path.parent == Path("/dev") and path.name in numbers:
            return os.stat_result((0o60660, *[0] * 9), {"st_rdev": os.makedev(8, numbers[path.name])})
        return real(path, **words)

    monkeypatch.setattr(Path, "stat", stat_of)
    return FakeKernel(tmp_path)


def refused(fake: FakeKernel, because: str, *, path: str = "/dev/sdx", needed: int = GIB) -> None:
    with pytest.raises(DeviceError, match=because):
        find_card(Path(path), needed=needed, kernel=fake.kernel())


def test_a_free_card_is_found_with_its_name_and_size(fake: FakeKernel) -> None:
    card = find_card(Path("/dev/sdx"), needed=GIB, kernel=fake.kernel())
    assert str(card) == "/dev/sdx (Generic SD Reader, 16.0 GiB)"


def test_a_partition_is_refused_and_the_whole_card_named(fake: FakeKernel) -> None:
    refused(fake, r"is a partition, expected the whole card \(/dev/sdx\)", path="/dev/sdx1")


def test_the_disk_that_this_system_runs_from_is_refused(fake: FakeKernel) -> None:
    fake.write("proc/self/mountinfo", "22 1 8:66 / / rw - ext4 /dev/sdx2 rw")
    refused(fake, r"sdx2 is mounted \(this system itself\)")


def test_a_mounted_card_is_refused_and_the_place_named(fake: FakeKernel) -> None:
    fake.write("proc/self/mountinfo", "22 1 8:65 / /media/me/bootfs rw - vfat /dev/sdx1 rw")
    refused(fake, "sdx1 is mounted (/media/me/bootfs)".replace("(", r"\(").replace(")", r"\)"))


def test_swap_is_refused(fake: FakeKernel) -> None:
    fake.write("proc/swaps", "Filename Type Size Used Priority\n/dev/sdx2 partition 1 0 -2")
    refused(fake, "sdx2 is this system's swap")


def test_a_part_of_something_larger_is_refused(fake: FakeKernel) -> None:
    (fake.root / "sys/block/sdx/sdx2/holders/dm-0").mkdir()
    refused(fake, "sdx2 is part of dm-0")


def test_a_locked_card_is_refused_and_the_lever_named(fake: FakeKernel) -> None:
    fake.write("sys/block/sdx/ro", "1")
    refused(fake, "small lever")


def test_a_reader_without_a_card_says_so(fake: FakeKernel) -> None:
    fake.write("sys/block/sdx/size", "0")
    refused(fake, "no card in it")


def test_an_image_that_is_too_large_is_refused_with_both_sizes(fake: FakeKernel) -> None:
    refused(fake, "16384 MiB, but the image needs 20480 MiB: take a larger card", needed=20 * GIB)


def test_what_is_larger_than_any_card_is_a_disk(fake: FakeKernel) -> None:
    fake.write("sys/block/sdx/size", str(4096 * GIB // 512))
    refused(fake, "larger than any card")


def test_what_cannot_be_taken_out_wants_a_word_more(fake: FakeKernel) -> None:
    fake.write("sys/block/sdx/removable", "0")
    refused(fake, "--fixed-disk if you are sure")
    assert find_card(Path("/dev/sdx"), needed=GIB, fixed_too=True, kernel=fake.kernel()).name == "sdx"


def test_a_file_and_a_missing_device_are_refused(tmp_path: Path) -> None:
    (tmp_path / "card").touch()
    for path, because in ((tmp_path / "card", "not a block device"), (tmp_path / "none", "No such file")):
        with pytest.raises(DeviceError, match=because):
            find_card(path, needed=0)


def test_only_free_cards_are_listed(fake: FakeKernel) -> None:
    assert [card.name for card in candidates(fake.kernel())] == ["sdx"]
    fake.write("proc/self/mountinfo", "22 1 8:65 / /media/me/bootfs rw - vfat /dev/sdx1 rw")
    assert list(candidates(fake.kernel())) == []
