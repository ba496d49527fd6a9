"""The verbs of one transaction on the central's tables; the caller commits them as a group.

Whoever stores packets of an epoch first takes hold of its chain's row, and whoever appends to the log of the log's row.
So any number of workers may do so at once, on PostgreSQL as well, and none sees half of what another does.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec
from sqlalchemy import Connection, Insert, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kirpik.wire import packet, tlog
from kirpik_central.chains import Chain, Epoch, Place
from kirpik_central.health import Heartbeat
from kirpik_central.past import Past, chains_of
from kirpik_central.rows import add, add_new
from kirpik_central.tables import (
    ALARM,
    CHAIN,
    COUNTER,
    HEALTH,
    LEAF,
    LOG,
    PACKET,
    QUARANTINE,
    RECEIPT,
    UNIT_KEY,
)

MAY_CHANGE_KEY = (packet.KIND_KEY_CHANGE, packet.KIND_REWRAPPED)
"""Kinds of packets that may bring a new key, for whoever cannot open them."""
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
        self.past = Past(connection)
        self._now_ms = time.time_ns() // 1_000_000
        self._room: int | None = None

    def hold_chains(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        """The chains of these epochs, ours alone until the transaction ends."""
        if not epochs:
            return {}
        chains = chains_of(self._connection, epochs, held=True)
        if missing := sorted(set(epochs) - chains.keys()):
            add_new(self._connection, CHAIN, [(unit, epoch, 0, b"", 0, 0) for unit, epoch in missing])
            chains = chains_of(self._connection, epochs, held=True)
        return chains

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

    def append(self, entries: Sequence[bytes]) -> range:
        """Add entries to the log and return their numbers."""
        if not entries:
            return range(0)
        size = self._connection.execute(select(LOG.c.size).with_for_update()).scalar_one()
        leaves = range(size, size + len(entries))
        self._connection.execute(update(LOG).values(size=leaves.stop))
        add(self._connection, LEAF, list(zip(leaves, entries, strict=True)))
        return leaves

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
