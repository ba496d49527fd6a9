"""The eye's memory of its own chain: epoch, sequence, head, the newest receipt, and how far the inbox was read.

Why no crash forks the chain or leaves a gap: a packet's place is used up when its file has its name in the outbox, and
by nothing else. The order is

    1. build the packet for (epoch, sequence + 1, head)      nothing on disk yet
    2. outbox: write, fsync, rename, fsync the folder        from here on the link may send it
    3. ledger: sequence + 1, head = link of the packet       only a note of what 2 has done

After a crash before the rename nobody has seen the packet, and it never was. After a crash between 2 and 3 the note
is one behind; at the next start the newest packet of the outbox is taken instead, which must still be there, because
the eye alone deletes, and only after it has started. Where a full disk does not let it write the note, `unnoted` says
which packet must stay until it could.

Each start takes a new epoch, noted before its first packet, and above the seconds of a clock that can be right. So
should a card lose its last writes against its word, or spoil this folder, the unit starts a visible branch in an epoch
that it never used, and never says two things in one place. Within a run a failed step 2 or 3 raises StoreError, which
ends the process.
"""

from pathlib import Path
from typing import Any

from kirpik.errors import SpoolFullError, StoreError, WireError
from kirpik.store.folder import Disk, Folder
from kirpik.store.outbox import Entry, Tip
from kirpik.wire import cbor, fields
from kirpik.wire.ids import genesis_link
from kirpik.wire.packet import LINK_BYTES
from kirpik.wire.receipt import receipt_hash, told_place

STATE, RECEIPT, INBOX = "state.cbor", "receipt.cbor", "inbox.cbor"
ROWS = {
    STATE: fields.row(fields.whole(0, 2**32 - 2), fields.whole(), fields.blob(LINK_BYTES)),
    RECEIPT: fields.row(fields.whole(), fields.blob(1, 65536)),
    INBOX: fields.row(fields.text(0, 64)),
}
SPOILED = ".spoiled"
RESERVE_BYTES = 16384
"""Held back, so that a full disk does not keep us from letting go of what fills it."""

YEAR_2024_S = 1_704_067_200
"""Epochs count seconds from here."""
PLAUSIBLE_S = range(1_767_225_600, YEAR_2024_S + 2**31)
"""A clock before 2026 was never set; one after 2092 never will be right."""


class Ledger:
    def __init__(
        self, path: Path, *, unit: bytes, newest: Tip | None, clock_s: int | None = None, disk: Disk | None = None
    ) -> None:
        """Start a new epoch. `newest` is what the outbox holds, asked before anything was deleted."""
        self._folder = Folder(path, disk=disk)
        self._folder.create()
        self.spoiled: list[str] = []
        """Files of ours that could not be read and were set aside."""
        sent_ms, data = self._read(RECEIPT) or (0, b"")
        last = self._last_place(unit, newest, data, clock_is_right=clock_s is not None and clock_s in PLAUSIBLE_S)
        self.epoch, self.sequence, self.head = _epoch_after(last.entry.epoch, clock_s), 0, last.link
        self.unnoted: Entry | None = None
        """The newest packet, while the disk is too full to write down that it was there."""
        self._folder.replace(STATE, cbor.encode([self.epoch, self.sequence, self.head]), spend_reserve=True)
        self._folder.hold_reserve(RESERVE_BYTES)
        self.receipt_ms: int = sent_ms
        """The central's time in the newest receipt, 0 for none: it cannot be earlier now."""
        self.last_receipt: bytes | None = receipt_hash(data) if data else None
        (self.inbox_position,) = self._read(INBOX) or ("",)

    def next_place(self) -> Entry:
        return Entry(self.epoch, self.sequence + 1)

    def advance(self, link: bytes) -> None:
        """The packet for `next_place` is in the outbox."""
        self.sequence, self.head = self.sequence + 1, link
        self.unnoted = Entry(self.epoch, self.sequence)
        self.catch_up()

    def catch_up(self) -> None:
        """Write down the newest place, if that is still to be done and the disk has room for it."""
        row = [self.epoch, self.sequence, self.head]
        if self.unnoted is not None and self._note(STATE, row):
            self.unnoted = None
            self._folder.hold_reserve(RESERVE_BYTES)

    def keep_receipt(self, data: bytes, central_utc_ms: int) -> None:
        """Remember a verified receipt if it is newer than the last."""
        if central_utc_ms > self.receipt_ms:
            self._note(RECEIPT, [central_utc_ms, data])
            self.receipt_ms, self.last_receipt = central_utc_ms, receipt_hash(data)

    def inbox_read(self, name: str) -> None:
        """All up to `name` has been done."""
        self._note(INBOX, [name])
        self.inbox_position = name

    def _note(self, name: str, row: list[object]) -> bool:
        """What a full disk has no room for is known until the process ends, and done again after that."""
        try:
            self._folder.replace(name, cbor.encode(row), spend_reserve=True)
        except SpoolFullError:
            return False
        return True

    def _last_place(self, unit: bytes, newest: Tip | None, receipt: bytes, *, clock_is_right: bool) -> Tip:
        """The furthest of what was noted, what the last receipt covered, and what is in the outbox.

        Where all is spoiled, the chain begins anew, but only in an epoch that cannot have been used.
        """
        known = [Tip(Entry(*row[:2]), row[2]) for row in (self._read(STATE), told_place(receipt)) if row is not None]
        if newest is not None:
            known.append(newest)
        if not known and not clock_is_right and self._folder.names(SPOILED):
            raise StoreError(f"{self._folder.path}: spoiled; set the clock, by which a new epoch can be chosen")
        return max(known, key=lambda tip: tip.entry, default=Tip(Entry(0, 0), genesis_link(unit)))

    def _read(self, name: str) -> tuple[Any, ...] | None:
        """None when it is not there, or was spoiled: it is set aside then."""
        data = self._folder.read(name)
        if data is None:
            return None
        try:
            return ROWS[name](name, cbor.decode(data))  # type: ignore[no-any-return]  # a row's check returns a tuple
        except WireError:
            self._folder.move(name, self._folder, name + SPOILED)
            self.spoiled.append(name)
            return None


def _epoch_after(last: int, clock_s: int | None) -> int:
    if clock_s is not None and clock_s in PLAUSIBLE_S:
        return max(last + 1, clock_s - YEAR_2024_S)
    return last + 1
