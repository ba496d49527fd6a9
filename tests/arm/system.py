"""A card image like Raspberry Pi OS Trixie, for a machine that QEMU has: FAT with a kernel, ext4 with Debian.

Debian 13 for arm64 by mmdebstrap, its programs run by QEMU through a binfmt_misc of our own (Linux 6.7 or newer). The
slow part, once: some 10 minutes on a free machine, 36 on one as busy as ours was.
"""

import gzip
import io
import lzma
import os
import shutil
import subprocess
import sys
from pathlib import Path

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.table import ENTRY, NO_CHS, SECTOR, read_table
from kirpik_provisioning.image.tools import run_tool
from tests.arm.cache import Apt, find_qemu
from tests.pi.root import NoRootError, cache_folder, fingerprint, made_once

SUITE = "trixie"
PACKAGES = (
    "systemd-sysv", "systemd-timesyncd", "udev", "dbus", "python3", "ca-certificates", "iproute2", "kmod", "cloud-init",
    "nftables", "e2fsprogs", "openssh-server", "passwd", "login", "procps",
)  # fmt: skip
ADDED = ("python3-systemd", "kbd")
"""Given to `kirpik image build` as packages of their own, as for an image that lacks them."""
FONT = "usr/share/consolefonts/CyrAsia-TerminusBold16.psf.gz"
"""Of console-setup-linux, which Raspberry Pi OS has."""
BOOT_MODULES = ("virtio_blk", "virtio_mmio", "ext4", "crc32c_generic", "virtio_net")
MODULES = (
    "drivers/virtio", "drivers/block/virtio_blk.ko.xz", "drivers/net/virtio_net.ko.xz",
    "drivers/net/net_failover.ko.xz", "drivers/gpu/drm", "drivers/input", "net/core", "net/netfilter", "net/ipv4",
    "net/ipv6", "fs/autofs", "fs/ext4", "fs/jbd2", "fs/mbcache.ko.xz", "fs/fat", "fs/nls", "lib", "crypto", "arch",
)  # fmt: skip
DISK_ID = 0x00C0FFEE
BOOT_AT, BOOT_MIB, SLACK_MIB = 8192, 96, 160
MIB = 1024 * 1024
FSTAB = """\
proc            /proc           proc    defaults          0       0
PARTUUID=00c0ffee-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=00c0ffee-02  /               ext4    defaults,noatime  0       1
"""
CMDLINE = (
    "console=ttyAMA0,115200 root=PARTUUID=00c0ffee-02 rootfstype=ext4 fsck.repair=yes rootwait"
    " systemd.default_device_timeout_sec=900\n"
)
"""The last word because udev itself may take minutes on a machine that imitates another and has other work."""
WIRED = "[Match]\nName=e*\n[Network]\nDHCP=yes\n"
INIT = """\
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
{insmod}
for try in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda2 ] && break; $b sleep 0.3; done
mode=rw; for word in $($b cat /proc/cmdline); do [ "$word" = ro ] && mode=ro; done
$b mount -t ext4 -o $mode /dev/vda2 /root || $b sh
exec $b switch_root /root /sbin/init
"""


def find_base() -> Path:
    """The folder with `os.img` and, beside it, `packages/`. Raises NoRootError with the reason."""
    if os.geteuid() != 0:
        raise NoRootError("a Debian root can be made by root alone")
    debian = find_debian()

    def make(partial: Path) -> None:
        partial.mkdir()
        apt = Apt(partial / "apt", "arm64", (SUITE,))
        tree = partial / "tree"
        shutil.copytree(debian, tree, symlinks=True)
        kernel = _kernel(apt, partial / "kernel", tree)
        apt.download(partial / "packages", *ADDED)
        _font(apt, partial / "font", tree)
        _settle(tree)
        _image(partial / "os.img", tree, kernel, _initrd(apt, partial, tree))
        for name in ("tree", "kernel", "apt", "busybox", "font"):
            shutil.rmtree(partial / name)

    return made_once(cache_folder() / f"arm-os-{fingerprint(Path(__file__).read_text())}", make)


def find_debian() -> Path:
    """As mmdebstrap makes it, not yet settled for a card."""
    qemu = find_qemu()

    def make(partial: Path) -> None:
        quiet = ['--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"', "--skip=check/qemu"]
        without = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
        command = [
            sys.executable, "-m", "tests.arm.binfmt", str(qemu / "usr/bin/qemu-aarch64"),
            "mmdebstrap", "--quiet", "--mode=root", "--arch=arm64", "--variant=minbase", *quiet, *without,
            "--dpkgopt=force-unsafe-io", f"--include={','.join(PACKAGES)}", SUITE, str(partial),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoRootError(f"mmdebstrap: {(done.stderr.strip() or 'failed').splitlines()[-1]}")

    return made_once(cache_folder() / f"arm-debian-{fingerprint(SUITE, *PACKAGES)}", make)


def _kernel(apt: Apt, folder: Path, tree: Path) -> Path:
    """Debian's own kernel with the modules that the machine has a use for."""
    (deb,) = apt.download(folder, apt.newest("linux-image-arm64"))
    subprocess.run(["dpkg", "-x", deb, folder], check=True)
    (modules,) = (folder / "usr/lib/modules").iterdir()
    target = tree / "usr/lib/modules" / modules.name
    for name in MODULES:
        source = modules / "kernel" / name
        if source.is_dir():
            shutil.copytree(source, target / "kernel" / name, dirs_exist_ok=True)
        elif source.exists():
            (target / "kernel" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / "kernel" / name)
    for index in modules.glob("modules.*"):
        shutil.copy(index, target)
    run_tool("depmod", ["-b", tree, modules.name])
    return next((folder / "boot").glob("vmlinuz-*"))


def _font(apt: Apt, folder: Path, tree: Path) -> None:
    (deb,) = apt.download(folder, "console-setup-linux")
    subprocess.run(["dpkg", "-x", deb, folder], check=True)
    (tree / FONT).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / FONT, tree / FONT)


