"""A made-up fleet for the view's tests: what units say, without a broker."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kirpik.mqtt.messages import Arrival
from kirpik.wire import health, topics
from kirpik_provisioning.fleet.roster import Roster

WELL = {
    "uptime_s": 86400, "keys_v": 4, "software_major": 1, "software_minor": 2, "software_patch": 0, "soc_c": 54.3,
    "throttled": 0, "undervoltage": 0, "fps": 30, "spool_fill": 0, "spool_late": 0, "clock_error_us": 900,
    "clock_synchronised": 1, "disk_percent": 31.2, "memory_percent": 42.1, "lens_blocked": 0, "lens_moved": 0.1,
}  # fmt: skip


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Ear:
    """Says what it is given, once."""

    waiting: list[Arrival] = field(default_factory=list)
    place: str = "broker.example:8883"
    trouble: str | None = None

    def arrivals(self) -> Iterable[Arrival]:
        said, self.waiting = self.waiting, []
        return said

    def says(self, unit: bytes, **numbers: float) -> None:
        self.waiting.append(Arrival(topics.up(unit, topics.HEALTH), health.encode_health(WELL | numbers)))

    def is_(self, unit: bytes, state: str) -> None:
        self.waiting.append(Arrival(topics.up(unit, topics.STATE), state.encode()))


def unit(number: int) -> bytes:
    return number.to_bytes(16, "big")


def fleet(count: int, clock: Clock) -> Roster:
    return Roster(((unit(n), f"almaty-{n:05}", ("almaty",)) for n in range(count)), clock=clock)


TROUBLED: dict[int, dict[str, float]] = {
    7: {"soc_c": 86.0, "throttled": 0x50005},
    11: {"undervoltage": 1, "throttled": 0x50000},
    19: {"lens_blocked": 1},
    23: {"spool_fill": 70, "spool_late": 1},
    31: {"clock_synchronised": 0, "clock_error_us": 2_400_000},
    37: {"keys_v": 3},
    41: {"fps": 0},
    43: {"soc_c": 79.2},
}
"""A picture with one of each."""
