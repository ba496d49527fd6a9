"""The partition table of a Raspberry Pi card: an MBR with a FAT to boot from and an ext4 as root."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path

from kirpik_provisioning.image.trouble import ImageError

SECTOR = 512
ENTRIES_AT, ENTRY, SIGNATURE = 446, struct.Struct("<B3sB3sII"), b"\x55\xaa"
FAT_KINDS, LINUX, PROTECTIVE = (0x0B, 0x0C, 0x0E, 0x06), 0x83, 0xEE
ALIGN = 4 * 1024 * 1024 // SECTOR
"""Partitions begin where the erase blocks of cards do."""
NO_CHS = b"\xfe\xff\xff"


@dataclass(frozen=True, slots=True)
class Partition:
    number: int
    kind: int
    start: int
    """In sectors of 512 bytes."""
    count: int
    flags: int = 0

    @property
    def offset(self) -> int:
        return self.start * SECTOR

    @property
    def size(self) -> int:
        return self.count * SECTOR

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Table:
    disk_id: int
    partitions: tuple[Partition, ...]

    @property
    def boot(self) -> Partition:
        return self.partitions[0]

    @property
    def root(self) -> Partition:
        return self.partitions[1]

    @property
    def data(self) -> Partition | None:
        return self.partitions[2] if len(self.partitions) > 2 else None

    @property
    def last_sector(self) -> int:
        return max(partition.end for partition in self.partitions)

    def partuuid(self, partition: Partition) -> str:
        return f"{self.disk_id:08x}-{partition.number:02x}"

    def with_root_of(self, count: int) -> "Table":
        return replace(self, partitions=(self.boot, replace(self.root, count=count), *self.partitions[2:]))

    def with_data_of(self, count: int) -> "Table":
        start = -(-self.last_sector // ALIGN) * ALIGN
        return replace(self, partitions=(*self.partitions[:2], Partition(3, LINUX, start, count)))


def read_table(image: Path) -> Table:
    """Of an image or a card. Raises ImageError unless it is laid out as Raspberry Pi OS is."""
    try:
        with image.open("rb") as file:
            sector = file.read(SECTOR)
    except OSError as error:
        raise ImageError(f"{image}: cannot be read: {error.strerror}") from error
    return parse_table(sector, str(image))


def parse_table(sector: bytes, name: str) -> Table:
    if len(sector) < SECTOR or sector[510:512] != SIGNATURE:
        raise ImageError(f"{name}: no partition table in it, expected an image of Raspberry Pi OS or one like it")
    rows = [ENTRY.unpack_from(sector, ENTRIES_AT + ENTRY.size * index) for index in range(4)]
    found = tuple(
        Partition(index + 1, kind, start, count, flags)
        for index, (flags, _, kind, _, start, count) in enumerate(rows)
        if kind
    )
    if any(partition.kind == PROTECTIVE for partition in found):
        raise ImageError(f"{name}: a GPT, expected an MBR as Raspberry Pi OS has")
    shape = [partition.kind in FAT_KINDS for partition in found]
    if shape[:2] != [True, False] or found[1].kind != LINUX or any(shape[2:]):
        kinds = ", ".join(f"{partition.kind:02x}" for partition in found) or "none"
        raise ImageError(f"{name}: partitions of kind {kinds}, expected a FAT and then an ext4")
    return Table(int.from_bytes(sector[440:444], "little"), found)


def write_table(image: Path, table: Table) -> None:
    """Only the four entries change; boot code and disk id stay."""
    rows = {partition.number: partition for partition in table.partitions}
    packed = b"".join(_pack(rows.get(number)) for number in range(1, 5))
    with image.open("r+b") as file:
        file.seek(ENTRIES_AT)
        file.write(packed + SIGNATURE)


def _pack(partition: Partition | None) -> bytes:
    if partition is None:
        return bytes(ENTRY.size)
    return ENTRY.pack(partition.flags, NO_CHS, partition.kind, NO_CHS, partition.start, partition.count)
