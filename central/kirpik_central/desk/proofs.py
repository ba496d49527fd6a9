"""Whether a decision is proven by its officer's passkey: checked again, years later too, from what is kept."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kirpik_central.accounts.passkeys import Assertion, is_signed
from kirpik_central.desk.signing import HASH_BYTES, challenge_of
from kirpik_central.desk.tables import SIGNATURE, SIGNED
from kirpik_central.tables import DECISION

PART = 1000


def unproven(connection: Connection) -> Iterator[tuple[int, str]]:
    """Decisions that no passkey's signature covers: their numbers in the log, and why."""
    query = select(DECISION.c.leaf, DECISION.c.statement, DECISION.c.officer).order_by(DECISION.c.leaf)
    proofs = Proofs(connection)
    for rows in connection.execute(query.execution_options(yield_per=PART)).partitions():
        words = [(bytes(row.statement), row.officer) for row in rows]
        yield from ((row.leaf, why) for row, why in zip(rows, proofs.why_not(words), strict=True) if why)


def why_turn_unproven(connection: Connection, packet: int, turn: int) -> str:
    """The same for one word on a case."""
    query = select(DECISION.c.statement, DECISION.c.officer)
    row = connection.execute(query.where(DECISION.c.packet == packet, DECISION.c.turn == turn)).one()
    return Proofs(connection).why_not([(bytes(row.statement), row.officer)])[0]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A signature that was looked into: whether it holds, whose it is, and what it covers."""

    number: int
    why_not: str
    account: str
    covers: frozenset[bytes]


@dataclass(slots=True)
class Proofs:
    """Decisions that were signed together stand together in the log, so only the last signature is remembered."""

    _connection: Connection
    _last: _Proof = field(default_factory=lambda: _Proof(-1, "", "", frozenset()))

    def why_not(self, words: Sequence[tuple[bytes, str]]) -> list[str]:
        """Of statements and their officers: empty for one that its officer's passkey has signed."""
        digests = [hashlib.sha256(statement).digest() for statement, _ in words]
        query = select(SIGNED.c.statement, SIGNED.c.signature).where(SIGNED.c.statement.in_(digests))
        numbers = {bytes(row.statement): row.signature for row in self._connection.execute(query)}
        named = zip(digests, words, strict=True)
        return [self._why_not(digest, officer, numbers.get(digest)) for digest, (_, officer) in named]

    def _why_not(self, digest: bytes, officer: str, number: int | None) -> str:
        if number is None:
            return "unsigned"
        if number != self._last.number:
            self._last = _look_into(self._connection, number)
        good = self._last.account == officer and digest in self._last.covers
        return self._last.why_not or ("" if good else "signature")


def _look_into(connection: Connection, number: int) -> _Proof:
    row = connection.execute(select(SIGNATURE).where(SIGNATURE.c.id == number)).one()
    if row.method != "passkey":
        return _Proof(number, "code", row.account, frozenset())
    listed = bytes(row.statements)
    hashes = [listed[at : at + HASH_BYTES] for at in range(0, len(listed), HASH_BYTES)]
    parts = (bytes(row.client_data), bytes(row.authenticator_data), bytes(row.signature))
    signed = is_signed(Assertion(row.account, bytes(row.credential), *parts, b""), challenge_of(hashes))
    return _Proof(number, "" if signed else "signature", row.account, frozenset(hashes))
