"""Secrets that are handed out and come back: sessions, invitations, challenges. Kept by their hashes alone."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from kirpik_central.accounts.people import Account, find, now_ms
from kirpik_central.accounts.tables import CHALLENGE, INVITATION, SESSION

TOKEN_BYTES = 32
INVITATION_MS = 24 * 3600 * 1000
CHALLENGE_MS = 5 * 60 * 1000


def digest(token: str | bytes) -> bytes:
    return hashlib.sha256(token.encode() if isinstance(token, str) else token).digest()


@dataclass(frozen=True, slots=True)
class Session:
    account: Account
    method: str
    """passkey or code."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    idle_ms: int
    whole_ms: int


def open_session(connection: Connection, name: str, method: str) -> str:
    """The cookie of a new session. Sessions that ended are cleared away."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = now_ms()
    values = {"hash": digest(token), "account": name, "method": method, "made_ms": now, "seen_ms": now}
    connection.execute(insert(SESSION), values)
    return token


def find_session(connection: Connection, token: str, lifetimes: Lifetimes) -> Session | None:
    """None for a cookie that was never given, has run out, or whose owner is locked."""
    row = connection.execute(select(SESSION).where(SESSION.c.hash == digest(token))).one_or_none()
    now = now_ms()
    if row is None or now > row.seen_ms + lifetimes.idle_ms or now > row.made_ms + lifetimes.whole_ms:
        return None
    account = find(connection, row.account)
    return None if account is None or account.locked else Session(account, row.method)


def seen(connection: Connection, token: str) -> None:
    connection.execute(update(SESSION).where(SESSION.c.hash == digest(token)).values(seen_ms=now_ms()))


def close_session(connection: Connection, token: str) -> None:
    connection.execute(delete(SESSION).where(SESSION.c.hash == digest(token)))


def clear_away(connection: Connection, lifetimes: Lifetimes) -> None:
    """What has run out."""
    now = now_ms()
    connection.execute(delete(SESSION).where(SESSION.c.seen_ms < now - lifetimes.idle_ms))
    for table in (INVITATION, CHALLENGE):
        connection.execute(delete(table).where(table.c.expires_ms < now))


def invite(connection: Connection, name: str) -> str:
    """Earlier invitations of the same person are void."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(delete(INVITATION).where(INVITATION.c.account == name))
    values = {"hash": digest(token), "account": name, "expires_ms": now_ms() + INVITATION_MS}
    connection.execute(insert(INVITATION), values)
    return token


def invited(connection: Connection, token: str) -> Account | None:
    """Whom the invitation is for, as long as it is good."""
    row = _good(connection, INVITATION, digest(token))
    account = None if row is None else find(connection, row.account)
    return None if account is None or account.locked else account


def use_up(connection: Connection, token: str) -> None:
    connection.execute(delete(INVITATION).where(INVITATION.c.hash == digest(token)))


def keep_challenge(
    connection: Connection, challenge: bytes, purpose: str, *, account: str | None = None, payload: bytes = b""
) -> None:
    """The same challenge may be asked again: then it is the newest asking that counts."""
    key = digest(challenge)
    connection.execute(delete(CHALLENGE).where(CHALLENGE.c.hash == key))
    values = {"hash": key, "purpose": purpose, "account": account, "payload": payload}
    connection.execute(insert(CHALLENGE), {**values, "expires_ms": now_ms() + CHALLENGE_MS})


def take_challenge(connection: Connection, challenge: bytes, purpose: str, account: str | None = None) -> bytes | None:
    """Its payload, once; None for one that was never asked, not for this, not of this person, or too long ago."""
    row = _good(connection, CHALLENGE, digest(challenge))
    taken = connection.execute(delete(CHALLENGE).where(CHALLENGE.c.hash == digest(challenge))).rowcount
    if row is None or taken != 1 or row.purpose != purpose or row.account != account:
        return None
    return bytes(row.payload)


def _good(connection: Connection, table: Table, key: bytes) -> Any:  # noqa: ANN401  a row of the table, or None
    good = (table.c.hash == key) & (table.c.expires_ms >= now_ms())
    return connection.execute(select(table).where(good)).one_or_none()
