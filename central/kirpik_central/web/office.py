"""What the officers' pages work with, and the few verbs that several of them need."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import TypeVar

from sqlalchemy import Connection, Engine

from kirpik_central.accounts import audit, tokens
from kirpik_central.accounts.passkeys import Passkeys
from kirpik_central.accounts.people import now_ms
from kirpik_central.accounts.tables import SESSION
from kirpik_central.accounts.tokens import Lifetimes, Session
from kirpik_central.desk.casefile import Archive
from kirpik_central.desk.owners import Registry
from kirpik_central.desk.rules import Rules
from kirpik_central.store import Store
from kirpik_central.web.ask import Ask, RefusedError

Result = TypeVar("Result")
SEEN_MS = 60_000
"""A session is noted as used no more often than this."""
EVERY_ROLE = ("officer", "supervisor", "auditor", "operator")


@dataclass(frozen=True)
class Office:
    store: Store
    archive: Archive
    passkeys: Passkeys
    registry: Registry | None
    rules: Rules
    lifetimes: Lifetimes
    gate: AbstractContextManager[object] = field(default_factory=nullcontext, repr=False)
    chance: Random = field(default_factory=SystemRandom, repr=False)

    def read(self, do: Callable[[Connection], Result]) -> Result:
        return self.store.read(do)

    def write(self, do: Callable[[Connection], Result]) -> Result:
        """In one transaction: all of it, or nothing where it raises.

        SQLite has one writer at a time and no queue for the others; the gate is one, so that nobody waits too long.
        """
        with self.gate:
            return self.store.write(do)

    def session_of(self, cookie: str) -> Session | None:
        """Noted as used, now and then."""
        session = self.read(lambda connection: tokens.find_session(connection, cookie, self.lifetimes))
        if session is not None and self.read(lambda connection: _is_stale(connection, cookie)):
            self.write(lambda connection: tokens.seen(connection, cookie))
        return session

    def refused(self, ask: Ask, refusal: RefusedError) -> None:
        """Somebody who is known tried what he may not."""
        if ask.form or refusal.code in ("role", "token", "origin"):
            act = audit.Act(account=ask.name, act="refused", subject=refusal.code, note=ask.shape[:100])
            self.write(lambda connection: audit.note(connection, act))


def gate_of(engine: Engine) -> AbstractContextManager[object]:
    return threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()


def note(connection: Connection, ask: Ask, act: str, subject: object = "", text: str = "") -> None:
    """Into the audit log, under the name of whoever asks."""
    audit.note(connection, audit.Act(account=ask.name, act=act, subject=str(subject), note=text))


def _is_stale(connection: Connection, cookie: str) -> bool:
    used = SESSION.select().with_only_columns(SESSION.c.seen_ms).where(SESSION.c.hash == tokens.digest(cookie))
    seen = connection.execute(used).scalar()
    return seen is None or seen < now_ms() - SEEN_MS
