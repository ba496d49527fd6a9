"""A wrong sign, a wrong setting: all that one configuration has led to is taken back, after a look at what it is.

Each case gets a decision of its own, in the log like any other, and one signature covers the list.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from kirpik.errors import StoreError
from kirpik_central.accounts.passkeys import Assertion, Passkeys, is_signed
from kirpik_central.accounts.people import now_ms
from kirpik_central.decisions import Decision, decide, statement_of
from kirpik_central.desk import signing
from kirpik_central.desk.rules import reason_of
from kirpik_central.desk.tables import DOCKET, DRAFT
from kirpik_central.tables import VIOLATION

PURPOSE = "recall"
DOMAIN = b"kirpik/1 recall\0"
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
    leaves: tuple[int, ...]

    @property
    def challenge(self) -> bytes:
        """What the supervisor signs: the configuration and the very cases that he was shown."""
        listed = b"".join(leaf.to_bytes(8, "big") for leaf in self.leaves)
        return hashlib.sha256(DOMAIN + self.configuration + listed).digest()


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
    query = (
        select(DOCKET.c.leaf, DOCKET.c.state, DOCKET.c.verdict, DOCKET.c.site, DOCKET.c.kind, DOCKET.c.moment_ms)
        .join(VIOLATION, VIOLATION.c.leaf == DOCKET.c.leaf)
        .where(VIOLATION.c.configuration == configuration, func.coalesce(DOCKET.c.verdict, "") != "recalled")
        .order_by(DOCKET.c.leaf)
    )
    rows = connection.execute(query).all()
    verdicts: dict[str, int] = {}
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        verdicts[row.verdict or "waiting"] = verdicts.get(row.verdict or "waiting", 0) + 1
        places[row.site, row.kind] = places.get((row.site, row.kind), 0) + 1
    moments = [row.moment_ms for row in rows if row.moment_ms is not None]
    return Preview(
        configuration,
        tuple(sorted(verdicts.items())),
        tuple((site, kind, number) for (site, kind), number in sorted(places.items())),
        min(moments, default=None),
        max(moments, default=None),
        tuple(row.leaf for row in rows),
    )


def ask(connection: Connection, supervisor: str, passkeys: Passkeys, shown: Preview, reason: str) -> str:
    payload = json.dumps({"configuration": shown.configuration.hex(), "reason": reason}).encode()
    return passkeys.ask_to_sign(connection, supervisor, shown.challenge, PURPOSE, payload)


def recall(connection: Connection, supervisor: str, passkeys: Passkeys, answer: str) -> int:
    """Take them all back. Return how many. Raises PasskeyError, ChangedError; then nothing is written."""
    assertion = passkeys.sign(connection, answer, PURPOSE, supervisor)
    told = json.loads(assertion.payload)
    shown = preview(connection, bytes.fromhex(told["configuration"]))
    if not is_signed(assertion, shown.challenge):
        raise signing.ChangedError("other cases than were shown")
    return take_back(connection, supervisor, shown, told["reason"], assertion)


def take_back(connection: Connection, supervisor: str, shown: Preview, reason: str, assertion: Assertion | None) -> int:
    decided_ms = now_ms()
    if not shown.leaves:
        raise StoreError("no case is left that this would touch")
    hashes: list[bytes] = []
    for leaf, turn in _turns(connection, shown.leaves):
        decision = Decision(
            packet=leaf, turn=turn + 1, verdict="recalled", officer=supervisor,
            reason=reason_of("recall", reason), decided_ms=decided_ms,
        )  # fmt: skip
        hashes.append(hashlib.sha256(statement_of(connection, decision)).digest())
        decide(connection, decision)
    touched = select(VIOLATION.c.leaf).where(VIOLATION.c.configuration == shown.configuration)
    connection.execute(delete(DRAFT).where(DRAFT.c.leaf.in_(touched)))
    return _file(connection, supervisor, hashes, assertion)


def _file(connection: Connection, supervisor: str, hashes: list[bytes], assertion: Assertion | None) -> int:
    signing.file_signature(connection, supervisor, hashes, assertion)
    return len(hashes)


def _turns(connection: Connection, leaves: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at in range(0, len(leaves), 500):
        query = select(DOCKET.c.leaf, DOCKET.c.turn).where(DOCKET.c.leaf.in_(leaves[at : at + 500]))
        found += [(row.leaf, row.turn) for row in connection.execute(query.order_by(DOCKET.c.leaf))]
    return found
