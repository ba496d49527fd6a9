"""Promise 17: no listening port; what goes out goes to the broker alone."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.promises.proof import Effort, Promise, Shown, as_test, skipped
from tests.promises.real_unit import RealUnit
from tests.system.ground import ROOT, Daemon, Fleet, wait_until

PROMISE = Promise(
    17, "No listening port; egress to the broker alone",
    remains="The firewall on a board with its own kernel: there, nft's counters and a scan from the next machine.",
)  # fmt: skip
CONNECTS = re.compile(r"(?:connect|sendto|bind)\(\d+.*?\{sa_family=AF_(INET6?), sin6?_port=htons\((\d+)\)")
LISTENS = re.compile(r"\blisten\(\d+")
LISTENING_TCP, BOUND_UDP = "0A", "07"
SERVICES = ("eye", "link")
WANTED = ("SystemCallFilter=~listen accept accept4", "NoNewPrivileges=yes", "RestrictAddressFamilies=")
LEAK = (
    "import socket; s = socket.create_server(('127.0.0.1', 0)); t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
)
CALL = LEAK + "t.sendto(b'x', ('127.0.0.1', 9))\n"


@dataclass(frozen=True, slots=True)
class Sockets:
    listening: int
    elsewhere: int
    """Connections and datagrams to another port than the broker's."""
    connected: int


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    settings = {name: (ROOT / "systemd" / f"kirpik-{name}.service").read_text() for name in SERVICES}
    missing = [f"{name}: {line}" for name in SERVICES for line in _missing(settings[name])]
    network = "PrivateNetwork=yes" in settings["eye"] and "IPAddressDeny=any" in settings["eye"]
    yield Shown(
        "The services may not listen, by seccomp; the eye has no network at all",
        f"{len(WANTED)} settings in {len(SERVICES)} services: {len(missing)} missing; the eye's own network: {network}",
        holds=not missing and network,
        control="a service without the filter",
        caught=_missing(settings["link"].replace(WANTED[0], "")) == [WANTED[0]],
    )
    told = "strace on the real link with a real broker: every socket"
    if shutil.which("strace") is None or shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None:
        yield skipped(told, "strace or mosquitto is not here")
        return
    (folder / "fleet").mkdir()
    fleet = Fleet(folder / "fleet")
    fleet.start_broker()
    try:
        honest = _link(fleet, folder / "a", seconds=effort.of(3, 60))
        leaky = _link(fleet, folder / "b", seconds=2, patch=CALL)
    finally:
        fleet.broker.kill()
    yield Shown(
        told,
        f"to the broker {honest.connected}, elsewhere {honest.elsewhere}, listening {honest.listening}",
        holds=honest.listening == honest.elsewhere == 0 and honest.connected >= 1,
        control="a link that opens a port and sends a datagram",
        caught=leaky.listening > 0 and leaky.elsewhere > 0,
    )
    yield _in_a_bare_namespace(folder / "eye")


def _missing(service: str) -> list[str]:
    return [line for line in WANTED if line not in service]


def _link(fleet: Fleet, folder: Path, *, seconds: float, patch: str = "") -> Sockets:
    unit = fleet.things.add_unit(folder.name)
    unit.write_config(fleet.things, site=Path("site.toml"), source="pi")
    log = folder.with_suffix(".strace")
    program = f"{patch}import sys, runpy; sys.argv = ['link', {str(unit.config)!r}]\n"
    program += "runpy.run_module('tests.system.link_process', run_name='__main__')"
    calls = "trace=socket,connect,bind,listen,accept,accept4,sendto,sendmsg"
    around = ["strace", "-f", "-qq", "-s", "0", "-e", calls, "-o", str(log)]
    daemon = Daemon([*around, sys.executable, "-c", program], folder.with_suffix(".log"))
    daemon.start()
    try:
        wait_until(lambda: "broker=connected" in daemon.said(), what="the link is connected", timeout_s=60)
        time.sleep(seconds)
        listening = _ports(daemon)
    finally:
        with _child(daemon) as child:
            subprocess.run(["kill", "-TERM", child], check=False)
        assert daemon.process is not None
        daemon.process.wait(30)
    return _read(log, fleet.port, listening)


def _read(log: Path, broker: int, listening: int) -> Sockets:
    text = log.read_text(errors="replace")
    ports = [int(found[2]) for found in CONNECTS.finditer(text)]
    return Sockets(
        listening=listening + len(LISTENS.findall(text)),
        elsewhere=sum(port not in {broker, 0} for port in ports),
        connected=ports.count(broker),
    )


@contextmanager
def _child(daemon: Daemon) -> Iterator[str]:
    assert daemon.process is not None
    pid = daemon.process.pid
    yield Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]


def _ports(daemon: Daemon) -> int:
    """Listening sockets that are the link's own, by the kernel's tables."""
    with _child(daemon) as child:
        own = {path.readlink().name for path in Path(f"/proc/{child}/fd").iterdir() if path.is_symlink()}
    numbers = {name[8:-1] for name in own if name.startswith("socket:[")}
    found = 0
    for table, state in (("tcp", LISTENING_TCP), ("tcp6", LISTENING_TCP), ("udp", BOUND_UDP), ("udp6", BOUND_UDP)):
        rows = [line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        found += sum(row[9] in numbers and row[3] == state for row in rows)
    return found


def _in_a_bare_namespace(folder: Path) -> Shown:
    """As `PrivateNetwork=yes` would have it: the eye works where there is no network, and a caller gets nowhere."""
    told = "The eye in a network namespace of its own, without any interface"
    around = ["unshare", "-r", "-n"]
    if subprocess.run([*around, "true"], check=False, capture_output=True).returncode != 0:
        return skipped(told, "namespaces are not allowed here")
    ran = RealUnit(folder).run(None, None, around=around, frames=2)
    program = "import socket; socket.create_connection(('127.0.0.1', 22), 1)"
    caller = subprocess.run([*around, sys.executable, "-c", program], check=False, capture_output=True)
    return Shown(
        told,
        f"{ran.counts['frames']} frames passed",
        holds=ran.counts["frames"] >= 2,
        control="a program that calls out of such a namespace",
        caught=caller.returncode != 0,
    )


test_nothing_listens_and_only_the_broker_is_spoken_to = as_test(prove)
