"""Harms both services, and writes down how they get over it. Runs as root in the booted container."""

import json
import os
import re
import signal
import time
from pathlib import Path

from ways import CARD, EYE, LINK, STATE, active, journal, pid, receipts_come, restarts, run, told, until

from kirpik.store.settings import Settings

WIPE = """
import sys
sys.path.insert(0, f"/opt/kirpik/lib/python3.{sys.version_info.minor}/site-packages")
from pathlib import Path
from kirpik.effects import WIPED, _destroy
for name in WIPED:
    _destroy(Path("/var/lib/kirpik") / name)
"""


def credential():
    """The signing key as a credential, which systemd decrypts for the eye alone."""
    kept = STATE / "identity" / "unit.key"
    drop_in = Path(f"/etc/systemd/system/{EYE}.service.d/credential.conf")
    seed, card, locked = kept.read_bytes(), CARD.read_text(), Path("/run/kirpik-unit-key")
    made = run("systemd-creds", "--with-key=host", "encrypt", "--name=kirpik-unit-key", kept, locked)
    drop_in.write_bytes(Path("/usr/share/doc/kirpik/examples/credential.conf").read_bytes())
    kept.write_bytes(locked.read_bytes())
    CARD.write_text(card.replace("[unit]", '[unit]\nidentity = "credential"'))
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", EYE)
    told["credential"] = {
        "made": made.returncode,
        "locked": seed not in kept.read_bytes(),
        "active": active(EYE),
        "receipts": receipts_come(),
    }
    kept.write_bytes(seed)
    CARD.write_text(card)
    drop_in.unlink()
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", EYE)


def watchdog():
    """An eye that hangs is killed and comes back; so does a link that was killed."""
    before, began_s = restarts(EYE), time.monotonic()
    os.kill(pid(EYE), signal.SIGSTOP)
    back = until(lambda: restarts(EYE) > before and active(EYE), 40)
    cores = [str(path) for top in ("/var/lib/systemd/coredump", "/var/crash") for path in Path(top).glob("*")]
    said = "Watchdog timeout" in journal(EYE)
    told["watchdog"] = {"back": back, "seconds": round(time.monotonic() - began_s, 1), "said": said, "cores": cores}
    before = restarts(LINK)
    os.kill(pid(LINK), signal.SIGKILL)
    told["link_back"] = until(lambda: restarts(LINK) > before and active(LINK), 30)


def roll_back():
    """Settings with which the eye cannot start, put in force as an order would have put them."""
    settings, card = Settings(STATE / "settings"), CARD.read_text()
    settings.stage("config", re.sub('source = ".*"', 'source = "pi:7"', card).encode(), os.urandom(32))
    run("chown", "-R", "kirpik-eye:kirpik", STATE / "settings")
    before, began_s = restarts(EYE), time.monotonic()
    os.kill(pid(EYE), signal.SIGKILL)
    back = until(lambda: settings.trial() is None and active(EYE), 60)
    told["roll_back"] = {
        "back": back,
        "seconds": round(time.monotonic() - began_s, 1),
        "restarts": restarts(EYE) - before,
        "said": [line for line in journal(EYE).splitlines() if line.startswith("kirpikd eye: ")][-1:],
        "answers": len(list((STATE / "results").glob("*"))),
    }


def full():
    """A card without room: nothing crashes, and with room again receipts come again."""
    before, filler = restarts(EYE), STATE / "filler"
    size = os.statvfs(STATE)
    with filler.open("wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, max(1, size.f_bavail - 64) * size.f_frsize)
        file.seek(0, 2)
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    time.sleep(8)
    told["full"] = {"restarts": restarts(EYE) - before, "active": active(EYE), "free": os.statvfs(STATE).f_bavail}
    filler.unlink()
    told["full"]["well_again"] = receipts_come()


def read_only():
    """A card that the kernel has made read-only: the eye ends with a sentence, and is back when it can write again."""
    run("mount", "--bind", STATE, STATE)
    run("mount", "-o", "remount,ro,bind", STATE)
    os.kill(pid(EYE), signal.SIGKILL)
    until(lambda: "Read-only file system" in journal(EYE), 20)
    said = [line for line in journal(EYE).splitlines() if "Read-only" in line]
    run("umount", STATE)
    back = until(lambda: active(EYE), 40)
    told["read_only"] = {"said": said[-1:], "traceback": "Traceback" in journal(EYE), "well_again": back}


def coral():
    """A stick that is wanted and not there: the processor does the work, and the heartbeat says so."""
    card = CARD.read_text()
    CARD.write_text(card.replace("[engine]", '[engine]\nkind = "coral"'))
    drop_in = Path(f"/etc/systemd/system/{EYE}.service.d/coral.conf")
    drop_in.write_bytes(Path("/usr/share/doc/kirpik/examples/coral.conf").read_bytes())
    run("systemctl", "daemon-reload")
    run("systemctl", "stop", EYE)
    Path("/run/kirpik/eye.json").unlink(missing_ok=True)
    run("systemctl", "start", EYE)
    until(Path("/run/kirpik/eye.json").exists, 30)
    told["coral"] = {
        "active": active(EYE),
        "fallback": json.loads(Path("/run/kirpik/eye.json").read_text())["engine_fallback"],
        "said": "libedgetpu.so.1 or the stick is missing" in journal(EYE),
    }
    CARD.write_text(card)
    drop_in.unlink()
    run("systemctl", "daemon-reload")


def wiped():
    """As the eye and among its mounts, what an order to wipe does: no key, packet or letter is left.

    Both hold still meanwhile, as the eye does that obeys such an order, so that nothing is written anew.
    """
    for unit in (LINK, EYE):
        os.kill(pid(unit), signal.SIGSTOP)
    inside = ["nsenter", f"--target={pid(EYE)}", "--mount"]
    who = ["setpriv", "--reuid=kirpik-eye", "--regid=kirpik", "--clear-groups", "--no-new-privs"]
    done = run(*inside, *who, "/usr/bin/python3", "-B", "-c", WIPE)
    left = [str(path) for name in ("identity", "outbox", "inbox", "ledger") for path in (STATE / name).rglob("*")]
    told["wiped"] = {"code": done.returncode, "left": left, "said": done.stderr[-300:]}
