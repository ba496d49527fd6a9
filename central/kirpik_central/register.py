"""The reader's verbs of one transaction: packets that nobody has looked into, and what was found in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec
from sqlalchemy import Connection, Insert, bindparam, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kirpik.wire.checkpoint import DOUBTS, GivenUp
from kirpik_central.chains import Place
from kirpik_central.desk.tables import DOCKET
from kirpik_central.rows import add_new
from kirpik_central.tables import CHAIN, GIVEN_UP, LOG, PACKET, READER, UNIT_KEY, VIOLATION, WITHHELD

OPEN = (
    update(PACKET)
    .where(PACKET.c.leaf == bindparam("of_leaf"))
    .values({name: bindparam(f"found_{name}") for name in ("evidence", "wire", "kind", "previous")})
)
REFUSE = update(PACKET).where(PACKET.c.leaf == bindparam("of_leaf")).values(refusal=bindparam("reason"))
COUNT_REFUSED = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values(refused=CHAIN.c.refused + 1)
)
TAKE_BACK = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values(refused=CHAIN.c.refused - 1)
)
CHANGE_KEY = (
    update(UNIT_KEY)
    .where(
        UNIT_KEY.c.unit == bindparam("of_unit"),
        UNIT_KEY.c.epoch == bindparam("of_epoch"),
        UNIT_KEY.c.sequence == bindparam("of_sequence"),
    )
    .values(public=bindparam("new"))
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A stored packet; without `evidence` it still has to be opened, and only then `wire` is there."""

    leaf: int
    place: Place
    wire: bytes = field(repr=False)
    evidence: bytes | None = field(repr=False)


def key_changes(connection: Connection, unit: bytes) -> list[tuple[int, int, bytes]]:
    """Epoch, sequence and new key of each change that is known, in order."""
    query = (
        select(UNIT_KEY.c.epoch, UNIT_KEY.c.sequence, UNIT_KEY.c.public)
        .where(UNIT_KEY.c.unit == unit, UNIT_KEY.c.public.is_not(None))
        .order_by(UNIT_KEY.c.epoch, UNIT_KEY.c.sequence)
    )
    return [(row.epoch, row.sequence, bytes(row.public)) for row in connection.execute(query)]


class Violation(msgspec.Struct, frozen=True):
    """By what cases are found: never by a plate."""

    leaf: int
    kind: str
    site: str
    moment_ms: int | None
    configuration: bytes
    outcome: str = "charge"
    charged_m_per_h: int | None = None
    limit_m_per_h: int | None = None
    confidence_ppm: int = 1_000_000
    """Of the least certain letter."""

    def row(self) -> tuple[object, ...]:
        return self.leaf, self.kind, self.site, self.moment_ms, self.configuration

    def docket_row(self) -> tuple[object, ...]:
        """Waiting, nobody's, never decided on."""
        numbers = (self.charged_m_per_h, self.limit_m_per_h, self.confidence_ppm)
        return (self.leaf, self.kind, self.site, self.moment_ms, self.outcome, *numbers, "waiting", 0, None, None, 0)


