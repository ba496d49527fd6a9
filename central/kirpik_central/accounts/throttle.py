"""How often something may be tried. Counted in the store, so that it holds for all processes and after a restart."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from kirpik_central.accounts.people import now_ms
from kirpik_central.accounts.tables import THROTTLE


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    tries: int
    within_s: int


LOGIN_BY_NAME = Limit("login-name", 8, 900)
LOGIN_BY_ADDRESS = Limit("login-address", 300, 900)
"""A whole office may come in through one address when a shift begins."""
CITIZEN_BY_ADDRESS = Limit("citizen-address", 12, 600)
CITIZEN_BY_CASE = Limit("citizen-case", 10, 3600)


def spend(connection: Connection, limit: Limit, who: str) -> bool:
    """Count one more try. False where there were too many: then it must not be looked at."""
    key, now = hashlib.sha256(f"{limit.name}\0{who}".encode()).digest(), now_ms()
    connection.execute(delete(THROTTLE).where(THROTTLE.c.until_ms < now))
    at = THROTTLE.c.key == key
    if connection.execute(update(THROTTLE).where(at).values(count=THROTTLE.c.count + 1)).rowcount == 0:
        values = {"key": key, "count": 1, "until_ms": now + limit.within_s * 1000}
        connection.execute(insert(THROTTLE), values)
    return bool(connection.execute(select(THROTTLE.c.count).where(at)).scalar_one() <= limit.tries)


def forgive(connection: Connection, limit: Limit, who: str) -> None:
    """He has proven himself."""
    key = hashlib.sha256(f"{limit.name}\0{who}".encode()).digest()
    connection.execute(delete(THROTTLE).where(THROTTLE.c.key == key))
