"""A wrong sign, a wrong setting: all that one configuration has led to is taken back, after a look at what it is.

Each case gets a decision of its own, in the log like any other, and one signature covers the list.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from kirpik_central.accounts.passkeys import Assertion, Passkeys, is_signed
from kirpik_central.accounts.people import now_ms
from kirpik_central.decisions import Decision, statements_of
from kirpik_central.desk import signing
from kirpik_central.desk.rules import reason_of
from kirpik_central.desk.signing import ChangedError, Sheet
from kirpik_central.desk.tables import DOCKET
from kirpik_central.tables import VIOLATION

PURPOSE = "recall"
LISTED = 200


@dataclass(frozen=True, slots=True)
class Configuration:
    hash: bytes
    cases: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recall would touch: cases whose last word is another than `recalled`."""

    configuration: bytes
    by_verdict: tuple[tuple[str, int], ...]
    by_site_and_kind: tuple[tuple[str, str, int], ...]
    first_ms: int | None
    last_ms: int | None
    count: int


def configurations(connection: Connection) -> list[Configuration]:
    """The newest first."""
    moment = VIOLATION.c.moment_ms
    query = (
        select(VIOLATION.c.configuration, func.count(), func.min(moment), func.max(moment))
        .group_by(VIOLATION.c.configuration)
        .order_by(func.max(VIOLATION.c.leaf).desc())
        .limit(LISTED)
    )
    return [Configuration(bytes(row[0]), row[1], row[2], row[3]) for row in connection.execute(query)]


def preview(connection: Connection, configuration: bytes) -> Preview:
    left = _left(configuration).order_by(None).subquery()
    verdict = func.coalesce(left.c.verdict, "waiting").label("verdict")
    verdicts = select(verdict, func.count()).group_by(verdict).order_by(verdict)
    places = select(left.c.site, left.c.kind, func.count()).group_by(left.c.site, left.c.kind)
    ends = select(func.count(), func.min(left.c.moment_ms), func.max(left.c.moment_ms))
    count, first_ms, last_ms = connection.execute(ends).one()
    return Preview(
        configuration,
        tuple(tuple(row) for row in connection.execute(verdicts)),
        tuple(tuple(row) for row in connection.execute(places.order_by(left.c.site, left.c.kind))),
        first_ms,
        last_ms,
        count,
    )


def lay_out(connection: Connection, supervisor: str, configuration: bytes, reason: str, *, decided_ms: int) -> Sheet:
    """A sheet like any other: a word of its own for each case that is left."""
    decisions = tuple(
        Decision(
            packet=leaf, turn=turn + 1, verdict="recalled", officer=supervisor,
            reason=reason_of("recall", reason), decided_ms=decided_ms,
        )
        for leaf, turn in connection.execute(_left(configuration).with_only_columns(DOCKET.c.leaf, DOCKET.c.turn))
    )  # fmt: skip
    return Sheet(decisions, tuple(statements_of(connection, decisions)))


def ask(
    connection: Connection, supervisor: str, passkeys: Passkeys, configuration: bytes, reason: str, *, count: int
) -> str:
    """Raises ChangedError where it would touch another number of cases than was shown."""
    decided_ms = now_ms()
    sheet = lay_out(connection, supervisor, configuration, reason, decided_ms=decided_ms)
    _expect(sheet, count)
    told = {"configuration": configuration.hex(), "reason": reason, "decided_ms": decided_ms}
    return passkeys.ask_to_sign(connection, supervisor, sheet.challenge, PURPOSE, json.dumps(told).encode())


def recall(connection: Connection, supervisor: str, passkeys: Passkeys, answer: str) -> int:
    """Take them all back. Return how many. Raises PasskeyError, ChangedError; then nothing is written."""
    assertion = passkeys.sign(connection, answer, PURPOSE, supervisor)
    told = json.loads(assertion.payload)
    configuration = bytes.fromhex(told["configuration"])
    sheet = lay_out(connection, supervisor, configuration, told["reason"], decided_ms=told["decided_ms"])
    if not is_signed(assertion, sheet.challenge):
        raise ChangedError("other cases than were shown")
    return _take_back(connection, supervisor, sheet, assertion)


def recall_by_code(connection: Connection, supervisor: str, configuration: bytes, reason: str, *, count: int) -> int:
    """By whoever has no passkey; his one-time code has been checked. Raises ChangedError."""
    sheet = lay_out(connection, supervisor, configuration, reason, decided_ms=now_ms())
    _expect(sheet, count)
    return _take_back(connection, supervisor, sheet, None)


def _take_back(connection: Connection, supervisor: str, sheet: Sheet, assertion: Assertion | None) -> int:
    signing.write_cases(connection, sheet.decisions)
    signing.file_signature(connection, supervisor, sheet.hashes, assertion)
    return len(sheet.decisions)


def _expect(sheet: Sheet, count: int) -> None:
    if not sheet.decisions or len(sheet.decisions) != count:
        raise ChangedError(f"{len(sheet.decisions)} cases are left, expected {count}")


def _left(configuration: bytes) -> Select[Any]:
    """Cases of the configuration whose last word is another than `recalled`, in the order of their numbers."""
    query = select(DOCKET).join(VIOLATION, VIOLATION.c.leaf == DOCKET.c.leaf)
    last = func.coalesce(DOCKET.c.verdict, "")
    return query.where(VIOLATION.c.configuration == configuration, last != "recalled").order_by(DOCKET.c.leaf)
