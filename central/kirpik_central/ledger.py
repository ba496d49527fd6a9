"""The verbs of one transaction on the central's tables; the caller commits them as a group.

Whoever stores packets of an epoch first takes hold of its chain's row, and whoever appends to the log of the log's row.
So any number of workers may do so at once, on PostgreSQL as well, and none sees half of what another does.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Insert, Table, bindparam, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from kirpik.wire import tlog
from kirpik_central.chains import Chain, Place, Step
from kirpik_central.tables import ALARM, CHAIN, COUNTER, LEAF, LOG, PACKET, QUARANTINE, RECEIPT, UNREAD

Epoch: TypeAlias = tuple[bytes, int]
"""Unit and epoch."""

QUARANTINED = 10_000
"""Rows that are kept of what was turned away, so that junk cannot fill the disk."""

GROW_CHAIN = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values({name: bindparam(name) for name in ("up_to", "link", "head", "refused")})
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A packet that is proven to be its unit's."""

    place: Place
    link: bytes
    previous: bytes
    wire: bytes = field(repr=False)
    evidence: bytes | None = field(repr=False)
    refusal: str | None
    kind: int = 1


@dataclass(frozen=True, slots=True)
class Filed:
    """A signed receipt, as it is kept."""

    hash: bytes
    unit: bytes
    epoch: int
    up_to: int
    signed: bytes = field(repr=False)


