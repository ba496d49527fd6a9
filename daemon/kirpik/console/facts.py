"""Gathered from the board's files, without a key, without a network and without the camera."""

import json
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kirpik import __version__
from kirpik.adapters.qr import qr_rows
from kirpik.adapters.time_of_day import HostClock
from kirpik.config import Config, beside
from kirpik.console.page import Facts
from kirpik.errors import KirpikError
from kirpik.store.outbox import OutboxView
from kirpik.store.sight import read_sight

SERVICES = ("kirpik-eye", "kirpik-link", "kirpik-enrol")
GROUPS = Path("/sys/fs/cgroup/system.slice")
FIRSTBOOT = "firstboot.json"
"""What `kirpikd firstboot` found, in the unit's folder in memory."""
NETWORKS = Path("/sys/class/net")
FULL_SHARE = 0.98


def gather(config: Config, path: Path) -> Facts:
    """A fact that cannot be had is left out."""
    state, memory = beside(path, config.unit.state), Path(config.unit.run)
    unit, words = _fingerprint(state / "fingerprint.txt")
    waiting, full = _waiting(state / "outbox")
    return Facts(
        version=__version__,
        host=socket.gethostname(),
        time=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        clock_set=HostClock().now().is_set,
        words=words,
        code=qr_rows(f"kirpik:{unit}") if unit else (),
        enrolled=config.broker is not None and beside(path, config.broker.certificate).exists(),
        networks=_networks(),
        services=_services(),
        sight=read_sight(memory),
        waiting=waiting,
        full=full,
        checks=_checks(memory / FIRSTBOOT),
    )


def _fingerprint(path: Path) -> tuple[str, Sequence[str]]:
    """As first boot wrote it down, so that the key itself need not be readable here."""
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "", ()
    at = next((number for number, row in enumerate(rows) if row[:1] == ["words"]), None)
    unit = next((row[1] for row in rows if row[:1] == ["unit"]), "")
    return (unit, (*rows[at][1:], *rows[at + 1])) if at is not None else (unit, ())


def _waiting(folder: Path) -> tuple[int, bool]:
    """How many packets wait, and whether there is room for no more."""
    outbox = OutboxView(folder)
    try:
        count, fill = len(outbox.waiting()), outbox.told_fill()
    except (OSError, KirpikError):
        return 0, False
    return count, fill is not None and fill[0] >= FULL_SHARE * fill[1]


def _networks() -> list[str]:
    return sorted(path.name for path in NETWORKS.glob("*") if path.name != "lo" and _read(path / "operstate") == "up")


def _services() -> Mapping[str, str]:
    """By their control groups, which anybody may see; nothing where there is no systemd."""
    if not GROUPS.is_dir():
        return {}
    return {name: "active" if _read(GROUPS / f"{name}.service/cgroup.procs") else "inactive" for name in SERVICES}


def _checks(path: Path) -> dict[str, str]:
    try:
        told = json.loads(_read(path) or "{}")
    except json.JSONDecodeError:
        return {}
    return {str(name): str(said) for name, said in told.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
