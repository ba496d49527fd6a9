"""The central's append-only log, signed and proven.

Leaves are appended in the very transaction that stores what they stand for; everything here follows later, from them.
"""

import time

from sqlalchemy import Connection

from kirpik.wire import tlog
from kirpik.wire.signature import Signer
from kirpik_central.logbook import LogBook
from kirpik_central.merkle import Tree
from kirpik_central.store import Store


class Log:
    def __init__(self, store: Store, key: Signer, *, origin: str, every_s: float) -> None:
        self._store = store
        self._key = key
        self._origin = origin
        self._every_s = every_s
        self._due_s = time.monotonic()

    def keep_up(self) -> None:
        """Sign a checkpoint where the log has grown, but no more often than is set."""
        if time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + self._every_s
            self.sign()

    def sign(self) -> str:
        """The checkpoint over all leaves, made unless it is there."""
        return self._store.write(self._sign)

    def _sign(self, connection: Connection) -> str:
        book = LogBook(connection)
        size = book.hold()
        note = book.note(size)
        if note is None:
            book.grow_tiles(size)
            head = tlog.Checkpoint(self._origin, size, Tree(size, book.tile).root())
            note = tlog.sign_checkpoint(head, self._key)
            book.add_checkpoint(size, note)
        return note


def prove(connection: Connection, leaf: int) -> str | None:
    """That a leaf is in the log, in words that others can check; None before a checkpoint covers it."""
    book = LogBook(connection)
    newest = book.newest()
    if newest is None or newest[0] <= leaf:
        return None
    size, note = newest
    return tlog.format_proof(tlog.Proof(leaf, tuple(Tree(size, book.tile).inclusion(leaf)), note))
