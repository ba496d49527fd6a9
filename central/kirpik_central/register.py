"""The reader's verbs of one transaction: packets that nobody has looked into, and what was found in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, insert, select, update

from kirpik_central.chains import Place
from kirpik_central.tables import CHAIN, PACKET, READER, VIOLATION

OPEN = update(PACKET).where(PACKET.c.leaf == bindparam("of_leaf")).values(evidence=bindparam("found"))
REFUSE = update(PACKET).where(PACKET.c.leaf == bindparam("of_leaf")).values(refusal=bindparam("reason"))
COUNT_REFUSED = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values(refused=CHAIN.c.refused + 1)
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A stored packet; without `evidence` it still has to be opened."""

    leaf: int
    place: Place
    wire: bytes = field(repr=False)
    evidence: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Violation:
    """By what cases are found: never by a plate."""

    leaf: int
    kind: str
    site: str
    moment_ms: int | None
    configuration: bytes


class Register:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold_unread(self, limit: int) -> list[Unread]:
        """The oldest that nobody has looked into, ours until the transaction ends; none while another reads."""
        place = select(READER.c.next).with_for_update(skip_locked=True)
        first = self._connection.execute(place).scalar_one_or_none()
        if first is None:
            return []
        query = (
            select(PACKET.c.leaf, PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence, PACKET.c.wire, PACKET.c.evidence)
            .where(PACKET.c.leaf >= first, PACKET.c.refusal.is_(None))
            .order_by(PACKET.c.leaf)
            .limit(limit)
        )
        rows = self._connection.execute(query)
        return [Unread(r.leaf, Place(r.unit, r.epoch, r.sequence), r.wire, r.evidence) for r in rows]

    def go_on(self, leaf: int) -> None:
        """What is held has been looked into, up to this leaf."""
        self._connection.execute(update(READER).values(next=leaf + 1))

    def file_opened(self, opened: Iterable[tuple[int, bytes]]) -> None:
        """Keep the evidence of packets that were stored unopened."""
        if rows := [{"of_leaf": leaf, "found": evidence} for leaf, evidence in opened]:
            self._connection.execute(OPEN, rows)

    def file_violations(self, violations: Iterable[Violation]) -> None:
        rows = [
            {"leaf": v.leaf, "kind": v.kind, "site": v.site, "moment_ms": v.moment_ms, "configuration": v.configuration}
            for v in violations
        ]
        if rows:
            self._connection.execute(insert(VIOLATION), rows)

    def refuse(self, refused: Sequence[tuple[Unread, str]]) -> None:
        """Mark packets as no evidence; later receipts of their epochs say so."""
        if refused:
            self._connection.execute(REFUSE, [{"of_leaf": one.leaf, "reason": reason} for one, reason in refused])
            places = sorted((one.place.unit, one.place.epoch) for one, _ in refused)
            self._connection.execute(COUNT_REFUSED, [{"of_unit": unit, "of_epoch": epoch} for unit, epoch in places])
