"""What named officers decide: one word at a time, each in the log, none ever altered. Nothing leaves without one.

A later word on the same packet, after an appeal, is its next turn, and the last one holds. Whoever decides says which
turn he has before him, so that two who look at the same case cannot both decide it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from kirpik.errors import StoreError
from kirpik.wire import cbor, fields, tlog
from kirpik_central.desk.tables import DOCKET
from kirpik_central.ledger import Ledger
from kirpik_central.tables import DECISION, PACKET, VIOLATION

Verdict = Literal["confirmed", "rejected", "warned", "proposed", "referred", "recalled"]
"""Charge, drop, warn instead of charging; confirmed by the first of two officers; given to another officer; and
dropped with all that one configuration has led to."""
OPEN: tuple[Verdict, ...] = ("proposed", "referred")
"""After these another officer has to look."""
ACCUSING: tuple[Verdict, ...] = ("confirmed", "warned")
"""Only these leave."""
MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    packet: int
    """Its number in the log."""
    turn: int
    """From 1 on each packet."""
    verdict: str
    officer: str
    reason: str
    decided_ms: int


ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("packet", fields.blob(fields.SHA256_BYTES)),
    2: ("turn", fields.whole(1)),
    3: ("verdict", fields.one_of(*get_args(Verdict))),
    4: ("officer", fields.text(1, 100)),
    5: ("reason", fields.text(0, MAX_REASON)),
    6: ("decided_ms", fields.whole()),
}
"""The statement, whose hash is in the log; there the packet is named by its link."""


class AlreadyDecidedError(StoreError):
    """Another officer was faster; nothing was written."""


def decide(connection: Connection, decision: Decision) -> int:
    """Write a decision down for good and return its number in the log.

    Raises StoreError where there is no such violation, AlreadyDecidedError where its turn is taken, WireError with the
    field's name for what no statement can hold.
    """
    if decision.turn != turns(connection, decision.packet) + 1:
        raise AlreadyDecidedError(f"case {decision.packet}: turn {decision.turn} has been decided")
    statement = _statement(decision, _link(connection, decision.packet))
    (leaf,) = Ledger(connection).append([tlog.decision_entry(statement)])
    try:
        connection.execute(insert(DECISION), {**asdict(decision), "leaf": leaf, "statement": statement})
    except IntegrityError as error:
        raise AlreadyDecidedError(f"case {decision.packet}: turn {decision.turn} has been decided") from error
    _move_on(connection, decision)
    return leaf


def turns(connection: Connection, packet: int) -> int:
    """How often a packet has been decided on."""
    query = select(func.count()).select_from(DECISION).where(DECISION.c.packet == packet)
    return int(connection.execute(query).scalar_one())


def read_statement(statement: bytes) -> dict[str, object]:
    """Raises WireError unless it is one."""
    return fields.closed_map("decision", cbor.decode(statement), ALLOWED)


def _link(connection: Connection, packet: int) -> bytes:
    violation = select(PACKET.c.link).join(VIOLATION, VIOLATION.c.leaf == PACKET.c.leaf).where(PACKET.c.leaf == packet)
    link = connection.execute(violation).scalar_one_or_none()
    if link is None:
        raise StoreError(f"case {packet}: no violation has this number")
    return bytes(link)


def _move_on(connection: Connection, decision: Decision) -> None:
    """In the docket: another officer's, or nobody's any more."""
    state = "second" if decision.verdict in OPEN else "done"
    values = {"state": state, "turn": decision.turn, "verdict": decision.verdict, "holder": None, "held_until_ms": 0}
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == decision.packet).values(values))


def statement_of(connection: Connection, decision: Decision) -> bytes:
    """What `decide` would write down. Raises StoreError, WireError as it does."""
    return _statement(decision, _link(connection, decision.packet))


def _statement(decision: Decision, link: bytes) -> bytes:
    values: dict[str, object] = {**asdict(decision), "packet": link}
    statement = cbor.encode({key: values[name] for key, (name, _) in ALLOWED.items()})
    read_statement(statement)
    return statement


def waiting(connection: Connection, *, limit: int) -> Sequence[int]:
    """Violations that nobody has decided on, the oldest first."""
    decided = select(DECISION.c.packet).where(DECISION.c.packet == VIOLATION.c.leaf)
    query = select(VIOLATION.c.leaf).where(~decided.exists()).order_by(VIOLATION.c.leaf).limit(limit)
    return list(connection.execute(query).scalars())
