"""The log's verbs of one transaction: its leaves, the tiles over them, its signed heads."""

import time

from sqlalchemy import Connection, func, insert, select, update

from kirpik.wire.tlog import HASH_BYTES, leaf_hash
from kirpik_central.merkle import WIDTH, fold
from kirpik_central.tables import CHECKPOINT, LEAF, LOG, TILE


class LogBook:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(self) -> int:
        """How many leaves there are, and nobody adds one until the transaction ends."""
        return int(self._connection.execute(select(LOG.c.size).with_for_update()).scalar_one())

    def entries(self, first: int, count: int) -> list[bytes]:
        wanted = LEAF.c.number.between(first, first + count - 1)
        rows = self._connection.execute(select(LEAF.c.entry).where(wanted).order_by(LEAF.c.number))
        return [bytes(row.entry) for row in rows]

    def tile(self, level: int, number: int) -> bytes:
        """Hashes as far as they go. The last tile of the lowest level is not kept, but made from its leaves."""
        place = (TILE.c.level == level) & (TILE.c.number == number)
        hashes = self._connection.execute(select(TILE.c.hashes).where(place)).scalar_one_or_none()
        if hashes is None:
            return b"".join(map(leaf_hash, self.entries(number * WIDTH, WIDTH))) if level == 0 else b""
        return bytes(hashes)

    def grow_tiles(self, size: int) -> None:
        """Keep the tiles that have become full, and what follows from them above. Only while the log is held."""
        newest = select(func.max(TILE.c.number)).where(TILE.c.level == 0)
        last = self._connection.execute(newest).scalar_one()
        for number in range(0 if last is None else last + 1, size // WIDTH):
            self._put(0, number, self.tile(0, number))

    def newest(self) -> tuple[int, str] | None:
        """Size and note of the newest checkpoint."""
        query = select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else (row.size, row.note)

    def note(self, size: int) -> str | None:
        """The checkpoint over that many leaves, if there is one."""
        query = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size)
        return self._connection.execute(query).scalar_one_or_none()

    def add_checkpoint(self, size: int, note: str) -> None:
        values = {"size": size, "note": note, "made_ms": time.time_ns() // 1_000_000}
        self._connection.execute(insert(CHECKPOINT), values)

    def _put(self, level: int, number: int, hashes: bytes) -> None:
        """Write a tile; when it is full, its root is the next hash of the tile above."""
        if level == 0 or len(hashes) == HASH_BYTES:
            self._connection.execute(insert(TILE), {"level": level, "number": number, "hashes": hashes})
        else:
            place = (TILE.c.level == level) & (TILE.c.number == number)
            self._connection.execute(update(TILE).where(place).values(hashes=hashes))
        if len(hashes) == WIDTH * HASH_BYTES:
            above = self.tile(level + 1, number // WIDTH)
            self._put(level + 1, number // WIDTH, above + fold(hashes))