def _initrd(apt: Apt, folder: Path, tree: Path) -> bytes:
    """Busybox and the modules that the root needs; it knows `ro` and nothing else."""
    (deb,) = apt.download(folder / "busybox", "busybox-static")
    subprocess.run(["dpkg", "-x", deb, folder / "busybox"], check=True)
    (modules,) = (tree / "usr/lib/modules").iterdir()
    order = _with_dependencies(modules, BOOT_MODULES)
    files: list[tuple[str, int, bytes]] = [(name, 0o40755, b"") for name in ("bin", "dev", "proc", "sys", "root", "m")]
    files.append(("bin/busybox", 0o100755, (folder / "busybox/usr/bin/busybox").read_bytes()))
    for number, path in enumerate(order):
        files.append((f"m/{number}.ko", 0o100644, lzma.decompress((modules / path).read_bytes())))
    insmod = "\n".join(f"$b insmod /m/{number}.ko" for number in range(len(order)))
    files.append(("init", 0o100755, INIT.format(insmod=insmod).encode()))
    return gzip.compress(_cpio(files), 1)


def _with_dependencies(modules: Path, wanted: tuple[str, ...]) -> list[str]:
    rows = dict(line.split(":", 1) for line in (modules / "modules.dep").read_text().splitlines())
    paths = {Path(path).name.partition(".ko")[0].replace("-", "_"): path for path in rows}
    order: list[str] = []

    def add(path: str) -> None:
        for needed in reversed(rows[path].split()):
            add(needed)
        if path not in order:
            order.append(path)

    for name in wanted:
        if name in paths:
            add(paths[name])
    return order


def _cpio(files: list[tuple[str, int, bytes]]) -> bytes:
    """The `newc` format of the kernel's buffer-format.rst."""
    out = io.BytesIO()
    for inode, (name, mode, data) in enumerate([*files, ("TRAILER!!!", 0, b"")], 1):
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out.write(b"070701" + "".join(f"{value:08X}" for value in fields).encode() + name.encode() + b"\0")
        out.write(bytes(-out.tell() % 4) + data)
        out.write(bytes(-out.tell() % 4))
    return out.getvalue()


def _settle(tree: Path) -> None:
    """As an image of an operating system comes: without an identity, without a login.

    cloud-init lies there and is off: on an imitated processor its Python alone takes minutes of each start.
    """
    (tree / "boot/firmware").mkdir(parents=True, exist_ok=True)
    texts = {
        "etc/fstab": FSTAB, "etc/hostname": "raspberrypi\n", "etc/machine-id": "",
        "etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n", "etc/resolv.conf": "nameserver 10.0.2.3\n",
        "etc/.updated": "", "var/.updated": "", "etc/cloud/cloud-init.disabled": "",
        "etc/systemd/network/20-wired.network": WIRED, "etc/modules-load.d/screen.conf": "virtio_gpu\nvirtio_input\n",
    }  # fmt: skip
    for name, text in texts.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
    for key in (tree / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    shadow = tree / "etc/shadow"
    shadow.write_text("".join(line.replace("root::", "root:*:", 1) for line in shadow.read_text().splitlines(True)))
    for target, unit in (("multi-user", "systemd-networkd"), ("network-online", "systemd-networkd-wait-online")):
        wants = tree / f"etc/systemd/system/{target}.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        link = wants / f"{unit}.service"
        link.unlink(missing_ok=True)
        link.symlink_to(f"/usr/lib/systemd/system/{unit}.service")


def _image(path: Path, tree: Path, kernel: Path, initrd: bytes) -> None:
    used = sum(-(-file.lstat().st_size // 4096) * 4096 for file in tree.rglob("*") if not file.is_dir())
    root_at = BOOT_AT + BOOT_MIB * MIB // SECTOR
    count = (used // MIB + SLACK_MIB) * MIB // SECTOR
    rows = [(0, 0x0C, BOOT_AT, BOOT_MIB * MIB // SECTOR), (0, 0x83, root_at, count)]
    table = b"".join(ENTRY.pack(flags, NO_CHS, kind, NO_CHS, start, size) for flags, kind, start, size in rows)
    path.write_bytes(bytes(440) + DISK_ID.to_bytes(4, "little") + bytes(2) + table + bytes(32) + b"\x55\xaa")
    with path.open("r+b") as file:
        file.truncate((root_at + count) * SECTOR)
    place, sectors = f"{path}@@{BOOT_AT * SECTOR}", str(BOOT_MIB * MIB // SECTOR)
    run_tool("mformat", ["-i", place, "-T", sectors, "-h", "64", "-s", "32", "::"])
    options = ["-q", "-F", "-t", "ext4", "-L", "rootfs", "-d", str(tree), "-E", f"offset={root_at * SECTOR}"]
    run_tool("mke2fs", [*options, path, f"{count * SECTOR // 1024}k"])
    boot = BootFiles(path, read_table(path).boot)
    files = {
        "kernel8.img": kernel.read_bytes(), "initramfs8": initrd, "cmdline.txt": CMDLINE.encode(),
        "config.txt": b"[all]\narm_64bit=1\n", "user-data": b"#cloud-config\n", "meta-data": b"",
    }  # fmt: skip
    for name, data in files.items():
        boot.write(name, data)


if __name__ == "__main__":
    try:
        print(find_base())
    except NoRootError as error:
        sys.exit(f"tests.arm.system: {error}")
