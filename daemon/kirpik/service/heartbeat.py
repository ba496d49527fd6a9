"""What the heartbeat says beside the link's own figures: key versions, how full the spool is, the machine.

A figure that cannot be had is left out; nothing here may end the link.
"""

import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from kirpik import __version__
from kirpik.adapters.board import board_figures
from kirpik.adapters.time_of_day import HostClock
from kirpik.clock import Clock
from kirpik.errors import KirpikError
from kirpik.store.folder import Folder
from kirpik.store.keyring import Keyring, read_told
from kirpik.store.outbox import OutboxView
from kirpik.store.sight import read_sight
from kirpik.wire.health import FIELDS

MEMINFO = Path("/proc/meminfo")
TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")


def take_pulse(state: Path, run: Path) -> Mapping[str, float]:
    """`state` is the unit's folder, of which the link may read all but secrets; in `run` the eye tells how it sees."""
    return {
        **_clock(HostClock().now()),
        **{name: value for name, value in read_sight(run).items() if name in FIELDS},
        **_software(),
        **_keys(state / "keys"),
        **_spool(OutboxView(state / "outbox")),
        **_disk(state),
        **_machine(),
        **board_figures(),
    }


def _clock(clock: Clock) -> dict[str, float]:
    bound = {} if clock.error_us is None else {"clock_error_us": clock.error_us}
    return {"clock_synchronised": int(clock.is_set), **bound}


def _software() -> dict[str, float]:
    numbers = [int(number) for number in re.findall(r"\d+", __version__)[:3]]
    return dict(zip(("software_major", "software_minor", "software_patch"), numbers, strict=False))


def _keys(folder: Path) -> dict[str, float]:
    try:
        keyring = Keyring.load(folder)
    except KirpikError:
        return {}
    now, told = keyring.standing(time.time_ns() // 1_000_000), read_told(Folder(folder))
    behind = told.root_version > keyring.root.version or told.keyset_version > keyring.keyset_version
    return {
        "root_v": keyring.root.version,
        "keys_v": keyring.keyset_version,
        "keys_stale": int(now.stale),
        "keys_fallback": int(now.fallback),
        "keys_behind": int(behind),
        "software_old": int(now.too_old),
    }


def _spool(outbox: OutboxView) -> dict[str, float]:
    fill = outbox.told_fill()
    return {} if fill is None else {"spool_fill": 100 * fill[0] / fill[1]}


def _disk(folder: Path) -> dict[str, float]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return {}
    return {"disk_percent": round(100 * usage.used / usage.total, 1)}


def _machine() -> dict[str, float]:
    figures = {"load": round(os.getloadavg()[0], 2)}
    if (celsius := _number(TEMPERATURE, r"(\d+)")) is not None:
        figures["soc_c"] = round(celsius / 1000, 1)
    total, free = _number(MEMINFO, r"MemTotal:\s+(\d+)"), _number(MEMINFO, r"MemAvailable:\s+(\d+)")
    if total and free is not None:
        figures |= {"memory_mib": round((total - free) / 1024), "memory_percent": round(100 * (1 - free / total), 1)}
    return figures


def _number(path: Path, pattern: str) -> int | None:
    try:
        found = re.search(pattern, path.read_text())
    except OSError:
        return None
    return int(found[1]) if found else None
