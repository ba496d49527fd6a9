"""What named officers decide: one word at a time, each in the log, none ever altered. Nothing leaves without one.

A later word on the same packet, after an appeal, is its next turn, and the last one holds. Whoever decides says which
turn he has before him, so that two who look at the same case cannot both decide it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, bindparam, func, insert, select, update
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
PART = 5000
MOVE_ON = (
    update(DOCKET)
    .where(DOCKET.c.leaf == bindparam("case"))
    .values({name: bindparam(name) for name in ("state", "turn", "verdict")} | {"holder": None, "held_until_ms": 0})
)


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
    """`decide_all` of one; its number in the log."""
    (leaf,) = decide_all(connection, [decision])
    return leaf


def decide_all(connection: Connection, decisions: Sequence[Decision]) -> range:
    """Write decisions on as many packets down for good, all or none, and return their numbers in the log.

    Raises StoreError where there is no such violation, AlreadyDecidedError where a turn is taken, WireError with the
    field's name for what no statement can hold.
    """
    taken = _turns(connection, [decision.packet for decision in decisions])
    for decision in decisions:
        if decision.turn != taken.get(decision.packet, 0) + 1:
            raise AlreadyDecidedError(f"case {decision.packet}: turn {decision.turn} has been decided")
    statements = statements_of(connection, decisions)
    leaves = Ledger(connection).append([tlog.decision_entry(statement) for statement in statements])
    numbered = zip(decisions, statements, leaves, strict=True)
    try:
        connection.execute(insert(DECISION), [{**asdict(d), "leaf": at, "statement": said} for d, said, at in numbered])
    except IntegrityError as error:
        raise AlreadyDecidedError("one of the cases has been decided by somebody else just now") from error
    connection.execute(MOVE_ON, [_moved(decision) for decision in decisions])
    return leaves


def turns(connection: Connection, packet: int) -> int:
    """How often a packet has been decided on."""
    query = select(func.count()).select_from(DECISION).where(DECISION.c.packet == packet)
    return int(connection.execute(query).scalar_one())


def read_statement(statement: bytes) -> dict[str, object]:
    """Raises WireError unless it is one."""
    return fields.closed_map("decision", cbor.decode(statement), ALLOWED)


def statements_of(connection: Connection, decisions: Sequence[Decision]) -> list[bytes]:
    """What `decide_all` would write down. Raises StoreError, WireError as it does."""
    links = _links(connection, [decision.packet for decision in decisions])
    missing = next((decision.packet for decision in decisions if decision.packet not in links), None)
    if missing is not None:
        raise StoreError(f"case {missing}: no violation has this number")
    return [_statement(decision, links[decision.packet]) for decision in decisions]


def in_parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """For a query that names each of them; a database takes only so many."""
    for at in range(0, len(numbers), PART):
        yield numbers[at : at + PART]


def _turns(connection: Connection, packets: Sequence[int]) -> dict[int, int]:
    """How often those of the packets have been decided on that have been at all."""
    found: dict[int, int] = {}
    for part in in_parts(packets):
        query = select(DECISION.c.packet, func.count()).where(DECISION.c.packet.in_(part)).group_by(DECISION.c.packet)
        found |= {row.packet: row[1] for row in connection.execute(query)}
    return found


def _links(connection: Connection, packets: Sequence[int]) -> dict[int, bytes]:
    """Of those that are violations."""
    found: dict[int, bytes] = {}
    for part in in_parts(packets):
        query = select(PACKET.c.leaf, PACKET.c.link).join(VIOLATION, VIOLATION.c.leaf == PACKET.c.leaf)
        found |= {leaf: bytes(link) for leaf, link in connection.execute(query.where(PACKET.c.leaf.in_(part)))}
    return found


def _moved(decision: Decision) -> dict[str, object]:
    """In the docket: another officer's, or nobody's any more."""
    state = "second" if decision.verdict in OPEN else "done"
    return {"case": decision.packet, "state": state, "turn": decision.turn, "verdict": decision.verdict}


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
