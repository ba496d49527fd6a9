"""The time of day of a frame, where this machine's clock can be believed at all, and how wrong it may be.

The eye may not ask the kernel: the call that tells would let it set the clock. So `kirpikd clock` asks and tells, in a
file in memory. Where that does not run (a container has no clock of its own) the flag of systemd-timesyncd says that
the clock was set once since the start, and nothing says how well it has gone since.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from kirpik.clock import Clock

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""Laid here by systemd-timesyncd after its first answer of this boot."""
TOLD = Path("/run/kirpik-clock/told")
FRESH_S = 60.0
ERROR_MOST_US = 10_000_000
"""A clock that may be more wrong than that is not set: the time of an offence is told in minutes. Without an answer
from the network the kernel's bound comes there in five and a half hours."""


@dataclass(frozen=True, slots=True)
class HostClock:
    flag: Path = SYNCHRONISED
    told: Path = TOLD

    def now(self) -> Clock:
        if (told := self._told()) is not None:
            synchronised, error_us = told
            return Clock(bool(synchronised) and error_us <= ERROR_MOST_US, "network", error_us)
        return Clock(self.flag.exists(), "unsynchronised", None)

    def utc_of(self, sensor_ns: int) -> int | None:
        """Of a moment of CLOCK_BOOTTIME, the sensor's. The offset is taken each time: the time of day may step."""
        if not self.now().is_set:
            return None
        return time.time_ns() - boottime_ns() + sensor_ns

    def tell(self, *, synchronised: bool, error_us: int) -> None:
        """For the others; whole at any time."""
        partial = self.told.with_suffix(".new")
        partial.write_text(f"{boottime_ns()} {int(synchronised)} {error_us}\n", encoding="ascii")
        partial.replace(self.told)

    def _told(self) -> tuple[int, int] | None:
        try:
            when_ns, synchronised, error_us = map(int, self.told.read_text(encoding="ascii").split())
        except (OSError, ValueError):
            return None
        return (synchronised, error_us) if boottime_ns() - when_ns < FRESH_S * 1e9 else None


def boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
