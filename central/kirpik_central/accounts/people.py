"""People of the desk: named once and for ever, with one role, locked rather than deleted."""

import re
import time
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, delete, insert, select, update

from kirpik.errors import StoreError
from kirpik_central.accounts.tables import ACCOUNT, SESSION

Role = Literal["officer", "supervisor", "auditor", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)
NAME = re.compile(r"[^\W_](?:[\w .'-]{0,62}[\w.])?")
"""Letters of any alphabet; it stands in decisions for as long as they are kept."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    role: Role
    locked: bool
    language: str
    has_password: bool


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def add(connection: Connection, name: str, role: Role) -> None:
    """Raises StoreError for a name that cannot be one, or that was given before."""
    if NAME.fullmatch(name) is None:
        raise StoreError(f"user {name!r}: expected 1 to 64 letters, digits, spaces, dots or hyphens")
    if find(connection, name) is not None:
        raise StoreError(f"user {name}: there is one already, and a name is given only once")
    connection.execute(insert(ACCOUNT), {"name": name, "role": role, "made_ms": now_ms()})


def find(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def known(connection: Connection, name: str) -> Account:
    """Raises StoreError where there is no such person."""
    account = find(connection, name)
    if account is None:
        raise StoreError(f"user {name}: nobody has this name; see: kirpik-central user list")
    return account


def everybody(connection: Connection) -> list[Account]:
    return [_account(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name))]


def lock(connection: Connection, name: str, *, locked: bool) -> None:
    """Whoever is locked is out at once: his sessions end."""
    known(connection, name)
    values = {"locked_ms": now_ms() if locked else None}
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == name).values(values))
    end_sessions(connection, name)


def give_role(connection: Connection, name: str, role: Role) -> None:
    """He comes in anew with it."""
    known(connection, name)
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == name).values(role=role))
    end_sessions(connection, name)


def speak(connection: Connection, name: str, language: str) -> None:
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == name).values(language=language))


def end_sessions(connection: Connection, name: str) -> None:
    connection.execute(delete(SESSION).where(SESSION.c.account == name))


def _account(row: object) -> Account:
    name, role, language = (getattr(row, field) for field in ("name", "role", "language"))
    locked, password = (getattr(row, field) is not None for field in ("locked_ms", "password"))
    return Account(name, role, locked, language, password)
