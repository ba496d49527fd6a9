"""The verbs of one transaction on the central's tables; the caller commits them as a group.

Whoever stores packets of an epoch first takes hold of its chain's row, and whoever appends to the log of the log's row.
So any number of workers may do so at once, on PostgreSQL as well, and none sees half of what another does.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, Insert, bindparam, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from kirpik.wire import packet, tlog
from kirpik.wire.checkpoint import NO_LINK
from kirpik.wire.ids import genesis_link
from kirpik_central.chains import UNKNOWN, Chain, Place, Step
from kirpik_central.health import Heartbeat
from kirpik_central.rows import add, add_new
from kirpik_central.tables import (
    ALARM,
    CHAIN,
    COUNTER,
    GIVEN_UP,
    HEALTH,
    LEAF,
    LOG,
    PACKET,
    QUARANTINE,
    RECEIPT,
    UNIT_KEY,
)

Epoch: TypeAlias = tuple[bytes, int]
"""Unit and epoch."""

MAY_CHANGE_KEY = (packet.KIND_KEY_CHANGE, packet.KIND_REWRAPPED)
"""Kinds of packets that may bring a new key, for whoever cannot open them."""
NEWEST = 1000
"""Packets of a unit among which is looked for one that was lost from its card: only its last writes can be."""
QUARANTINED = 10_000
"""Rows that are kept of what was turned away, so that junk cannot fill the disk."""
QUARANTINED_BYTES = 32768
"""Of each; no packet is longer."""

GROW_CHAIN = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values({name: bindparam(name) for name in ("up_to", "link", "head", "refused")})
)


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A packet that is proven to be its unit's. It does not show what is in it."""

    place: Place
    link: bytes
    previous: bytes
    wire: bytes
    evidence: bytes | None
    refusal: str | None
    kind: int = packet.KIND_PACKET
    new_key: bytes | None = None
    """What a key change brought."""

    def __repr__(self) -> str:
        return f"Kept({self.place}, refusal={self.refusal})"


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
        self._room: int | None = None

    def hold_chains(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        """The chains of these epochs, ours alone until the transaction ends."""
        if not epochs:
            return {}
        chains = self._chains(epochs, held=True)
        if missing := sorted(set(epochs) - chains.keys()):
            add_new(self._connection, CHAIN, [(unit, epoch, 0, b"", 0, 0) for unit, epoch in missing])
            chains = self._chains(epochs, held=True)
        return chains

    def look_at_chains(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        """Those of the chains that are there, for whoever stores nothing in them."""
        return self._chains(epochs, held=False) if epochs else {}

    def links_at(self, places: Collection[Place]) -> dict[Place, bytes]:
        """Links of the packets that are held at those of the places that are taken."""
        if not places:
            return {}
        columns = (PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence)
        wanted = [(place.unit, place.epoch, place.sequence) for place in places]
        query = select(*columns, PACKET.c.link).where(tuple_(*columns).in_(wanted))
        return {Place(bytes(unit), epoch, at): bytes(link) for unit, epoch, at, link in self._connection.execute(query)}

    def keep(self, packets: Sequence[Kept]) -> range:
        """Store packets whose places are free and whose chains are held, and log them.

        Return their numbers in the log.
        """
        leaves = self.append([tlog.packet_entry(each.link) for each in packets])
        numbered = zip(packets, leaves, strict=True)
        add(self._connection, PACKET, [_packet_row(each, self._now_ms, leaf) for each, leaf in numbered])
        changes = [
            (each.place.unit, each.place.epoch, each.place.sequence, each.new_key)
            for each in packets
            if each.refusal is None and (each.new_key or (each.evidence is None and each.kind in MAY_CHANGE_KEY))
        ]
        add_new(self._connection, UNIT_KEY, changes)
        return leaves

    def is_vouched_for(self, place: Place, link: bytes) -> bool:
        """Whether the packet that comes after this place is stored, trusted, and names this very packet."""
        after = (PACKET.c.epoch == place.epoch) & (PACKET.c.sequence == place.sequence + 1)
        in_a_later_epoch = (PACKET.c.epoch > place.epoch) & (PACKET.c.sequence == 1)
        query = (
            select(PACKET.c.leaf)
            .where(PACKET.c.unit == place.unit, after | in_a_later_epoch)
            .where(PACKET.c.previous == link, PACKET.c.refusal.is_(None))
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def newest_epochs(self, units: Collection[bytes]) -> dict[bytes, int]:
        """Of those of the units that have a chain."""
        if not units:
            return {}
        query = select(CHAIN.c.unit, func.max(CHAIN.c.epoch)).where(CHAIN.c.unit.in_(units)).group_by(CHAIN.c.unit)
        return {bytes(unit): epoch for unit, epoch in self._connection.execute(query)}

    def beginnings(self, units: Collection[bytes]) -> dict[tuple[bytes, bytes], list[Place]]:
        """Where epochs of the units begin, by unit and the link of the packet that is named as the one before."""
        found: dict[tuple[bytes, bytes], list[Place]] = {}
        if units:
            columns = (PACKET.c.unit, PACKET.c.epoch, PACKET.c.previous)
            query = select(*columns).where(PACKET.c.unit.in_(units), PACKET.c.sequence == 1)
            for unit, epoch, previous in self._connection.execute(query):
                found.setdefault((bytes(unit), bytes(previous)), []).append(Place(bytes(unit), epoch, 1))
        return found

    def was_followed(self, unit: bytes, link: bytes) -> bool:
        """Whether, among the unit's newest packets, one that begins no epoch names this link."""
        last = (
            select(PACKET.c.previous, PACKET.c.sequence)
            .where(PACKET.c.unit == unit)
            .order_by(PACKET.c.epoch.desc(), PACKET.c.sequence.desc())
            .limit(NEWEST)
            .subquery()
        )
        query = select(last.c.sequence).where(last.c.previous == link, last.c.sequence > 1).limit(1)
        return self._connection.execute(query).first() is not None

    def key_may_change(self, unit: bytes, previous: bytes) -> bool:
        """Whether a new key of the unit may be on its way: stored unopened, or in a packet before that is missing."""
        pending = select(UNIT_KEY.c.unit).where(UNIT_KEY.c.unit == unit, UNIT_KEY.c.public.is_(None)).limit(1)
        if self._connection.execute(pending).first() is not None:
            return True
        known = select(CHAIN.c.unit).where(CHAIN.c.unit == unit, CHAIN.c.link == previous).limit(1)
        return previous != genesis_link(unit) and self._connection.execute(known).first() is None

    def is_joined(self, epoch: Epoch) -> bool:
        """Whether the first packet of an epoch names the last one of an epoch before, which is there and whole."""
        unit, number = epoch
        first = (PACKET.c.unit == unit) & (PACKET.c.epoch == number) & (PACKET.c.sequence == 1)
        row = self._connection.execute(select(PACKET.c.previous).where(first)).first()
        if row is None or bytes(row.previous) in (genesis_link(unit), UNKNOWN):
            return True
        before = (CHAIN.c.unit == unit) & (CHAIN.c.epoch < number) & (CHAIN.c.link == row.previous)
        given_up = (GIVEN_UP.c.unit == unit) & (GIVEN_UP.c.epoch < number)
        lost = given_up & GIVEN_UP.c.link.in_([row.previous, NO_LINK])
        queries = (select(CHAIN.c.up_to).where(before), select(GIVEN_UP.c.sequence).where(lost))
        return any(self._connection.execute(query.limit(1)).first() is not None for query in queries)

    def append(self, entries: Sequence[bytes]) -> range:
        """Add entries to the log and return their numbers."""
        if not entries:
            return range(0)
        size = self._connection.execute(select(LOG.c.size).with_for_update()).scalar_one()
        leaves = range(size, size + len(entries))
        self._connection.execute(update(LOG).values(size=leaves.stop))
        add(self._connection, LEAF, list(zip(leaves, entries, strict=True)))
        return leaves

    def after(self, epoch: Epoch, sequence: int, *, limit: int) -> list[Step]:
        """What the chain goes on with after `sequence`, in order: stored packets, and those that will never come."""
        query = (
            select(PACKET.c.sequence, PACKET.c.link, PACKET.c.previous, PACKET.c.refusal)
            .where(PACKET.c.unit == epoch[0], PACKET.c.epoch == epoch[1], PACKET.c.sequence > sequence)
            .order_by(PACKET.c.sequence)
            .limit(limit)
        )
        rows = self._connection.execute(query)
        steps = [Step(row.sequence, bytes(row.link), bytes(row.previous), row.refusal is not None) for row in rows]
        stored = {step.sequence for step in steps}
        given_up = [step for step in self._given_up(epoch, sequence, limit=limit) if step.sequence not in stored]
        return sorted(steps + given_up, key=lambda step: step.sequence)[:limit]

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
        if self._room is None:
            kept = self._connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one()
            self._room = QUARANTINED - kept
        if self._room > 0:
            self._room -= 1
            add_new(self._connection, QUARANTINE, [(digest, topic, reason, wire[:QUARANTINED_BYTES], self._now_ms)])

    def alarm(self, kind: str, place: Place, link: bytes) -> None:
        add_new(self._connection, ALARM, [(kind, place.unit, place.epoch, place.sequence, link, self._now_ms)])

    def file_receipts(self, receipts: Iterable[Filed]) -> None:
        add_new(
            self._connection, RECEIPT, [(r.hash, r.unit, r.epoch, r.up_to, r.signed, self._now_ms) for r in receipts]
        )

    def file_health(self, heartbeats: Mapping[bytes, Heartbeat]) -> None:
        """Put in the place of what the units said before."""
        rows = [
            {"unit": unit, "received_ms": self._now_ms, "state": heard.state, "numbers": heard.told()}
            for unit, heard in sorted(heartbeats.items(), key=lambda item: item[0])
        ]
        if rows:
            self._connection.execute(_renew(self._connection.dialect.name), rows)

    def count(self, numbers: Mapping[str, int]) -> None:
        """Add to the counters; in the order of their names, so that two workers cannot wait for each other."""
        rows = [{"name": name, "value": numbers[name]} for name in sorted(numbers)]
        if rows:
            self._connection.execute(_add(self._connection.dialect.name), rows)

    def _given_up(self, epoch: Epoch, sequence: int, *, limit: int) -> list[Step]:
        query = (
            select(GIVEN_UP.c.sequence, GIVEN_UP.c.link)
            .where(GIVEN_UP.c.unit == epoch[0], GIVEN_UP.c.epoch == epoch[1], GIVEN_UP.c.sequence > sequence)
            .order_by(GIVEN_UP.c.sequence)
            .limit(limit)
        )
        told = [(row.sequence, bytes(row.link)) for row in self._connection.execute(query)]
        return [Step(at, UNKNOWN if link == NO_LINK else link, UNKNOWN, refused=True) for at, link in told]

    def _chains(self, epochs: Collection[Epoch], *, held: bool) -> dict[Epoch, Chain]:
        """Taken hold of in one order by everybody, so that two workers cannot wait for each other."""
        key = tuple_(CHAIN.c.unit, CHAIN.c.epoch)
        query = select(CHAIN).where(key.in_(list(epochs))).order_by(CHAIN.c.unit, CHAIN.c.epoch)
        return {
            (bytes(row.unit), row.epoch): Chain(row.up_to, bytes(row.link), row.head, row.refused)
            for row in self._connection.execute(query.with_for_update() if held else query)
        }


def _packet_row(kept: Kept, now_ms: int, leaf: int) -> tuple[object, ...]:
    place = kept.place
    return (
        place.unit, place.epoch, place.sequence, kept.link, kept.previous, kept.wire, kept.evidence, kept.refusal,
        now_ms, kept.kind, leaf,
    )  # fmt: skip


@cache
def _renew(dialect: str) -> Insert:
    """A state does not wipe out the numbers, nor they the state."""
    new = postgresql.insert(HEALTH) if dialect == "postgresql" else sqlite.insert(HEALTH)
    kept = {name: func.coalesce(new.excluded[name], HEALTH.c[name]) for name in ("state", "numbers")}
    renewed = {"received_ms": new.excluded.received_ms, **kept}
    return new.on_conflict_do_update(index_elements=["unit"], set_=renewed)


@cache
def _add(dialect: str) -> Insert:
    new = postgresql.insert(COUNTER) if dialect == "postgresql" else sqlite.insert(COUNTER)
    return new.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTER.c.value + new.excluded.value})
