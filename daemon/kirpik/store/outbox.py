"""Sealed packets on their way out, oldest first. The eye writes and deletes; the link only reads.

Names are places in the chain, `epoch-sequence.kpk` in hex, so that their order is the chain's order. Nothing here
decides what may go: that is `settlement`, on a receipt's word.
"""

from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import SpoolFullError, WireError
from kirpik.store.folder import Disk, Folder
from kirpik.wire import packet as wire

SUFFIX = ".kpk"
BROKEN = ".broken"
PARKED = "parked"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    epoch: int
    sequence: int

    @property
    def name(self) -> str:
        return f"{self.epoch:08x}-{self.sequence:016x}{SUFFIX}"

    @classmethod
    def from_name(cls, name: str) -> "Entry | None":
        epoch, dash, sequence = name.removesuffix(SUFFIX).partition("-")
        try:
            entry = cls(int(epoch, 16), int(sequence, 16))
        except ValueError:
            return None
        return entry if dash and entry.name == name else None


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest whole packet: what the next one must name as its previous."""

    entry: Entry
    link: bytes


class OutboxView:
    """What the link sees: it may look at any time, and a packet may be gone the next moment."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._folder = Folder(path, disk=disk)

    def waiting(self) -> list[Entry]:
        """Oldest first."""
        return sorted(entry for name in self._folder.names(SUFFIX) if (entry := Entry.from_name(name)))

    def read(self, entry: Entry) -> bytes | None:
        """None when it has been deleted meanwhile."""
        return self._folder.read(entry.name)

    def written_s(self, entry: Entry) -> float | None:
        """Wall clock of its writing, None when it has been deleted meanwhile."""
        try:
            return (self._folder.path / entry.name).stat().st_mtime
        except FileNotFoundError:
            return None

    def parked(self) -> int:
        """Packets that the central refused with its signature, kept for a person to look at."""
        return len(Folder(self._folder.path / PARKED).names(SUFFIX))


class Outbox(OutboxView):
    """What the eye holds. There is one writer, so its size needs to be measured only once."""

    def __init__(self, path: Path, *, limit_bytes: int, disk: Disk | None = None) -> None:
        super().__init__(path, disk=disk)
        self._parked = Folder(path / PARKED, disk=disk)
        self._parked.create()
        self._limit_bytes = limit_bytes
        self.size_bytes = sum(
            folder.size(name) for folder in (self._folder, self._parked) for name in folder.names(SUFFIX)
        )

    def add(self, entry: Entry, packet: bytes) -> None:
        """What this has returned from survives a power cut. SpoolFullError: nothing was added."""
        if self.size_bytes + len(packet) > self._limit_bytes:
            raise SpoolFullError(f"{self._folder.path}: {self.size_bytes} of {self._limit_bytes} bytes are spoken for")
        self._folder.place(entry.name, packet)
        self.size_bytes += len(packet)

    def remove(self, entry: Entry) -> None:
        self.size_bytes -= self._folder.size(entry.name)
        self._folder.remove(entry.name)

    def exchange(self, entry: Entry, packet: bytes) -> None:
        """The same packet, wrapped again for another key, in its own place. Either stands whole at any time."""
        before = self._folder.size(entry.name)
        self._folder.replace(entry.name, packet)
        self.size_bytes += len(packet) - before

    def park(self, entry: Entry) -> None:
        """Out of the link's sight, not deleted: the queue moves on."""
        self._folder.move(entry.name, self._parked)

    def link(self, entry: Entry) -> bytes | None:
        """Of a packet that is still here, waiting or parked."""
        packet = self._folder.read(entry.name) or self._parked.read(entry.name)
        return wire.link(packet) if packet else None

    def newest(self) -> Tip | None:
        """Also among the parked. A newer file that is no packet, left by a card that lies, is set aside."""
        found = {entry: self._parked for name in self._parked.names(SUFFIX) if (entry := Entry.from_name(name))}
        found |= dict.fromkeys(self.waiting(), self._folder)
        for entry in sorted(found, reverse=True):
            packet = found[entry].read(entry.name)
            if packet is not None and _is_whole(entry, packet):
                return Tip(entry, wire.link(packet))
            found[entry].move(entry.name, found[entry], entry.name + BROKEN)
        return None


def _is_whole(entry: Entry, packet: bytes) -> bool:
    try:
        header = wire.parse_header(packet)
    except WireError:
        return False
    return (header.epoch, header.sequence) == (entry.epoch, entry.sequence)
