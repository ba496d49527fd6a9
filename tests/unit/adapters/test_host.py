"""The system around a unit: looked at honestly, changed only twice harmlessly."""

from pathlib import Path

import pytest

from kirpik.adapters.card import Card, forget_token, read_card
from kirpik.adapters.host_setup import HostSetup
from kirpik.adapters.host_state import Host
from kirpik.errors import ConfigError, StoreError

FSTAB = """\
proc            /proc           proc    defaults          0       0
PARTUUID=00c0ffee-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=00c0ffee-02  /               ext4    defaults,noatime  0       1
LABEL=kirpik-data /var/lib/kirpik ext4 defaults,noatime 0 2
"""
TCP = "  sl  local_address rem_address   st\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "etc/fstab": FSTAB, "etc/hostname": "raspberrypi\n",
        "etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n",
        "boot/firmware/cmdline.txt": "console=tty1 root=PARTUUID=00c0ffee-02 rootwait ro\n",
        "proc/swaps": "Filename Type Size Used Priority\n", "proc/sys/kernel/core_pattern": "|/bin/false\n",
        "proc/self/mounts": "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\ntmpfs /var/log tmpfs rw 0 0\n", "proc/net/tcp": TCP,
        "sys/fs/cgroup/cgroup.controllers": "cpu io memory pids\n", "etc/cloud/cloud.cfg": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_system_as_it_must_be_has_no_complaint(root: Path) -> None:
    assert {name: look() for name, look in Host(root).questions().items()} == dict.fromkeys(Host(root).questions())


@pytest.mark.parametrize(
    ("question", "file", "text", "said"),
    [
        ("swap", "proc/swaps", "Filename\n/dev/zram0 partition 1 0 100\n", "swapped out to /dev/zram0"),
        ("cores", "proc/sys/kernel/core_pattern", "core\n", "a crashed process is written to 'core'"),
        ("doors", "proc/net/tcp", f"{TCP}   0: 00000000:0016 00000000:0000 0A\n", "listens on port 22"),
        ("memory", "sys/fs/cgroup/cgroup.controllers", "cpu io pids\n", "cgroup_enable=memory in cmdline.txt"),
    ],
)
def test_each_trouble_says_what_to_do(root: Path, question: str, file: str, text: str, said: str) -> None:
    (root / file).write_text(text)
    assert said in (Host(root).questions()[question]() or "")


def test_a_journal_on_the_card_is_told_and_one_in_memory_is_not(root: Path) -> None:
    (root / "var/log/journal/abc").mkdir(parents=True)
    assert Host(root).journal() is None
    (root / "proc/self/mounts").write_text("/dev/mmcblk0p2 / ext4 rw 0 0\n")
    assert "kept on the card" in (Host(root).journal() or "")


def test_loopback_is_no_door(root: Path) -> None:
    (root / "proc/net/tcp").write_text(f"{TCP}   0: 0100007F:1234 00000000:0000 0A\n")
    assert Host(root).doors() is None


def test_the_name_is_set_once_and_for_both_files(root: Path) -> None:
    assert HostSetup(root).name("kirpik-lusab-babad")
    assert (root / "etc/hostname").read_text() == "kirpik-lusab-babad\n"
    assert "127.0.1.1\tkirpik-lusab-babad\n" in (root / "etc/hosts").read_text()
    assert "raspberrypi" not in (root / "etc/hosts").read_text()
    assert not HostSetup(root).name("kirpik-lusab-babad")


def test_sealing_makes_root_and_boot_read_only_and_leaves_the_data_alone(root: Path) -> None:
    assert HostSetup(root).seal()
    rows = {row[1]: row[3] for line in (root / "etc/fstab").read_text().splitlines() if (row := line.split())}
    assert (rows["/"], rows["/boot/firmware"], rows["/var/lib/kirpik"]) == (
        "ro,noatime",
        "ro,defaults",
        "defaults,noatime",
    )
    assert (root / "etc/cloud/cloud-init.disabled").exists()
    assert not HostSetup(root).seal()


def test_sealing_changes_nothing_on_the_boot_partition_for_a_fat_loses_files_in_a_power_cut(root: Path) -> None:
    boot = root / "boot/firmware"
    for path in (boot / "cmdline.txt", boot):
        path.chmod(path.stat().st_mode & ~0o222)
    before = (boot / "cmdline.txt").stat()
    assert HostSetup(root).seal()
    assert [path.name for path in boot.iterdir()] == ["cmdline.txt"]
    assert (boot / "cmdline.txt").stat().st_mtime_ns == before.st_mtime_ns


def test_a_root_that_is_read_only_is_known_as_such(root: Path) -> None:
    assert not Host(root).read_only()
    (root / "proc/self/mounts").write_text("/dev/mmcblk0p2 / ext4 ro,noatime 0 0\n")
    assert Host(root).read_only()


def test_a_file_that_cannot_be_written_is_one_sentence(root: Path) -> None:
    (root / "etc/hostname").unlink()
    (root / "etc/hostname").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        HostSetup(root).name("x")


def test_a_card_is_read_and_its_token_goes(tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    assert read_card(path) == Card()
    path.write_text('label = "Абай 10"\ntoken = "a b c d e"\nlanguage = "kk"\n')
    assert read_card(path).label == "Абай 10"
    forget_token(path)
    forget_token(path)
    assert not path.exists()


@pytest.mark.parametrize("text", ["label = ", "other = 1", "label = 5"])
def test_a_card_that_says_nonsense_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"card\.toml"):
        read_card(tmp_path / "card.toml")
