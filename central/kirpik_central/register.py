"""The reader's verbs of one transaction: packets that nobody has looked into, and what was found in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from kirpik_central.chains import Place
from kirpik_central.tables import CHAIN, PACKET, UNREAD, VIOLATION

OPEN = update(PACKET).where(PACKET.c.leaf == bindparam("of_leaf")).values(evidence=bindparam("found"))
REFUSE = update(PACKET).where(PACKET.c.leaf == bindparam("of_leaf")).values(refusal=bindparam("reason"))
COUNT_REFUSED = (
    update(CHAIN)
    .where(CHAIN.c.unit == bindparam("of_unit"), CHAIN.c.epoch == bindparam("of_epoch"))
    .values(refused=CHAIN.c.refused + 1)
)
FORGET = delete(UNREAD).where(UNREAD.c.leaf == bindparam("of_leaf"))


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
        """The oldest, ours alone until the transaction ends; what another reader holds is passed over."""
        query = (
            select(PACKET.c.leaf, PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence, PACKET.c.wire, PACKET.c.evidence)
            .join(UNREAD, UNREAD.c.leaf == PACKET.c.leaf)
            .order_by(UNREAD.c.leaf)
            .limit(limit)
            .with_for_update(of=UNREAD, skip_locked=True)
        )
        return [
            Unread(leaf, Place(bytes(unit), epoch, sequence), bytes(wire), None if evidence is None else bytes(evidence))
            for leaf, unit, epoch, sequence, wire, evidence in self._connection.execute(query)
        ]

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

    def forget_unread(self, leaves: Sequence[int]) -> None:
        if leaves:
            self._connection.execute(FORGET, [{"of_leaf": leaf} for leaf in leaves])