class Ledger:
    """Only `Store.writing` makes one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now_ms = time.time_ns() // 1_000_000

    def hold_chains(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        """The chains of these epochs, ours alone until the transaction ends."""
        chains = self._held(epochs)
        if missing := sorted(set(epochs) - chains.keys()):
            new = {"up_to": 0, "link": b"", "head": 0, "refused": 0}
            self._insert(CHAIN, [{"unit": unit, "epoch": epoch, **new} for unit, epoch in missing])
            chains = self._held(epochs)
        return chains

    def links_at(self, places: Collection[Place]) -> dict[Place, bytes]:
        """Links of the packets that are held at those of the places that are taken."""
        if not places:
            return {}
        columns = (PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence)
        wanted = [(place.unit, place.epoch, place.sequence) for place in places]
        query = select(*columns, PACKET.c.link).where(tuple_(*columns).in_(wanted))
        return {Place(bytes(unit), epoch, at): bytes(link) for unit, epoch, at, link in self._connection.execute(query)}

    def keep(self, packets: Sequence[Kept]) -> range:
        """Store packets whose places are free and whose chains are held, log them, and queue them for reading.

        Return their numbers in the log.
        """
        leaves = self.append([tlog.packet_entry(packet.link) for packet in packets])
        self._insert(PACKET, [self._row(packet, leaf) for packet, leaf in zip(packets, leaves, strict=True)])
        unread = zip(packets, leaves, strict=True)
        self._insert(UNREAD, [{"leaf": leaf} for packet, leaf in unread if packet.refusal is None])
        return leaves

    def append(self, entries: Sequence[bytes]) -> range:
        """Add entries to the log and return their numbers."""
        if not entries:
            return range(0)
        size = self._connection.execute(select(LOG.c.size).with_for_update()).scalar_one()
        leaves = range(size, size + len(entries))
        self._connection.execute(update(LOG).values(size=leaves.stop))
        self._insert(LEAF, [{"number": leaf, "entry": entry} for leaf, entry in zip(leaves, entries, strict=True)])
        return leaves

    def after(self, epoch: Epoch, sequence: int, *, limit: int) -> list[Step]:
        """Stored packets from the one after `sequence`, in order."""
        query = (
            select(PACKET.c.sequence, PACKET.c.link, PACKET.c.previous, PACKET.c.refusal)
            .where(PACKET.c.unit == epoch[0], PACKET.c.epoch == epoch[1], PACKET.c.sequence > sequence)
            .order_by(PACKET.c.sequence)
            .limit(limit)
        )
        rows = self._connection.execute(query)
        return [Step(row.sequence, bytes(row.link), bytes(row.previous), row.refusal is not None) for row in rows]

    def refused(self, epoch: Epoch, *, limit: int) -> list[tuple[int, bytes, str]]:
        """Sequence, link and reason of the newest packets that were proven and yet refused."""
        query = (
            select(PACKET.c.sequence, PACKET.c.link, PACKET.c.refusal)
            .where(PACKET.c.unit == epoch[0], PACKET.c.epoch == epoch[1], PACKET.c.refusal.is_not(None))
            .order_by(PACKET.c.sequence.desc())
            .limit(limit)
        )
        return [(row.sequence, bytes(row.link), row.refusal) for row in self._connection.execute(query)]

    def grow_chains(self, chains: Mapping[Epoch, Chain]) -> None:
        """Write chains that are held."""
        rows = [
            {"of_unit": unit, "of_epoch": epoch, "up_to": c.up_to, "link": c.link, "head": c.head, "refused": c.refused}
            for (unit, epoch), c in chains.items()
        ]
        if rows:
            self._connection.execute(GROW_CHAIN, rows)

    def quarantine(self, digest: bytes, *, topic: str, reason: str, wire: bytes) -> None:
        """Keep it for somebody to look at; junk without end is only counted."""
        if self._connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one() < QUARANTINED:
            values = {"hash": digest, "topic": topic, "reason": reason, "wire": wire, "received_ms": self._now_ms}
            self._insert(QUARANTINE, [values])

    def alarm(self, kind: str, place: Place, link: bytes) -> None:
        values = {"kind": kind, "unit": place.unit, "epoch": place.epoch, "sequence": place.sequence, "link": link}
        self._insert(ALARM, [{**values, "raised_ms": self._now_ms}])

    def file_receipts(self, receipts: Iterable[Filed]) -> None:
        self._insert(
            RECEIPT,
            [
                {"hash": r.hash, "unit": r.unit, "epoch": r.epoch, "up_to": r.up_to, "signed": r.signed,
                 "issued_ms": self._now_ms}
                for r in receipts
            ],
        )  # fmt: skip

    def count(self, numbers: Mapping[str, int]) -> None:
        """Add to the counters; in the order of their names, so that two workers cannot wait for each other."""
        rows = [{"name": name, "value": numbers[name]} for name in sorted(numbers)]
        if rows:
            self._connection.execute(_add(self._connection.dialect.name), rows)

    def _held(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        key = tuple_(CHAIN.c.unit, CHAIN.c.epoch)
        query = select(CHAIN).where(key.in_(list(epochs))).order_by(CHAIN.c.unit, CHAIN.c.epoch).with_for_update()
        return {
            (bytes(row.unit), row.epoch): Chain(row.up_to, bytes(row.link), row.head, row.refused)
            for row in self._connection.execute(query)
        }

    def _row(self, packet: Kept, leaf: int) -> dict[str, Any]:
        return {
            "unit": packet.place.unit,
            "epoch": packet.place.epoch,
            "sequence": packet.place.sequence,
            "link": packet.link,
            "previous": packet.previous,
            "wire": packet.wire,
            "evidence": packet.evidence,
            "refusal": packet.refusal,
            "received_ms": self._now_ms,
            "kind": packet.kind,
            "leaf": leaf,
        }

    def _insert(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert the rows whose keys are not there already."""
        if rows:
            self._connection.execute(insert_new(table, self._connection.dialect.name), rows)


@cache
def insert_new(table: Table, dialect: str) -> Insert:
    """Both engines spell this alike; SQLAlchemy has it twice. Built once, because building costs more than running."""
    return _builder(dialect)(table).on_conflict_do_nothing()


@cache
def _add(dialect: str) -> Insert:
    new = _builder(dialect)(COUNTER)
    return new.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTER.c.value + new.excluded.value})


def _builder(dialect: str) -> Any:  # noqa: ANN401  two classes without a common base that has these verbs
    return postgresql.insert if dialect == "postgresql" else sqlite.insert
