"""A card that survives power cuts: a root that is only read, and a partition for what must be remembered.

The root becomes read-only at the end of the first boot (`kirpikd firstboot`), because until then the system itself
still writes its own name and machine id into it.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.table import SECTOR, Table, write_table
from kirpik_provisioning.image.tools import run_tool

LABEL = "kirpik-data"
MIB = 1024 * 1024
DATA_BYTES = 64 * MIB
"""In the image. `kirpik flash` lets it reach to the card's end, and the first mount lets its file system follow."""
OPTIONS = "defaults,noatime,nodev,nosuid,noexec,commit=5,x-systemd.growfs"
MEMORY = "defaults,nodev,nosuid,size=32M"
IN_MEMORY = (
    "/var/log",
    "/var/tmp",  # noqa: S108  the unit's, not ours
    "/var/lib/NetworkManager",
    "/var/lib/dhcpcd",
    "/var/lib/dhcp",
    "/var/lib/logrotate",
)
REMEMBERED = "/var/lib/systemd"
"""With the last time seen, which a board without a clock begins with; it lies on the data partition."""
FLAG = "/etc/kirpik/read-only-root"


def add_data_partition(image: Path, table: Table) -> Table:
    """An empty file system behind the root."""
    grown = table.with_data_of(DATA_BYTES // SECTOR)
    data = grown.partitions[2]
    with image.open("r+b") as file:
        file.truncate(data.offset + data.size)
    with tempfile.TemporaryDirectory(prefix="kirpik-image-") as scratch:
        (Path(scratch) / "system").mkdir(mode=0o755)
        options = f"offset={data.offset},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0"
        run_tool(
            "mke2fs",
            ["-q", "-F", "-t", "ext4", "-L", LABEL, "-d", scratch, "-E", options, image, f"{data.size // 1024}k"],
        )
    write_table(image, grown)
    return grown


def data_items(root: RootFiles) -> list[Item]:
    """The lines of /etc/fstab, in place of those of an earlier run."""
    text = (root.read("/etc/fstab") or b"").decode(errors="replace")
    kept = [line for line in text.splitlines() if "kirpik" not in line and line.split()[1:2] not in _ours()]
    there = [folder for folder in IN_MEMORY if _exists(root, folder)]
    lines = [
        f"LABEL={LABEL} /var/lib/kirpik ext4 {OPTIONS} 0 2",
        f"/var/lib/kirpik/system {REMEMBERED} none bind,x-systemd.requires-mounts-for=/var/lib/kirpik 0 0",
        *[f"tmpfs {folder} tmpfs {MEMORY} 0 0" for folder in there],
    ]
    fstab = "\n".join([*kept, *lines]) + "\n"
    return [
        Item("/var/lib/kirpik", mode=0o755), Item("/etc/fstab", data=fstab.encode()), Item(FLAG, data=b""),
    ]  # fmt: skip


def _ours() -> Iterable[list[str]]:
    return [[folder] for folder in (*IN_MEMORY, REMEMBERED)]


def _exists(root: RootFiles, folder: str) -> bool:
    parent, _, name = folder.rpartition("/")
    return name in root.names(parent)
