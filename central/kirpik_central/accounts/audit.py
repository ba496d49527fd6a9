"""What people did, one line each, for good: the database refuses to change it, and the log would show that it was.

A statement's hash is a leaf of the log, appended in the same transaction. Nothing here ever holds a plate or an owner.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, tlog
from kirpik_central.accounts.tables import AUDIT
from kirpik_central.ledger import Ledger
from kirpik_central.tables import LEAF

MAX_NOTE = 300
PAGE = 100
SYSTEM = "kirpik-central"
"""In whose name the command line acts."""

ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("at_ms", fields.whole()),
    2: ("account", fields.text(0, 100)),
    3: ("act", fields.text(1, 40)),
    4: ("subject", fields.text(0, 100)),
    5: ("note", fields.text(0, MAX_NOTE)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    account: str
    """Empty for somebody who is not known."""
    act: str
    subject: str = ""
    """A case, an account, a configuration."""
    note: str = ""
    at_ms: int = 0
    leaf: int = -1


def note(connection: Connection, act: Act) -> int:
    """Write it down for good and return its number in the log."""
    at_ms = act.at_ms or time.time_ns() // 1_000_000
    values = {"at_ms": at_ms, "account": act.account, "act": act.act, "subject": act.subject, "note": act.note}
    statement = cbor.encode({key: values[name] for key, (name, _) in ALLOWED.items()})
    fields.closed_map("act", cbor.decode(statement), ALLOWED)
    (leaf,) = Ledger(connection).append([tlog.act_entry(statement)])
    connection.execute(insert(AUDIT), {**values, "leaf": leaf, "statement": statement})
    return leaf


def newest(connection: Connection, *, before: int | None = None, account: str = "", act: str = "") -> list[Act]:
    """A page of them, the newest first, below leaf `before`."""
    query = select(AUDIT).order_by(AUDIT.c.leaf.desc()).limit(PAGE)
    if before is not None:
        query = query.where(AUDIT.c.leaf < before)
    if account:
        query = query.where(AUDIT.c.account == account)
    if act:
        query = query.where(AUDIT.c.act == act)
    return [_act(row) for row in connection.execute(query)]


def altered(connection: Connection) -> Iterator[int]:
    """Leaves of the audit log that are not what was written: a row that was changed, or is missing."""
    entries = select(LEAF.c.number, LEAF.c.entry, AUDIT).join(AUDIT, AUDIT.c.leaf == LEAF.c.number, isouter=True)
    for row in connection.execute(entries.order_by(LEAF.c.number).execution_options(yield_per=1000)):
        entry = bytes(row.entry)
        if (entry[:1] == tlog.ACT or row.leaf is not None) and not _is_whole(row, entry):
            yield row.number


def _is_whole(row: object, entry: bytes) -> bool:
    statement = bytes(getattr(row, "statement", None) or b"")
    try:
        told = fields.closed_map("act", cbor.decode(statement), ALLOWED)
    except WireError:
        return False
    return tlog.act_entry(statement) == entry and all(getattr(row, name) == told[name] for name, _ in ALLOWED.values())


def _act(row: object) -> Act:
    return Act(**{name: getattr(row, name) for name in ("leaf", "at_ms", "account", "act", "subject", "note")})
