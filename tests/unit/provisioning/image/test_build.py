"""A card image is made whole or not at all, for each kind of system, and holds no secret."""

import gzip
import lzma
import os
import subprocess
from pathlib import Path

import pytest

from kirpik_provisioning.image import flavour as flavours
from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.deb import parse_fields
from kirpik_provisioning.image.look import look
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.source import file_sha256
from kirpik_provisioning.image.table import read_table
from kirpik_provisioning.image.tools import run_tool
from kirpik_provisioning.image.trouble import ImageError
from tests.unit.provisioning.image.small import FLEET, small_image, small_package


def root_of(image: Path) -> RootFiles:
    return RootFiles(image, read_table(image).root)


def boot_of(image: Path) -> BootFiles:
    return BootFiles(image, read_table(image).boot)


@pytest.fixture(scope="module")
def card(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, and only looked at."""
    folder = tmp_path_factory.mktemp("card")
    build(Plan(pristine, folder / "card.img", [small_package(folder / "kirpik.deb")], FLEET))
    return folder / "card.img"


def test_the_fleets_public_files_and_the_software_lie_in_the_root(card: Path) -> None:
    root = root_of(card)
    assert root.read("/opt/kirpik/bin/kirpikd") == b"#!/bin/sh\n"
    assert root.read("/etc/kirpik/documents/root-1.cbor") == b"root"
    assert b'root_pin = "abab' in (root.read("/etc/kirpik/kirpik.toml") or b"")
    root.check()


def test_dpkg_knows_the_package_as_unpacked(card: Path) -> None:
    status = (root_of(card).read("/var/lib/dpkg/status") or b"").decode()
    ours = [fields for part in status.split("\n\n") if (fields := parse_fields(part)).get("Package") == "kirpik"]
    assert [fields["Status"] for fields in ours] == ["install ok unpacked"]
    assert b"/opt/kirpik/bin/kirpikd\n" in (root_of(card).read("/var/lib/dpkg/info/kirpik.list") or b"")


def test_first_boot_and_console_begin_by_themselves_and_ssh_cannot(card: Path) -> None:
    root = root_of(card)
    wants = "/etc/systemd/system/multi-user.target.wants"
    assert root.link_target(f"{wants}/kirpik-firstboot.service") == "/usr/lib/systemd/system/kirpik-firstboot.service"
    for unit in ("ssh.service", "ssh.socket", "swap.target", "userconfig.service"):
        assert root.link_target(f"/etc/systemd/system/{unit}") == "/dev/null"
    assert "ssh" not in boot_of(card).names()


def test_cores_go_nowhere_and_the_journal_stays_in_memory(card: Path) -> None:
    root = root_of(card)
    assert b"core_pattern = |/bin/false" in (root.read("/etc/sysctl.d/90-kirpik.conf") or b"")
    assert b"Storage=volatile" in (root.read("/etc/systemd/journald.conf.d/90-kirpik.conf") or b"")


def test_a_data_partition_lies_behind_the_root_and_is_mounted(card: Path) -> None:
    table = read_table(card)
    assert table.data is not None
    assert table.data.start >= table.root.end
    assert b"LABEL=kirpik-data /var/lib/kirpik ext4" in (root_of(card).read("/etc/fstab") or b"")
    RootFiles(card, table.data).check()


def test_one_partition_may_be_asked_for(tmp_path: Path, base: Path, package: Path) -> None:
    build(Plan(base, tmp_path / "card.img", [package], FLEET, data_partition=False))
    assert read_table(tmp_path / "card.img").data is None
    words = (boot_of(tmp_path / "card.img").read("cmdline.txt") or b"").decode()
    assert "raspberrypi-sys-mods/firstboot" in words


@pytest.mark.parametrize(
    ("flavour", "file", "said", "word"),
    [
        ("firstrun", "firstrun.sh", "passwd -l", "systemd.run=/boot/firmware/firstrun.sh"),
        ("cloudinit-rpi", "user-data", "#cloud-config", "ds=nocloud;i=kirpik-"),
        ("rpi-preseed", "rpi-preseed.toml", "enabled = false", "cgroup_enable=memory"),
    ],
)
def test_each_system_is_told_in_its_own_words(
    tmp_path: Path, package: Path, flavour: str, file: str, said: str, word: str
) -> None:
    base = small_image(tmp_path / "os.img", flavour=flavour)
    assert build(Plan(base, tmp_path / "card.img", [package], FLEET)).flavour == flavour
    boot = boot_of(tmp_path / "card.img")
    assert said in (boot.read(file) or b"").decode()
    line = (boot.read("cmdline.txt") or b"").decode()
    assert word in line
    assert line.count("\n") == 1
    assert "raspberrypi-sys-mods/firstboot" not in line


def test_kernel_words_said_twice_stand_once() -> None:
    once = flavours.kernel_words("root=x rootwait", "cloudinit-rpi", instance="a", data=True)
    again = flavours.kernel_words(once, "cloudinit-rpi", instance="b", data=True)
    assert again.split() == ["root=x", "rootwait", "cgroup_enable=memory", "consoleblank=0", "ro", "ds=nocloud;i=b"]


def test_kernel_words_mount_the_root_read_only_where_data_has_its_own_partition() -> None:
    assert "ro" in flavours.kernel_words("root=x rw", "rpi-preseed", instance="a", data=True).split()
    assert "rw" not in flavours.kernel_words("root=x rw", "rpi-preseed", instance="a", data=True).split()
    assert "rw" in flavours.kernel_words("root=x rw", "rpi-preseed", instance="a", data=False).split()


def test_the_systems_own_first_boot_changes_its_kernel_words_in_place(tmp_path: Path) -> None:
    """No file of a FAT takes the place of another, and none becomes shorter: one sector is written anew."""
    words = tmp_path / "cmdline.txt"
    words.write_text(flavours.kernel_words("console=tty1 root=x", "firstrun", instance="a", data=True))
    before = words.stat()
    script = flavours.FIRSTRUN.format(host="x").partition("\nwords=")[2].partition("\nrm ")[0]
    subprocess.run(["sh", "-euc", "words=" + script.replace("/boot/firmware", str(tmp_path))], check=True)
    assert words.read_text().split() == ["console=tty1", "root=x", "cgroup_enable=memory", "consoleblank=0", "ro"]
    assert (words.stat().st_size, words.stat().st_ino) == (before.st_size, before.st_ino)


@pytest.mark.parametrize("packing", ["xz", "gz"])
def test_a_packed_image_gives_the_same_card(tmp_path: Path, base: Path, package: Path, packing: str) -> None:
    data = base.read_bytes()
    packed = tmp_path / f"os.img.{packing}"
    packed.write_bytes(lzma.compress(data, preset=0) if packing == "xz" else gzip.compress(data, 1))
    build(Plan(packed, tmp_path / "card.img", [package], FLEET))
    assert look(tmp_path / "card.img").package == "0.1.0 arm64"


def test_the_root_grows_by_what_is_put_in(tmp_path: Path, base: Path) -> None:
    big = small_package(tmp_path / "big.deb", extra={"opt/kirpik/lib/big.so": os.urandom(40 << 20)})
    build(Plan(base, tmp_path / "card.img", [big], FLEET))
    assert read_table(tmp_path / "card.img").root.count > read_table(base).root.count
    assert root_of(tmp_path / "card.img").free_bytes() > 32 << 20
    root_of(tmp_path / "card.img").check()


def test_an_ssh_key_opens_ssh_for_keys_alone(tmp_path: Path, base: Path, package: Path) -> None:
    build(Plan(base, tmp_path / "card.img", [package], FLEET, ssh_key="ssh-ed25519 AAAA me"))
    assert root_of(tmp_path / "card.img").read("/root/.ssh/authorized_keys") == b"ssh-ed25519 AAAA me\n"
    assert look(tmp_path / "card.img").ssh == "keys only"


def test_the_hash_is_written_beside_it(card: Path) -> None:
    assert (card.parent / "card.img.sha256").read_text() == f"{file_sha256(card)}  card.img\n"


def refused(plan: Plan, because: str) -> None:
    """One sentence, and neither a target nor a piece of it is left."""
    before = sorted(plan.target.parent.iterdir())
    with pytest.raises(ImageError, match=because) as caught:
        build(plan)
    assert "\n" not in str(caught.value)
    assert sorted(plan.target.parent.iterdir()) == before


def test_a_wrong_hash_writes_nothing(tmp_path: Path, base: Path, package: Path) -> None:
    refused(Plan(base, tmp_path / "card.img", [package], FLEET, sha256="0" * 64), "fetch it again, nothing was written")


def test_a_truncated_archive_leaves_nothing(tmp_path: Path, base: Path, package: Path) -> None:
    packed = tmp_path / "os.img.xz"
    packed.write_bytes(lzma.compress(base.read_bytes(), preset=0)[:-5000])
    refused(Plan(packed, tmp_path / "card.img", [package], FLEET), "damaged or not whole")


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"PK\x03\x04" + bytes(600), "zip archive: unpack it first"),
        (b"(\xb5/\xfd" + bytes(600), "zstd: unpack it first"),
        (bytes(4096), "no partition table"),
        (b"hello", "no partition table"),
        (
            bytes(446) + bytes([0, 0, 2, 0, 0xEE, 255, 255, 255, 1, 0, 0, 0, 9, 0, 0, 0]) + bytes(48) + b"\x55\xaa",
            "a GPT",
        ),
        (
            bytes(446) + bytes([0, 0, 2, 0, 0x07, 255, 255, 255, 1, 0, 0, 0, 9, 0, 0, 0]) + bytes(48) + b"\x55\xaa",
            "kind 07",
        ),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, package: Path, content: bytes, because: str) -> None:
    source = tmp_path / "os.img"
    source.write_bytes(content)
    refused(Plan(source, tmp_path / "card.img", [package], FLEET), because)


def test_a_boot_partition_without_kernel_words_is_no_raspberry_pi(tmp_path: Path, base: Path, package: Path) -> None:
    boot_of(base).remove("cmdline.txt")
    refused(Plan(base, tmp_path / "card.img", [package], FLEET), "no cmdline.txt")


def test_missing_dependencies_are_named(tmp_path: Path, base: Path) -> None:
    package = small_package(tmp_path / "k.deb", depends="python3 (>= 3.11), python3-picamera2 | other, systemd")
    refused(Plan(base, tmp_path / "card.img", [package], FLEET), "needs python3-picamera2, which is not in the image")


def test_software_is_not_put_in_twice(tmp_path: Path, card: Path, package: Path) -> None:
    refused(Plan(card, tmp_path / "again.img", [package], FLEET), "has kirpik in it already")


def test_an_image_that_is_cut_short_is_refused_by_its_own_name(tmp_path: Path, base: Path, package: Path) -> None:
    os.truncate(base, 9 << 20)
    refused(Plan(base, tmp_path / "card.img", [package], FLEET), f"{base}: damaged or not whole: 9 MiB of 36 MiB")


def test_a_card_without_our_software_is_not_made(tmp_path: Path, base: Path) -> None:
    refused(Plan(base, tmp_path / "card.img", [], FLEET), "no package kirpik, expected --package")


def test_what_is_no_package_is_refused(tmp_path: Path, base: Path) -> None:
    (tmp_path / "k.deb").write_bytes(b"hello")
    refused(Plan(base, tmp_path / "card.img", [tmp_path / "k.deb"], FLEET), "not a Debian package")


def test_half_a_package_is_refused(tmp_path: Path, base: Path, package: Path) -> None:
    package.write_bytes(package.read_bytes()[:-40])
    refused(Plan(base, tmp_path / "card.img", [package], FLEET), "not whole")


def test_a_target_that_is_the_source_is_refused(base: Path, package: Path) -> None:
    before = file_sha256(base)
    refused(Plan(base, base, [package], FLEET), "expected another name")
    assert file_sha256(base) == before


def test_a_root_that_does_not_take_everything_says_so(base: Path) -> None:
    with pytest.raises(ImageError, match="did not take everything"):
        root_of(base).put([Item("/opt/big", data=os.urandom(60 << 20))])


def test_what_a_system_that_was_not_shut_down_had_still_in_its_journal_counts(
    tmp_path: Path, base: Path, package: Path
) -> None:
    """Its table of mounts was written once more, and has reached the journal alone."""
    root = root_of(base)
    place, rest = f"{base}?offset={root.partition.offset}", tmp_path / "rest"
    block = int(run_tool("debugfs", ["-R", "bmap /etc/fstab 0", place])[0])
    rest.write_bytes(b"PARTUUID=00c0ffee-09 /late ext4 defaults 0 0\n".ljust(1024, b"#"))
    script = tmp_path / "script"
    script.write_text(f"journal_open\njournal_write -b {block} {rest}\njournal_close\n")
    run_tool("debugfs", ["-w", "-f", script, place])
    assert b"/late" not in (root.read("/etc/fstab") or b"")
    build(Plan(base, tmp_path / "card.img", [package], FLEET))
    assert b"/late" in (root_of(tmp_path / "card.img").read("/etc/fstab") or b"")


def test_a_root_past_mending_is_refused(tmp_path: Path, base: Path, package: Path) -> None:
    with base.open("r+b") as image:
        image.seek(read_table(base).root.offset + 1024)
        image.write(os.urandom(900 * 1024))
    refused(Plan(base, tmp_path / "card.img", [package], FLEET), "damaged beyond what can be mended")


def test_a_boot_partition_without_room_says_so(base: Path) -> None:
    with pytest.raises(ImageError, match=r"mcopy failed|did not fit"):
        boot_of(base).write("big", os.urandom(40 << 20))


def test_an_earlier_card_image_survives_a_failed_build(card: Path, base: Path, package: Path) -> None:
    before = file_sha256(card)
    refused(Plan(base, card, [package], FLEET, sha256="0" * 64), "SHA-256 is")
    assert file_sha256(card) == before
