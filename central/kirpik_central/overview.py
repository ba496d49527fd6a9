"""The whole store at a glance, as numbers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kirpik_central.store import Store
from kirpik_central.tables import ALARM, CHECKPOINT, HEALTH, LOG, QUARANTINE, READER


@dataclass(frozen=True, slots=True)
class Last:
    """What a unit said last, and when, in UTC milliseconds."""

    heard_ms: int
    state: str | None
    numbers: str | None
    """As JSON."""

    def told(self) -> Mapping[str, float]:
        numbers: dict[str, float] = json.loads(self.numbers or "{}")
        return numbers


@dataclass(frozen=True, slots=True)
class Overview:
    alarms: dict[str, int]
    """By kind."""
    states: dict[str, int]
    """How many units said last that they are online, lost, disconnected; nothing, `unknown`."""
    units: dict[bytes, Last]
    log_size: int
    checkpoint_size: int
    unread: int
    quarantined: int


def look_over(store: Store) -> Overview:
    """Raises StoreError."""
    return store.read(_look_over)


def _look_over(connection: Connection) -> Overview:
    def number(query: object) -> int:
        return int(connection.execute(query).scalar() or 0)  # type: ignore[call-overload]  # one number

    heard = connection.execute(select(HEALTH)).all()
    log_size = number(select(LOG.c.size))
    states: dict[str, int] = {}
    for row in heard:
        states[row.state or "unknown"] = states.get(row.state or "unknown", 0) + 1
    alarms = connection.execute(select(ALARM.c.kind, func.count().label("number")).group_by(ALARM.c.kind))
    return Overview(
        alarms={row.kind: row.number for row in alarms},
        states=states,
        units={bytes(row.unit): Last(row.received_ms, row.state, row.numbers) for row in heard},
        log_size=log_size,
        checkpoint_size=number(select(func.max(CHECKPOINT.c.size))),
        unread=log_size - number(select(READER.c.next)),
        quarantined=number(select(func.count()).select_from(QUARANTINE)),
    )
