"""`kirpik-central user` and `audit`: people are made and locked at the server, by whoever may be there."""

import json
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from kirpik.errors import ConfigError, StoreError
from kirpik_central.accounts import audit, people, tokens
from kirpik_central.accounts.audit import SYSTEM, Act
from kirpik_central.accounts.people import Role
from kirpik_central.desk import proofs
from kirpik_central.store import Store

ACTIONS = ("add", "invite", "lock", "unlock", "role", "list")
NEED_ROLE = ("add", "role")


def manage(store: Store, origin: str, action: str, name: str, role: Role | None) -> list[str]:
    """Lines to be printed. Raises ConfigError for what is missing, StoreError for a name that is not, or is taken."""
    if action == "list":
        return [_line(account) for account in store.read(people.everybody)]
    if not name:
        raise ConfigError(f"user {action}: expected a name")
    if (role is None) == (action in NEED_ROLE):
        raise ConfigError(f"user {action}: expected {'a --role' if role is None else 'no --role'}")
    return store.write(lambda connection: DOERS[action](connection, origin, name, role or "officer"))


def told(store: Store) -> Iterator[str]:
    """The whole audit log, the newest entry first."""
    before: int | None = None
    while acts := store.read(lambda connection, before=before: audit.newest(connection, before=before)):  # type: ignore[misc]
        for act in acts:
            before = act.leaf
            yield json.dumps(
                {"leaf": act.leaf, "at_utc_ms": act.at_ms, "account": act.account, "act": act.act,
                 "subject": act.subject, "note": act.note}, ensure_ascii=False,
            )  # fmt: skip


def check(store: Store) -> Iterator[str]:
    """Raises StoreError where an entry was altered or a signature does not fit; unsigned decisions are only told."""
    altered = store.read(lambda connection: list(audit.altered(connection)))
    unproven = store.read(lambda connection: list(proofs.unproven(connection)))
    yield from (f"decision {leaf}: {why}" for leaf, why in unproven)
    wrong = [leaf for leaf, why in unproven if why == "signature"]
    if altered or wrong:
        places = ", ".join(map(str, [*altered, *wrong][:20]))
        raise StoreError(f"the audit log or a decision was altered at {places} of the log")
    yield f"audit log whole; decisions without a passkey's signature: {len(unproven)}"


def _add(connection: Connection, origin: str, name: str, role: Role) -> list[str]:
    people.add(connection, name, role)
    audit.note(connection, Act(account=SYSTEM, act="user-added", subject=name, note=role))
    return _link(connection, origin, name)


def _invite(connection: Connection, origin: str, name: str, _role: Role) -> list[str]:
    people.known(connection, name)
    audit.note(connection, Act(account=SYSTEM, act="user-invited", subject=name))
    return _link(connection, origin, name)


def _lock(connection: Connection, _origin: str, name: str, _role: Role) -> list[str]:
    people.lock(connection, name, locked=True)
    audit.note(connection, Act(account=SYSTEM, act="user-locked", subject=name))
    return [f"{name} is locked; open sessions have ended"]


def _unlock(connection: Connection, _origin: str, name: str, _role: Role) -> list[str]:
    people.lock(connection, name, locked=False)
    audit.note(connection, Act(account=SYSTEM, act="user-unlocked", subject=name))
    return [f"{name} may come in again"]


def _give_role(connection: Connection, _origin: str, name: str, role: Role) -> list[str]:
    people.give_role(connection, name, role)
    audit.note(connection, Act(account=SYSTEM, act="role-given", subject=name, note=role))
    return [f"{name} is {role}"]


DOERS: dict[str, Callable[[Connection, str, str, Role], list[str]]] = {
    "add": _add,
    "invite": _invite,
    "lock": _lock,
    "unlock": _unlock,
    "role": _give_role,
}


def _link(connection: Connection, origin: str, name: str) -> list[str]:
    return [f"{origin}/enrol/{tokens.invite(connection, name)}", f"good once, for 24 hours, for {name} alone"]


def _line(account: people.Account) -> str:
    return f"{account.name}\t{account.role}\t{'locked' if account.locked else 'open'}"
