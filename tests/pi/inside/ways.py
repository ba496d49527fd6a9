"""What the trials in the container share: commands, journal, the state of services, and where all of it is told."""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, f"/opt/kirpik/lib/python3.{sys.version_info.minor}/site-packages")

RESULT, JOURNAL = Path("/opt/results/trial.json"), Path("/opt/results/journal.txt")
STATE, CARD = Path("/var/lib/kirpik"), Path("/etc/kirpik/kirpik.toml")
EYE, LINK = "kirpik-eye", "kirpik-link"
told = {}


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def show(unit, name):
    return run("systemctl", "show", unit, f"-p{name}", "--value").stdout.strip()


def journal(unit):
    return run("journalctl", "-u", unit, "-o", "cat", "--no-pager").stdout


def pid(unit):
    return int(show(unit, "MainPID"))


def active(unit):
    return show(unit, "ActiveState") == "active"


def restarts(unit):
    return int(show(unit, "NRestarts"))


def until(happened, seconds):
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if happened():
            return True
        time.sleep(0.1)
    return False


def receipts_come(seconds=60):
    """Whether packets that were seen in the outbox are gone from it: only a receipt deletes them."""
    seen = set()

    def deleted():
        now = {path.name for path in (STATE / "outbox").glob("*.kpk")}
        seen.update(now)
        return len(seen - now) >= 2

    return until(deleted, seconds)
