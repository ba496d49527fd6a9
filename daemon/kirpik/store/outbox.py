"""Sealed packets on their way out, oldest first. The eye writes and deletes; the link only reads.

Names are places in the chain, `epoch-sequence.kpk` in hex, so that their order is the chain's order. Nothing here
decides what may go: that is `settlement`, on a receipt's word.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import SpoolFullError, StoreError, WireError
from kirpik.store.folder import Disk, Folder
from kirpik.wire import cbor, fields
from kirpik.wire import packet as wire
from kirpik.wire.signature import SIGNATURE_BYTES

SUFFIX = ".kpk"
BROKEN = ".broken"
WHY = ".why"
PARKED = "parked"
HEAD, FILL = "head.cbor", "fill.cbor"
FILL_ROW = fields.row(fields.whole(), fields.whole(1))
BEYOND_LIMIT_BYTES = 65536
"""For what makes room: a checkpoint that tells what is given up."""
HEAD_ROW = fields.row(fields.whole(1, 2**32 - 1), fields.whole(), fields.blob(wire.LINK_BYTES))


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
        return self._folder.written_s(entry.name)

    def told_head(self) -> Tip | None:
        """The newest packet there ever was, as the eye last told; a hint."""
        data = self._folder.read(HEAD)
        try:
            epoch, sequence, link = HEAD_ROW("head", cbor.decode(data or b""))
        except WireError:
            return None
        return Tip(Entry(epoch, sequence), link)

    def told_fill(self) -> tuple[int, int] | None:
        """Bytes that are spoken for and that may be, as the eye last told; a hint."""
        data = self._folder.read(FILL)
        try:
            size_bytes, limit_bytes = FILL_ROW("fill", cbor.decode(data or b""))
        except WireError:
            return None
        return size_bytes, limit_bytes

    def parked(self) -> int:
        """Packets that the central refused with its signature, kept for a person to look at."""
        return len(Folder(self._folder.path / PARKED).names(SUFFIX))


class Outbox(OutboxView):
    """What the eye holds. There is one writer, so its size needs to be measured only once."""

    def __init__(self, path: Path, *, limit_bytes: int, disk: Disk | None = None) -> None:
        super().__init__(path, disk=disk)
        self._parked = Folder(path / PARKED, disk=disk)
        self._parked.create()
        self.limit_bytes = limit_bytes
        self.size_bytes = sum(
            folder.size(name) for folder in (self._folder, self._parked) for name in folder.names(SUFFIX)
        )

    def add(self, entry: Entry, packet: bytes, *, beyond_limit: bool = False) -> None:
        """What this has returned from survives a power cut. SpoolFullError: nothing was added."""
        limit_bytes = self.limit_bytes + (BEYOND_LIMIT_BYTES if beyond_limit else 0)
        if self.size_bytes + len(packet) > limit_bytes:
            raise SpoolFullError(f"{self._folder.path}: {self.size_bytes} of {limit_bytes} bytes are spoken for")
        self._folder.place(entry.name, packet, spend_reserve=beyond_limit)
        self.size_bytes += len(packet)
        self._folder.hold_reserve(BEYOND_LIMIT_BYTES)

    def exchange(self, entry: Entry, packet: bytes) -> None:
        """The same packet, wrapped again for another key, in its own place. Either stands whole at any time."""
        if wire.link(packet) != self.link(entry):
            raise StoreError(f"{self._folder.path / entry.name}: only the same packet may take its place")
        before = self._folder.size(entry.name)
        self._folder.replace(entry.name, packet)
        self.size_bytes += len(packet) - before

    def discard(self, entry: Entry) -> None:
        """Waiting or parked: its time is over."""
        for folder in (self._folder, self._parked):
            self.size_bytes -= folder.size(entry.name)
            folder.remove(entry.name)
        self._parked.remove(entry.name + WHY)

    def remove(self, entry: Entry) -> None:
        self.size_bytes -= self._folder.size(entry.name)
        self._folder.remove(entry.name)

    def park(self, entry: Entry, reason: str) -> None:
        """Out of the link's sight, not deleted, the central's reason beside it: the queue moves on."""
        self._folder.move(entry.name, self._parked)
        self._parked.note(entry.name + WHY, reason.encode())

    def written(self) -> dict[Entry, float]:
        """When each packet that is here, waiting or parked, was written, by the wall clock then."""
        ages = {}
        for folder in (self._folder, self._parked):
            for entry in filter(None, map(Entry.from_name, folder.names(SUFFIX))):
                if (time_s := folder.written_s(entry.name)) is not None:
                    ages[entry] = time_s
        return ages

    def link(self, entry: Entry) -> bytes | None:
        """Of a packet that is still here, waiting or parked."""
        packet = self._folder.read(entry.name) or self._parked.read(entry.name)
        return wire.link(packet) if packet else None

    def touch(self, entry: Entry) -> None:
        """Its time of waiting begins now."""
        for folder in (self._folder, self._parked):
            with contextlib.suppress(OSError):
                os.utime(folder.path / entry.name)

    def tell_head(self, tip: Tip) -> None:
        """For the link, which may not look into the ledger: by this the central learns that something is missing."""
        self._folder.note(HEAD, cbor.encode([tip.entry.epoch, tip.entry.sequence, tip.link]))

    def tell_fill(self) -> None:
        """For the link's heartbeat: how much is spoken for, and how much may be."""
        self._folder.note(FILL, cbor.encode([self.size_bytes, self.limit_bytes]))

    def newest(self, is_ours: Callable[[bytes], bool] = lambda _: True) -> Tip | None:
        """Also among the parked. What is newer and no packet, left by a card that lies, is set aside.

        What is not `is_ours` is left for the central to judge: its like may have been signed by an earlier key.
        """
        found = {entry: self._parked for name in self._parked.names(SUFFIX) if (entry := Entry.from_name(name))}
        found |= dict.fromkeys(self.waiting(), self._folder)
        for entry in sorted(found, reverse=True):
            packet = found[entry].read(entry.name)
            if packet is None or not _tells(entry, packet):
                self._set_aside(entry, found[entry])
            elif is_ours(packet):
                return Tip(entry, wire.link(packet))
        return None

    def set_damaged_aside(self) -> list[Entry]:
        """Packets that a card has spoiled against its word, so far as size, header and an empty end show it."""
        damaged = [entry for entry in self.waiting() if not self._looks_whole(entry)]
        for entry in damaged:
            self._set_aside(entry, self._folder)
        return damaged

    def _looks_whole(self, entry: Entry) -> bool:
        ends = self._folder.ends(entry.name, wire.HEADER_BYTES, SIGNATURE_BYTES)
        if ends is None:
            return True
        size, first, last = ends
        try:
            header = wire.parse_header_bytes(first.ljust(wire.HEADER_BYTES, b"\0"))
        except WireError:
            return False
        same_place = (header.epoch, header.sequence) == (entry.epoch, entry.sequence)
        return same_place and size in wire.sizes(header.kind) and any(last)

    def _set_aside(self, entry: Entry, folder: Folder) -> None:
        self.size_bytes -= folder.size(entry.name)
        folder.move(entry.name, folder, entry.name + BROKEN)


def _tells(entry: Entry, packet: bytes) -> bool:
    try:
        header = wire.parse_header(packet)
    except WireError:
        return False
    return (header.epoch, header.sequence) == (entry.epoch, entry.sequence)
