"""A small stand-in for a Raspberry Pi OS image, and for our package: laid out alike, made without root in a blink."""

import io
import subprocess
import tarfile
from pathlib import Path

from kirpik_provisioning.image.fleet_files import FleetFiles
from kirpik_provisioning.image.table import ENTRIES_AT, ENTRY, NO_CHS, SECTOR
from kirpik_provisioning.image.tools import find_tool

MIB = 1024 * 1024
BOOT_AT, BOOT_COUNT, ROOT_AT = 8192, 8 * MIB // SECTOR, 8192 + 8 * MIB // SECTOR
STATUS = """\
Package: python3
Status: install ok installed
Version: 3.13

Package: systemd
Status: install ok installed
Version: 257

"""
CMDLINE = (
    "console=tty1 root=PARTUUID=00c0ffee-02 rootfstype=ext4 fsck.repair=yes rootwait"
    " init=/usr/lib/raspberrypi-sys-mods/firstboot"
)
CONTROL = """\
Package: kirpik
Version: 0.1.0
Architecture: arm64
Depends: {depends}
Description: road
 watcher
"""
FLEET = FleetFiles("ab" * 32, b"ca\n", {"root-1.cbor": b"root", "set-1.cbor": b"set"}, "broker.example")


def small_image(
    path: Path, *, flavour: str = "firstrun", root_mib: int = 24, shadow: str = "root:*:20000::::::\n"
) -> Path:
    tree = path.with_name(path.name + ".tree")
    files = {
        "etc/fstab": "proc /proc proc defaults 0 0\nPARTUUID=00c0ffee-02 / ext4 defaults,noatime 0 1\n",
        "etc/shadow": shadow, "etc/hostname": "raspberrypi\n", "etc/systemd/system/getty.target.wants/x": "",
        "var/lib/dpkg/status": STATUS, "var/lib/dpkg/info/python3.list": "", "var/log/x": "", "usr/bin/python3": "",
        "usr/lib/systemd/system/multi-user.target": "", "etc/ssh/sshd_config": "", "var/tmp/x": "",
    }  # fmt: skip
    if flavour == "rpi-preseed":
        files["usr/lib/systemd/system/rpi-preseed.service"] = ""
    if flavour == "cloudinit-rpi":
        files["usr/bin/cloud-init"] = ""
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    count = root_mib * MIB // SECTOR
    rows = [(0, 0x0C, BOOT_AT, BOOT_COUNT), (0, 0x83, ROOT_AT, count)]
    table = b"".join(ENTRY.pack(flags, NO_CHS, kind, NO_CHS, start, size) for flags, kind, start, size in rows)
    head = bytes(440) + bytes.fromhex("eeffc000") + bytes(2) + table + bytes(32) + b"\x55\xaa"
    assert len(head) == SECTOR
    assert head[ENTRIES_AT : ENTRIES_AT + len(table)] == table
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate((ROOT_AT + count) * SECTOR)
    place = f"{path}@@{BOOT_AT * SECTOR}"
    _run("mformat", "-i", place, "-T", str(BOOT_COUNT), "-h", "16", "-s", "32", "::")
    for name, text in {"cmdline.txt": CMDLINE + "\n", "config.txt": "[all]\narm_64bit=1\n", "ssh": ""}.items():
        subprocess.run([find_tool("mcopy"), "-i", place, "-", f"::{name}"], input=text.encode(), check=True)
    options = ["-q", "-F", "-t", "ext4", "-L", "rootfs", "-d", str(tree), "-E", f"offset={ROOT_AT * SECTOR}"]
    _run("mke2fs", *options, str(path), f"{root_mib}M")
    return path


def small_package(path: Path, *, depends: str = "python3", extra: dict[str, bytes] | None = None) -> Path:
    """As dpkg-deb would build it."""
    control = CONTROL.format(depends=depends)
    files = {
        "usr/lib/systemd/system/kirpik-eye.service": b"[Unit]\n", "opt/kirpik/bin/kirpikd": b"#!/bin/sh\n",
        **(extra or {}),
    }  # fmt: skip
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": _tar({"control": control.encode(), "postinst": b"#!/bin/sh\nexit 0\n"}),
        "data.tar": _tar(files, packing=""),
    }
    out = b"!<arch>\n"
    for name, data in parts.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    path.write_bytes(out)
    return path


def _tar(files: dict[str, bytes], *, packing: str = "gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{packing}") as tar:  # type: ignore[call-overload]  # the mode is made of two
        for name, data in files.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size, entry.mode = len(data), 0o755 if "bin/" in name else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _run(*command: str) -> None:
    subprocess.run([find_tool(command[0]), *command[1:]], check=True, capture_output=True)
