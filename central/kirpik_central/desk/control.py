"""Cases that are known to be innocent, handed out among the others, to measure who looks and who only presses a key.

Made from a case that is closed, with one fault put in that a careful look must find. It has a number of the log like
any other (the audit log's entry that tells of it), accuses nobody and never leaves.
"""

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Integer, delete, func, insert, select, update

from kirpik.wire import cbor
from kirpik_central.accounts.audit import SYSTEM, Act, note
from kirpik_central.accounts.people import now_ms
from kirpik_central.case import Opened
from kirpik_central.decisions import ALLOWED, Decision
from kirpik_central.desk import docket
from kirpik_central.desk.tables import CONTROL, DOCKET, DRAFT
from kirpik_central.rows import add_new
from kirpik_central.tables import DECISION

SIMILAR = {
    "0": "8", "1": "7", "2": "7", "3": "8", "4": "1", "5": "6", "6": "5", "7": "1", "8": "3", "9": "0",
    "A": "H", "B": "E", "C": "O", "E": "F", "H": "M", "K": "X",
    "M": "N", "O": "C", "P": "F", "T": "Y", "X": "K", "Y": "T",
}  # fmt: skip
SEEN = ("rejected", "referred")
"""An officer who says this has looked."""
RECENT = 1000


@dataclass(frozen=True, slots=True)
class Score:
    officer: str
    answered: int
    passed: int
    """Found to be innocent, or given to another."""


def other_plate(case: Opened, at: random.Random) -> Opened | None:
    """One letter is not the one in the picture."""
    places = [place for place, letter in enumerate(case.plate) if letter in SIMILAR]
    if not places:
        return None
    place = at.choice(places)
    plate = case.plate[:place] + SIMILAR[case.plate[place]] + case.plate[place + 1 :]
    return msgspec.structs.replace(case, plate=plate)


def no_excess(case: Opened, _at: random.Random) -> Opened | None:
    """What is charged does not exceed the limit."""
    if case.charged_kmh is None:
        return None
    return msgspec.structs.replace(case, limit_kmh=10 * (case.charged_kmh // 10 + 1))


def green_light(case: Opened, _at: random.Random) -> Opened | None:
    """At the moment of the offence the signal was green."""
    if not any(signal.t_s <= 0 and signal.phase == "red" for signal in case.signals):
        return None
    late = [
        msgspec.structs.replace(s, phase={"red": "green", "green": "red"}.get(s.phase, s.phase)) for s in case.signals
    ]
    return msgspec.structs.replace(case, signals=late)


FAULTS: Mapping[str, Callable[[Opened, random.Random], Opened | None]] = {
    "other_plate": other_plate,
    "no_excess": no_excess,
    "green_light": green_light,
}


def put_in(case: Opened, fault: str, leaf: int) -> Opened:
    """The same fault whenever the case is shown."""
    return FAULTS[fault](case, random.Random(leaf)) or case  # noqa: S311  no secret


def source_of(connection: Connection, leaf: int) -> tuple[int, str] | None:
    """The case that a control case was made from, and its fault."""
    row = connection.execute(select(CONTROL).where(CONTROL.c.leaf == leaf)).one_or_none()
    return None if row is None else (row.source, row.fault)


def is_one(connection: Connection, leaf: int) -> bool:
    return source_of(connection, leaf) is not None


def plant(connection: Connection, source: docket.Row, fault: str, opened: Opened) -> int:
    """Into the docket like any other. `opened` is the source with its fault. Returns its number."""
    leaf = note(connection, Act(account=SYSTEM, act="control-made", subject=str(source.leaf), note=fault))
    connection.execute(insert(CONTROL), {"leaf": leaf, "source": source.leaf, "fault": fault})
    speeds = (_m_per_h(opened.charged_kmh), _m_per_h(opened.limit_kmh))
    row = (leaf, source.kind, source.site, source.moment_ms, source.outcome, *speeds, source.confidence_ppm)
    values = (*row, docket.WAITING, 0, None, None, 0)
    add_new(connection, DOCKET, [values])
    return leaf


def candidate(connection: Connection, officer: str, at: random.Random) -> docket.Row | None:
    """A closed case that he has not decided on himself."""
    query = select(DOCKET.c.leaf).where(DOCKET.c.state == docket.DONE).order_by(DOCKET.c.leaf.desc()).limit(RECENT)
    leaves = list(connection.execute(query).scalars())
    at.shuffle(leaves)
    for leaf in leaves[:10]:
        if not _decided_by(connection, leaf, officer):
            return docket.look_up(connection, leaf)
    return None


def answer(connection: Connection, decision: Decision, statement: bytes) -> None:
    """Kept here alone; the case is closed and out of the docket."""
    values = {
        "account": decision.officer, "verdict": decision.verdict, "answered_ms": now_ms(), "statement": statement,
    }  # fmt: skip
    connection.execute(update(CONTROL).where(CONTROL.c.leaf == decision.packet).values(values))
    connection.execute(delete(DRAFT).where(DRAFT.c.leaf == decision.packet))
    connection.execute(delete(DOCKET).where(DOCKET.c.leaf == decision.packet))


def statement_of(decision: Decision) -> bytes:
    """A statement like any other, about a packet that never was."""
    link = hashlib.sha256(b"kirpik/1 control case\0" + decision.packet.to_bytes(8, "big")).digest()
    values: dict[str, object] = {
        "packet": link, "turn": decision.turn, "verdict": decision.verdict, "officer": decision.officer,
        "reason": decision.reason, "decided_ms": decision.decided_ms,
    }  # fmt: skip
    return cbor.encode({key: values[name] for key, (name, _) in ALLOWED.items()})


def scores(connection: Connection) -> list[Score]:
    """By officer."""
    passed = func.sum(func.coalesce(CONTROL.c.verdict.in_(SEEN).cast(Integer), 0))
    query = select(CONTROL.c.account, func.count().label("answered"), passed.label("passed"))
    query = query.where(CONTROL.c.account.is_not(None)).group_by(CONTROL.c.account).order_by(CONTROL.c.account)
    return [Score(row.account, row.answered, int(row.passed)) for row in connection.execute(query)]


def _decided_by(connection: Connection, leaf: int, officer: str) -> bool:
    said = (DECISION.c.packet == leaf) & (DECISION.c.officer == officer)
    return connection.execute(select(DECISION.c.leaf).where(said).limit(1)).first() is not None


def _m_per_h(kmh: float | None) -> int | None:
    return None if kmh is None else round(kmh * 1000)
