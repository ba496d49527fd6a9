"""The time of day of a frame, where this machine's clock can be believed at all."""

import time
from pathlib import Path

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""Laid here by systemd-timesyncd after its first answer of this boot. The eye may not ask the kernel."""


def clock_is_set(flag: Path = SYNCHRONISED) -> bool:
    return flag.exists()


def utc_of(sensor_ns: int, flag: Path = SYNCHRONISED) -> int | None:
    """Of a moment of the sensor's clock, CLOCK_BOOTTIME. The offset is taken each time: the time of day may step."""
    if not clock_is_set(flag):
        return None
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + sensor_ns
