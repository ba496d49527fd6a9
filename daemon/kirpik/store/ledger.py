"""The eye's memory of its own chain: epoch, sequence, head, the newest receipt, and how far the inbox was read.

Why no crash forks the chain or leaves a gap: a packet's place is used up when its file has its name in the outbox, and
by nothing else. The order is

    1. build the packet for (epoch, sequence + 1, head)      nothing on disk yet
    2. outbox: write, fsync, rename, fsync the folder        from here on the link may send it
    3. ledger: sequence + 1, head = link of the packet       only a note of what 2 has done

After a crash before the rename nobody has seen the packet, and it never was. After a crash between 2 and 3 the note
is one behind; at the next start the newest packet of the outbox is taken instead, which must still be there, because
the eye alone deletes, and only after it has started. And each start takes a new epoch, noted before its first packet:
should a card lose its last writes against its word, the unit starts a visible branch in a new epoch, and never says
two things in one place. Within a run a failed step 2 or 3 raises StoreError, which ends the process.
"""

from pathlib import Path
from typing import Any

from kirpik.errors import StoreError, WireError
from kirpik.store.folder import Disk, Folder
from kirpik.store.outbox import Entry, Tip
from kirpik.wire import cbor, fields
from kirpik.wire.ids import genesis_link
from kirpik.wire.packet import LINK_BYTES
from kirpik.wire.receipt import receipt_hash

STATE, RECEIPT, INBOX = "state.cbor", "receipt.cbor", "inbox.cbor"
ROWS = {
    STATE: fields.row(fields.whole(0, 2**32 - 2), fields.whole(), fields.blob(LINK_BYTES)),
    RECEIPT: fields.row(fields.whole(), fields.blob(1, 65536)),
    INBOX: fields.row(fields.text(0, 64)),
}


class Ledger:
    def __init__(self, path: Path, *, unit: bytes, newest: Tip | None, disk: Disk | None = None) -> None:
        """Start a new epoch. `newest` is what the outbox holds, asked before anything was deleted."""
        self._folder = Folder(path, disk=disk)
        self._folder.create()
        last, head = self._last_place(unit)
        if newest is not None and newest.entry > last:
            last, head = newest.entry, newest.link
        self.epoch, self.sequence, self.head = last.epoch + 1, 0, head
        self._write_state()
        sent_ms, data = self._read(RECEIPT) or (0, b"")
        self.receipt_ms: int = sent_ms
        """The central's time in the newest receipt, 0 for none: it cannot be earlier now."""
        self.last_receipt: bytes | None = receipt_hash(data) if data else None
        (self.inbox_position,) = self._read(INBOX) or ("",)

    def next_place(self) -> Entry:
        return Entry(self.epoch, self.sequence + 1)

    def advance(self, link: bytes) -> None:
        """The packet for `next_place` is in the outbox."""
        self.sequence, self.head = self.sequence + 1, link
        self._write_state()

    def keep_receipt(self, data: bytes, central_utc_ms: int) -> None:
        """Remember a verified receipt if it is newer than the last."""
        if central_utc_ms > self.receipt_ms:
            self._folder.replace(RECEIPT, cbor.encode([central_utc_ms, data]))
            self.receipt_ms, self.last_receipt = central_utc_ms, receipt_hash(data)

    def inbox_read(self, name: str) -> None:
        """All up to `name` has been done."""
        self._folder.replace(INBOX, cbor.encode([name]))
        self.inbox_position = name

    def _last_place(self, unit: bytes) -> tuple[Entry, bytes]:
        epoch, sequence, head = self._read(STATE) or (0, 0, genesis_link(unit))
        return Entry(epoch, sequence), head

    def _write_state(self) -> None:
        self._folder.replace(STATE, cbor.encode([self.epoch, self.sequence, self.head]))

    def _read(self, name: str) -> tuple[Any, ...] | None:
        data = self._folder.read(name)
        if data is None:
            return None
        try:
            return ROWS[name](name, cbor.decode(data))  # type: ignore[no-any-return]  # a row's check returns a tuple
        except WireError as error:
            raise StoreError(f"{self._folder.path / name}: damaged ({error.name}); restore it or enrol anew") from error
