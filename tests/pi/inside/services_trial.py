"""Runs as root in the booted container: looks at both services from all sides, harms them, writes down what it saw."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, f"/opt/kirpik/lib/python3.{sys.version_info.minor}/site-packages")

from kirpik.store.settings import Settings

RESULT, JOURNAL = Path("/opt/results/trial.json"), Path("/opt/results/journal.txt")
STATE, CARD = Path("/var/lib/kirpik"), Path("/etc/kirpik/kirpik.toml")
EYE, LINK = "kirpik-eye", "kirpik-link"
PLACES = [("10.9.9.1", 8883), ("10.9.9.1", 1883), ("10.9.9.1", 443), ("10.9.9.3", 8883), ("10.9.9.3", 443)]
ASK_NETWORK = "import socket, sys; s = socket.socket(); s.settimeout(2); s.connect((sys.argv[1], int(sys.argv[2])))"
TOPS = (
    "/ /etc /etc/kirpik /home /opt /root /run /run/lock /srv /tmp /usr /var /var/tmp /var/lib /dev /dev/shm /dev/mqueue"
    " /sys /proc /mnt /media /boot /run/kirpik /run/kirpik-eye"
)
SPOOLS = "identity keys ledger outbox inbox settings results tls incoming wanted fetched"
ASK_WRITING = """
import os, sys
for top in sys.argv[1:]:
    try:
        with open(top + "/.kirpik-trial", "w"):
            os.unlink(top + "/.kirpik-trial")
        print(top)
    except OSError:
        pass
"""
WIPE = """
import sys
sys.path.insert(0, f"/opt/kirpik/lib/python3.{sys.version_info.minor}/site-packages")
from pathlib import Path
from kirpik.effects import WIPED, _destroy
for name in WIPED:
    _destroy(Path("/var/lib/kirpik") / name)
"""
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


def began():
    told["active"] = {unit: until(lambda unit=unit: active(unit), 60) for unit in (EYE, LINK)}
    ready = int(show(EYE, "ActiveEnterTimestampMonotonic")) - int(show(EYE, "ExecMainStartTimestampMonotonic"))
    told["eye_ready_s"] = ready / 1e6
    worked, waited, _ = Path(f"/proc/{pid(EYE)}/schedstat").read_text().split()
    told["eye_worked_s"], told["eye_waited_s"] = int(worked) / 1e9, int(waited) / 1e9
    told["failed"] = run("systemctl", "--failed", "--no-legend").stdout


def receipts():
    told["receipts"] = receipts_come()


def heartbeat():
    until(Path("/run/kirpik/eye.json").exists, 20)
    told["eye_tells"] = json.loads(Path("/run/kirpik/eye.json").read_text())


def listening():
    """Sockets of each process that wait for others (state 0A, for UDP 07), in its own network."""
    told["listening"] = []
    for unit in (EYE, LINK):
        process = Path(f"/proc/{pid(unit)}")
        own = {os.readlink(handle) for handle in (process / "fd").iterdir() if handle.is_symlink()}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            rows = [line.split() for line in (process / "net" / table).read_text().splitlines()[1:]]
            told["listening"] += [row for row in rows if row[3] in ("0A", "07") and f"socket:[{row[9]}]" in own]
    rows = Path(f"/proc/{pid(EYE)}/net/dev").read_text().splitlines()[2:]
    told["eye_network"] = [row.split(":")[0].strip() for row in rows]


def egress():
    """Where the board lets whom go."""
    reached = []
    for user in (LINK, EYE, "nobody"):
        for host, port in PLACES:
            words = ["setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c", ASK_NETWORK, host, port]
            if run(*words).returncode == 0:
                reached.append(f"{user} {host}:{port}")
    told["egress"] = reached


def writing():
    """What each service can write, tried as it, among its own mounts."""
    told["can_write"] = {}
    places = [*TOPS.split(), str(STATE), *(str(STATE / spool) for spool in SPOOLS.split())]
    for unit in (EYE, LINK):
        inside = ["nsenter", f"--target={pid(unit)}", "--mount"]
        who = ["setpriv", f"--reuid={unit}", "--regid=kirpik", "--clear-groups"]
        told["can_write"][unit] = run(*inside, *who, "python3", "-c", ASK_WRITING, *places).stdout.split()


def memory():
    told["rss_mib"] = {}
    for unit in (EYE, LINK):
        rows = Path(f"/proc/{pid(unit)}/status").read_text().splitlines()
        kib = {row.split(":")[0]: row.split()[1] for row in rows if row.startswith(("VmRSS", "VmHWM", "RssAnon"))}
        told["rss_mib"][unit] = {name: round(int(value) / 1024, 1) for name, value in kib.items()}


def checked():
    done = run("/usr/bin/kirpikd", "check")
    told["check"] = {"code": done.returncode, "said": done.stdout.splitlines()}


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


def clock():
    """What the kernel thinks of its clock reaches the eye, whoever keeps it. The container's rule is lifted for it."""
    drop_in = Path("/etc/systemd/system/kirpik-clock.service.d/here.conf")
    drop_in.parent.mkdir()
    drop_in.write_text("[Unit]\nConditionVirtualization=\n")
    run("systemctl", "daemon-reload")
    started = run("systemctl", "start", "kirpik-clock")
    inside = ["nsenter", f"--target={pid(EYE)}", "--mount", "setpriv", f"--reuid={EYE}", "--regid=kirpik"]
    seen = run(*inside, "--clear-groups", "cat", "/run/kirpik-clock/told").stdout.split()
    set_now = int(len(seen) == 3 and seen[1] == "1" and int(seen[2]) <= 1_000_000)

    def eye_knows():
        return json.loads(Path("/run/kirpik/eye.json").read_text())["clock_synchronised"] == set_now

    told["clock"] = {
        "started": started.returncode,
        "user": show("kirpik-clock", "User") or "nobody's own",
        "seen": seen,
        "says": run("/usr/bin/kirpikd", "clock", "--once").stdout.strip(),
        "eye_knows": until(eye_knows, 30),
    }
    run("systemctl", "stop", "kirpik-clock")
    told["clock"]["gone"] = not Path("/run/kirpik-clock/told").exists()


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


def knock_at():
    listener = socket.create_server(("10.9.9.2", 8022))
    threading.Thread(target=lambda: [listener.accept() for _ in range(99)], daemon=True).start()


STEPS = (
    knock_at, began, receipts, heartbeat, listening, egress, writing, memory, checked, watchdog, roll_back, credential,
    full, read_only, clock, coral, wiped,
)  # fmt: skip


if __name__ == "__main__":
    for step in STEPS:
        began_s = time.monotonic()
        try:
            step()
        except Exception as error:  # noqa: BLE001  told, and the next step is tried
            told.setdefault("errors", {})[step.__name__] = repr(error)
        told.setdefault("took_s", {})[step.__name__] = round(time.monotonic() - began_s, 1)
        RESULT.write_text(json.dumps(told))
    JOURNAL.write_text(run("journalctl", "--no-pager", "-o", "short-monotonic").stdout)
