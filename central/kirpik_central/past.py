"""What is stored already, asked by whoever has something new. Reads alone, within a transaction that may write."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select, tuple_

from kirpik.wire.checkpoint import NO_LINK
from kirpik.wire.ids import genesis_link
from kirpik_central.chains import UNKNOWN, Chain, Epoch, Place, Step
from kirpik_central.tables import CHAIN, GIVEN_UP, PACKET, UNIT_KEY

NEWEST = 1000
"""Packets of a unit among which is looked for one that was lost from its card: only its last writes can be."""


class Past:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def chains(self, epochs: Collection[Epoch]) -> dict[Epoch, Chain]:
        """Those of the chains that are there, for whoever stores nothing in them."""
        return chains_of(self._connection, epochs, held=False) if epochs else {}

    def links_at(self, places: Collection[Place]) -> dict[Place, bytes]:
        """Links of the packets that are held at those of the places that are taken."""
        if not places:
            return {}
        columns = (PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence)
        wanted = [(place.unit, place.epoch, place.sequence) for place in places]
        query = select(*columns, PACKET.c.link).where(tuple_(*columns).in_(wanted))
        return {Place(bytes(unit), epoch, at): bytes(link) for unit, epoch, at, link in self._connection.execute(query)}

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

    def _given_up(self, epoch: Epoch, sequence: int, *, limit: int) -> list[Step]:
        query = (
            select(GIVEN_UP.c.sequence, GIVEN_UP.c.link)
            .where(GIVEN_UP.c.unit == epoch[0], GIVEN_UP.c.epoch == epoch[1], GIVEN_UP.c.sequence > sequence)
            .order_by(GIVEN_UP.c.sequence)
            .limit(limit)
        )
        told = [(row.sequence, bytes(row.link)) for row in self._connection.execute(query)]
        return [Step(at, UNKNOWN if link == NO_LINK else link, UNKNOWN, refused=True) for at, link in told]


def chains_of(connection: Connection, epochs: Collection[Epoch], *, held: bool) -> dict[Epoch, Chain]:
    """Taken hold of in one order by everybody, so that two workers cannot wait for each other."""
    key = tuple_(CHAIN.c.unit, CHAIN.c.epoch)
    query = select(CHAIN).where(key.in_(list(epochs))).order_by(CHAIN.c.unit, CHAIN.c.epoch)
    return {
        (bytes(row.unit), row.epoch): Chain(row.up_to, bytes(row.link), row.head, row.refused)
        for row in connection.execute(query.with_for_update() if held else query)
    }
