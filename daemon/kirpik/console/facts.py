"""Gathered from the board's files, without a key, without a network and without the camera."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kirpik import __version__
from kirpik.adapters.qr import qr_rows
from kirpik.adapters.time_of_day import clock_is_set
from kirpik.config import Config, beside
from kirpik.console.page import Facts
from kirpik.store.outbox import OutboxView
from kirpik.store.sight import read_sight

SERVICES = ("kirpik-eye", "kirpik-link", "kirpik-enrol")
FIRSTBOOT = Path("/run/kirpik-firstboot/told.json")
SIGHT = Path("/run/kirpik-sight")
NETWORKS = Path("/sys/class/net")
FULL_SHARE = 0.98


def gather(config: Config, path: Path) -> Facts:
    """A fact that cannot be had is left out."""
    state = beside(path, config.unit.state)
    unit, words = _fingerprint(state / "fingerprint.txt")
    waiting, size = _waiting(state / "outbox")
    return Facts(
        version=__version__,
        host=socket.gethostname(),
        time=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        clock_set=clock_is_set(),
        words=words,
        code=qr_rows(f"kirpik:{unit}") if unit else (),
        enrolled=config.broker is not None and beside(path, config.broker.certificate).exists(),
        networks=_networks(),
        services=_services(),
        sight=read_sight(SIGHT),
        waiting=waiting,
        full=size >= FULL_SHARE * config.spool.limit_mib * 1024 * 1024,
        checks=_checks(),
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


def _waiting(folder: Path) -> tuple[int, int]:
    outbox = OutboxView(folder)
    try:
        return len(outbox.waiting()), outbox.size_bytes
    except OSError:
        return 0, 0


def _networks() -> list[str]:
    return sorted(path.name for path in NETWORKS.glob("*") if path.name != "lo" and _read(path / "operstate") == "up")


def _services() -> Mapping[str, str]:
    """As systemd tells anybody; nothing where there is no systemd."""
    program = shutil.which("systemctl")
    if program is None:
        return {}
    done = subprocess.run([program, "is-active", *SERVICES], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    said = done.stdout.split()
    return dict(zip(SERVICES, said, strict=False)) if len(said) == len(SERVICES) else {}


def _checks() -> dict[str, str]:
    try:
        told = json.loads(_read(FIRSTBOOT) or "{}")
    except json.JSONDecodeError:
        return {}
    return {str(name): str(said) for name, said in told.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
