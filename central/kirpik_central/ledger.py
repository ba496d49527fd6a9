"""The verbs of one transaction on the central's tables; the caller commits them as a group."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kirpik_central.tables import ALARM, CHAIN, COUNTER, PACKET, QUARANTINE, RECEIPT

STEP = 1024
"""Rows of a chain that are followed at a time."""
QUARANTINED = 10_000
"""Rows that are kept of what was turned away, so that junk cannot fill the disk."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet belongs. No two may have the same."""

    unit: bytes
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A packet that is proven to be its unit's."""

    place: Place
    link: bytes
    previous: bytes
    wire: bytes = field(repr=False)
    evidence: bytes | None = field(repr=False)
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The last packet of an epoch that follows from its first without a gap; sequence 0 when there is none."""

    up_to: int
    link: bytes


class Ledger:
    """Only `Store.writing` makes one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now_ms = time.time_ns() // 1_000_000

    def keep(self, packet: Kept) -> bool:
        """Store it and return True, unless there is a packet at its place already."""
        values = {
            "unit": packet.place.unit,
            "epoch": packet.place.epoch,
            "sequence": packet.place.sequence,
            "link": packet.link,
            "previous": packet.previous,
            "wire": packet.wire,
            "evidence": packet.evidence,
            "refusal": packet.refusal,
            "received_ms": self._now_ms,
        }
        return self._insert_new(PACKET, values)

    def link_at(self, place: Place) -> bytes:
        """Return the link of the packet that is held at a place that is taken."""
        query = select(PACKET.c.link).where(
            PACKET.c.unit == place.unit, PACKET.c.epoch == place.epoch, PACKET.c.sequence == place.sequence
        )
        return bytes(self._connection.execute(query).scalar_one())

    def advance(self, unit: bytes, epoch: int) -> tuple[Chain, int | None]:
        """Follow the chain as far as it goes. Also return the sequence there that does not follow from it, if any."""
        start = chain = self._chain(unit, epoch)
        broken, rows = None, self._after(unit, epoch, start.up_to, limit=STEP)
        while rows and rows[0].sequence == chain.up_to + 1 and broken is None:
            row, *rows = rows
            if chain.up_to and row.previous != chain.link:
                broken = row.sequence
            else:
                chain = Chain(row.sequence, row.link)
            rows = rows or self._after(unit, epoch, chain.up_to, limit=STEP)
        if chain != start:
            self._grow(unit, epoch, chain)
        return chain, broken

    def beyond(self, unit: bytes, epoch: int, up_to: int, *, limit: int) -> list[tuple[int, bytes]]:
        """Sequence and link of packets held behind a gap, without the refused."""
        rows = self._after(unit, epoch, up_to, limit=limit)
        return [(row.sequence, row.link) for row in rows if row.refusal is None]

    def refused(self, unit: bytes, epoch: int, *, limit: int) -> list[tuple[int, bytes, str]]:
        """Sequence, link and reason of the newest packets that were proven and yet refused."""
        query = (
            select(PACKET.c.sequence, PACKET.c.link, PACKET.c.refusal)
            .where(PACKET.c.unit == unit, PACKET.c.epoch == epoch, PACKET.c.refusal.is_not(None))
            .order_by(PACKET.c.sequence.desc())
            .limit(limit)
        )
        return [(row.sequence, row.link, row.refusal) for row in self._connection.execute(query)]

    def quarantine(self, digest: bytes, *, topic: str, reason: str, wire: bytes) -> None:
        """Keep it for somebody to look at; junk without end is only counted."""
        if self._connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one() < QUARANTINED:
            values = {"hash": digest, "topic": topic, "reason": reason, "wire": wire, "received_ms": self._now_ms}
            self._insert_new(QUARANTINE, values)

    def alarm(self, kind: str, place: Place, link: bytes) -> None:
        values = {"kind": kind, "unit": place.unit, "epoch": place.epoch, "sequence": place.sequence, "link": link}
        self._insert_new(ALARM, {**values, "raised_ms": self._now_ms})

    def file_receipt(self, digest: bytes, unit: bytes, epoch: int, up_to: int, signed: bytes) -> None:
        values = {"hash": digest, "unit": unit, "epoch": epoch, "up_to": up_to, "signed": signed}
        self._insert_new(RECEIPT, {**values, "issued_ms": self._now_ms})

    def count(self, name: str, number: int = 1) -> None:
        self._insert_new(COUNTER, {"name": name, "value": 0})
        grow = update(COUNTER).where(COUNTER.c.name == name).values(value=COUNTER.c.value + number)
        self._connection.execute(grow)

    def _chain(self, unit: bytes, epoch: int) -> Chain:
        query = select(CHAIN.c.up_to, CHAIN.c.link).where(CHAIN.c.unit == unit, CHAIN.c.epoch == epoch)
        row = self._connection.execute(query).one_or_none()
        return Chain(row.up_to, row.link) if row is not None else Chain(0, b"")

    def _grow(self, unit: bytes, epoch: int, chain: Chain) -> None:
        self._insert_new(CHAIN, {"unit": unit, "epoch": epoch, "up_to": 0, "link": b""})
        place = (CHAIN.c.unit == unit) & (CHAIN.c.epoch == epoch) & (CHAIN.c.up_to < chain.up_to)
        self._connection.execute(update(CHAIN).where(place).values(up_to=chain.up_to, link=chain.link))

    def _after(self, unit: bytes, epoch: int, sequence: int, *, limit: int) -> Sequence[Any]:
        query = (
            select(PACKET.c.sequence, PACKET.c.link, PACKET.c.previous, PACKET.c.refusal)
            .where(PACKET.c.unit == unit, PACKET.c.epoch == epoch, PACKET.c.sequence > sequence)
            .order_by(PACKET.c.sequence)
            .limit(limit)
        )
        return self._connection.execute(query).all()

    def _insert_new(self, table: Table, values: Mapping[str, object]) -> bool:
        """Insert unless the key is there already."""
        statement = _insert_unless_there(table, self._connection.dialect.name)
        return self._connection.execute(statement, values).rowcount == 1


@cache
def _insert_unless_there(table: Table, dialect: str) -> Insert:
    """Both engines spell this alike; SQLAlchemy has it twice. Built once, because building costs more than running."""
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return build(table).on_conflict_do_nothing()
