"""Looks at both services from all sides and harms nothing. Runs as root in the booted container."""

import json
import os
from pathlib import Path

from ways import EYE, LINK, STATE, active, pid, receipts_come, run, show, told, until

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


def clock():
    """What the kernel thinks of its clock reaches the eye, whoever keeps it. The container's rule is lifted for it."""
    drop_in = Path("/etc/systemd/system/kirpik-clock.service.d/here.conf")
    drop_in.parent.mkdir()
    drop_in.write_text("[Unit]\nConditionVirtualization=\n")
    run("systemctl", "daemon-reload")
    started = run("systemctl", "start", "kirpik-clock")
    inside = ["nsenter", f"--target={pid(EYE)}", "--mount", "setpriv", f"--reuid={EYE}", "--regid=kirpik"]
    seen = run(*inside, "--clear-groups", "cat", "/run/kirpik-clock/told").stdout.split()
    set_now = int(len(seen) == 3 and seen[1] == "1" and int(seen[2]) <= 10_000_000)

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