class Register:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opened: list[dict[str, object]] = []
        self._violations: list[Violation] = []

    def hold_unread(self, limit: int) -> tuple[list[Unread], int]:
        """The oldest that nobody has looked into, ours until the transaction ends; none while another reads.

        Also return the leaf to go on with after them.
        """
        place = select(READER.c.next).with_for_update(skip_locked=True)
        first = self._connection.execute(place).scalar_one_or_none()
        if first is None:
            return [], 0
        size = self._connection.execute(select(LOG.c.size)).scalar_one()
        sealed = case((PACKET.c.evidence.is_(None), PACKET.c.wire)).label("wire")
        query = (
            select(PACKET.c.leaf, PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence, PACKET.c.evidence, sealed)
            .where(PACKET.c.leaf >= first, PACKET.c.leaf < size, PACKET.c.refusal.is_(None))
            .order_by(PACKET.c.leaf)
            .limit(limit)
        )
        rows = self._connection.execute(query).all()
        unread = [Unread(r.leaf, Place(r.unit, r.epoch, r.sequence), r.wire or b"", r.evidence) for r in rows]
        return unread, size if len(unread) < limit else unread[-1].leaf + 1

    def put_back(self, reason: str) -> int:
        """Let all that was refused for that reason be looked into again. Return how many."""
        wanted = (PACKET.c.refusal == reason) & PACKET.c.evidence.is_(None)
        rows = self._connection.execute(select(PACKET.c.leaf, PACKET.c.unit, PACKET.c.epoch).where(wanted)).all()
        if rows:
            self._connection.execute(update(PACKET).where(wanted).values(refusal=None))
            self._connection.execute(TAKE_BACK, [{"of_unit": row.unit, "of_epoch": row.epoch} for row in rows])
            first = min(row.leaf for row in rows)
            self._connection.execute(update(READER).where(READER.c.next > first).values(next=first))
        return len(rows)

    def go_on(self, leaf: int) -> None:
        """All leaves below this one have been looked into."""
        self._connection.execute(update(READER).where(READER.c.next < leaf).values(next=leaf))

    def file_opened(self, leaf: int, evidence: bytes, wire: bytes, kind: int, previous: bytes) -> None:
        """Keep what came to light of a packet that was stored unopened."""
        found = {"found_evidence": evidence, "found_wire": wire, "found_kind": kind, "found_previous": previous}
        self._opened.append({"of_leaf": leaf, **found})

    def file_violation(self, violation: Violation) -> None:
        """Once, however often the packet is looked into."""
        self._violations.append(violation)

    def file_all(self) -> None:
        """Write what was only noted down so far: many rows at a time are cheaper."""
        if self._opened:
            self._connection.execute(OPEN, self._opened)
        add_new(self._connection, VIOLATION, [one.row() for one in self._violations])
        add_new(self._connection, DOCKET, [one.docket_row() for one in self._violations])
        self._opened, self._violations = [], []

    def change_key(self, place: Place, new_key: bytes | None) -> None:
        """A key change that waited to be opened: the new key, or None where it turned out to be none."""
        values = {"of_unit": place.unit, "of_epoch": place.epoch, "of_sequence": place.sequence, "new": new_key}
        if new_key is not None:
            self._connection.execute(CHANGE_KEY, values)
        else:
            at = (UNIT_KEY.c.unit == place.unit) & (UNIT_KEY.c.epoch == place.epoch)
            self._connection.execute(delete(UNIT_KEY).where(at, UNIT_KEY.c.sequence == place.sequence))

    def file_given_up(self, unit: bytes, given_up: Iterable[GivenUp]) -> None:
        """These will never come: the chain goes on without them."""
        add_new(self._connection, GIVEN_UP, [(unit, one.epoch, one.sequence, one.link) for one in given_up])

    def file_withheld(self, unit: bytes, epoch: int, withheld: Sequence[int]) -> None:
        """As the epoch's newest checkpoint tells; they come in any order, and each tells all since the epoch began."""
        rows = [
            {"unit": unit, "epoch": epoch, "reason": reason, "number": number}
            for reason, number in zip(DOUBTS, withheld, strict=True)
            if number
        ]
        if rows:
            self._connection.execute(_most(self._connection.dialect.name), rows)

    def refuse(self, refused: Sequence[tuple[Unread, str]]) -> None:
        """Mark packets as no evidence; later receipts of their epochs say so."""
        if refused:
            self._connection.execute(REFUSE, [{"of_leaf": one.leaf, "reason": reason} for one, reason in refused])
            places = sorted((one.place.unit, one.place.epoch) for one, _ in refused)
            self._connection.execute(COUNT_REFUSED, [{"of_unit": unit, "of_epoch": epoch} for unit, epoch in places])


@cache
def _most(dialect: str) -> Insert:
    """A count of one run only ever grows."""
    new = postgresql.insert(WITHHELD) if dialect == "postgresql" else sqlite.insert(WITHHELD)
    told, known = new.excluded.number, WITHHELD.c.number
    return new.on_conflict_do_update(
        index_elements=["unit", "epoch", "reason"], set_={"number": case((told > known, told), else_=known)}
    )
