"""One touch signs a list of decisions: the passkey's challenge is the hash over the hashes of their statements.

Whoever holds a decision's statement, the list and the signature can check it against the officer's public key, offline.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert

from kirpik.errors import StoreError
from kirpik_central.accounts.passkeys import Assertion, Passkeys, is_signed
from kirpik_central.accounts.people import now_ms
from kirpik_central.decisions import Decision, decide_all, in_parts, statements_of
from kirpik_central.desk import control, drafts
from kirpik_central.desk.tables import DRAFT, SIGNATURE, SIGNED
from kirpik_central.rows import add

PURPOSE = "sign"
DOMAIN = b"kirpik/1 decisions\0"
HASH_BYTES = 32


class ChangedError(StoreError):
    """What was to be signed is not what stands there now; nothing was written."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be signed."""

    decisions: tuple[Decision, ...]
    statements: tuple[bytes, ...]

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return tuple(hashlib.sha256(statement).digest() for statement in self.statements)

    @property
    def challenge(self) -> bytes:
        return challenge_of(self.hashes)


def challenge_of(hashes: Sequence[bytes]) -> bytes:
    return hashlib.sha256(DOMAIN + b"".join(hashes)).digest()


def lay_out(connection: Connection, officer: str, *, decided_ms: int) -> Sheet:
    """All that he has said and not signed."""
    decisions = tuple(
        Decision(
            packet=draft.leaf, turn=draft.turn, verdict=draft.verdict, officer=officer, reason=draft.reason,
            decided_ms=decided_ms,
        )
        for draft in drafts.of(connection, officer)
    )  # fmt: skip
    return Sheet(decisions, tuple(_statement(connection, decision) for decision in decisions))


def ask(connection: Connection, officer: str, passkeys: Passkeys) -> tuple[Sheet, str]:
    """The sheet, and the options for the browser."""
    decided_ms = now_ms()
    sheet = lay_out(connection, officer, decided_ms=decided_ms)
    payload = json.dumps({"decided_ms": decided_ms}).encode()
    return sheet, passkeys.ask_to_sign(connection, officer, sheet.challenge, PURPOSE, payload)


def sign(connection: Connection, officer: str, passkeys: Passkeys, answer: str) -> Sheet:
    """Raises PasskeyError, ChangedError, AlreadyDecidedError; then nothing is written."""
    assertion = passkeys.sign(connection, answer, PURPOSE, officer)
    sheet = lay_out(connection, officer, decided_ms=json.loads(assertion.payload)["decided_ms"])
    if not is_signed(assertion, sheet.challenge):
        raise ChangedError("what was signed has changed since")
    write(connection, officer, sheet, assertion)
    return sheet


def confirm_by_code(connection: Connection, officer: str, decided_ms: int) -> Sheet:
    """Whoever has no passkey; his one-time code has been checked. This proves less, and says so."""
    sheet = lay_out(connection, officer, decided_ms=decided_ms)
    write(connection, officer, sheet, None)
    return sheet


def write(connection: Connection, officer: str, sheet: Sheet, assertion: Assertion | None) -> None:
    """Each decision into the log, all of them or none."""
    told = list(zip(sheet.decisions, sheet.statements, strict=True))
    controls = [each for each in told if control.is_one(connection, each[0].packet)]
    for decision, statement in controls:
        control.answer(connection, decision, statement)
    planted = {decision.packet for decision, _ in controls}
    write_cases(connection, [decision for decision in sheet.decisions if decision.packet not in planted])
    file_signature(connection, officer, sheet.hashes, assertion)


def write_cases(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Decisions on true cases, and away with what was only drafted on them, by whomever."""
    if decisions:
        decide_all(connection, decisions)
    for part in in_parts([decision.packet for decision in decisions]):
        connection.execute(delete(DRAFT).where(DRAFT.c.leaf.in_(part)))


def file_signature(connection: Connection, officer: str, hashes: Sequence[bytes], assertion: Assertion | None) -> None:
    if not hashes:
        return
    proof = assertion or Assertion(officer, b"", b"", b"", b"", b"")
    values = {
        "account": officer,
        "method": "passkey" if assertion else "code",
        "credential": proof.credential,
        "client_data": proof.client_data,
        "authenticator_data": proof.authenticator_data,
        "signature": proof.signature,
        "statements": b"".join(hashes),
        "made_ms": now_ms(),
    }
    key = connection.execute(insert(SIGNATURE).returning(SIGNATURE.c.id), values).scalar_one()
    add(connection, SIGNED, [(one, key) for one in hashes])


def _statement(connection: Connection, decision: Decision) -> bytes:
    if control.is_one(connection, decision.packet):
        return control.statement_of(decision)
    return statements_of(connection, [decision])[0]
