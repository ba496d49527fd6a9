"""The fleet view over a slow line: `python -m tests.bench.fleet_view --units 10000`.

A real broker, and one connection that says what so many units say: each is online and heart-beats once a period. The
real `kirpik fleet` runs in a terminal of 160 × 48; told are its processor time, its memory, the bytes that it sends to
the terminal, and how long it takes until a lost unit stands at the top.
"""

import argparse
import fcntl
import getpass
import json
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kirpik.mqtt.connection import Connection
from kirpik.wire import health, topics
from kirpik_provisioning.broker.mosquitto import command
from kirpik_provisioning.pki import issue_client
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.bench.fleet import HEARTBEAT
from tests.system.ground import PATHS, ROOT, Daemon, free_port, listens, wait_until

TICKS = os.sysconf("SC_CLK_TCK")
LINES, COLUMNS = 48, 160
MOST_UNANSWERED = 100
PLAYER = "\nuser player\ntopic write kirpik/1/u/+/up/health\ntopic write kirpik/1/u/+/up/state\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--period", type=float, default=60.0, help="seconds between a unit's heartbeats")
    parser.add_argument("--seconds", type=float, default=60.0, help="to measure for, once all are known")
    parser.add_argument("--losses", type=int, default=10, help="units whose line is lost while we look")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-fleet-view-") as folder:
        fleet = new_fleet(Path(folder) / "fleet", port=free_port(), run_as=getpass.getuser())
        print(json.dumps(_measure(fleet, options)))


@dataclass
class Terminal:
    """The other end of the view's terminal: counts what comes, and notes when a name was first seen."""

    handle: int
    sent_bytes: int = 0
    waits: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def read(self) -> None:
        tail = ""
        while True:
            try:
                data = os.read(self.handle, 65536)
            except OSError:
                return
            if not data:
                return
            self.sent_bytes += len(data)
            tail = (tail + data.decode(errors="replace"))[-40_000:]
            for name in [name for name in self.waits if name not in self.seen and name in tail]:
                self.seen[name] = time.monotonic()


@contextmanager
def _view(desk: Path) -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", "from kirpik_provisioning.cli import main; main()", "fleet", "--desk", str(desk)],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": PATHS, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    terminal = Terminal(ours)
    threading.Thread(target=terminal.read, daemon=True).start()
    try:
        yield process, terminal
    finally:
        process.terminate()
        process.wait(20)


def _measure(fleet: ThrowAwayFleet, options: argparse.Namespace) -> dict[str, object]:
    acl = fleet.folder / "broker" / "acl"
    acl.write_text(acl.read_text() + PLAYER)
    broker = Daemon(command(fleet.broker_settings), fleet.folder / "broker.log")
    broker.start()
    wait_until(lambda: listens(fleet.port), what="the broker listens")
    issue_client(fleet.authority, "player", now=datetime.now(UTC)).write(fleet.folder, "player")
    stop = threading.Event()
    player = _Player(fleet, options.units, options.period, stop)
    try:
        player.greet()
        beating = threading.Thread(target=player.beat)
        beating.start()
        with _view(fleet.desk) as (process, terminal):
            time.sleep(options.period + 5)
            return _watch(process, terminal, player, options)
    finally:
        stop.set()
        beating.join(30)
        broker.kill()


class _Player:
    """Says what all units say, over one line."""

    def __init__(self, fleet: ThrowAwayFleet, units: int, period_s: float, stop: threading.Event) -> None:
        from kirpik.mqtt.tls import Credentials  # noqa: PLC0415

        files = Credentials(
            fleet.folder / "broker" / "ca.pem", fleet.folder / "player.pem", fleet.folder / "player.key"
        )
        self._line = Connection("127.0.0.1", fleet.port, files)
        self._line.connect(())
        self._units = [unit_of(number) for number in range(units)]
        self._period_s, self._stop = period_s, stop
        self._words: list[tuple[str, bytes]] = []
        self._unanswered = 0

    def greet(self) -> None:
        for unit in self._units:
            self._say(topics.up(unit, topics.STATE), b"online", retain=True)

    def beat(self) -> None:
        beat, began_s, number = health.encode_health(HEARTBEAT), time.monotonic(), 0
        while not self._stop.is_set():
            while self._words:
                self._say(*self._words.pop(), retain=True)
            while number < (time.monotonic() - began_s) * len(self._units) / self._period_s:
                self._say(topics.up(self._units[number % len(self._units)], topics.HEALTH), beat)
                number += 1
            self._turn(0.01)

    def lose(self, number: int) -> str:
        unit = self._units[number]
        self._words.append((topics.up(unit, topics.STATE), b"lost"))
        return unit.hex()

    def _say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._line.publish(topic, payload, retain=retain)
        self._unanswered += 1
        while self._unanswered >= MOST_UNANSWERED:
            self._turn(0.1)

    def _turn(self, timeout_s: float) -> None:
        self._unanswered -= len(self._line.turn(timeout_s))


def _watch(
    process: subprocess.Popen[bytes], terminal: Terminal, player: _Player, options: argparse.Namespace
) -> dict[str, object]:
    began_s, cpu_s, sent = time.monotonic(), _cpu_s(process.pid), terminal.sent_bytes
    latencies = []
    for number in range(options.losses):
        time.sleep(options.seconds / options.losses)
        name = unit_of(options.units - 1 - number).hex()[:19]
        terminal.waits[name] = time.monotonic()
        player.lose(options.units - 1 - number)
    wait_until(lambda: len(terminal.seen) == options.losses, what="each lost unit is seen")
    latencies = [terminal.seen[name] - at for name, at in terminal.waits.items()]
    took_s = time.monotonic() - began_s
    figures: dict[str, object] = {
        "units": options.units,
        "view_cpu": round((_cpu_s(process.pid) - cpu_s) / took_s, 3),
        "view_mib": round(_resident_mib(process.pid), 1),
        "terminal_kib_per_s": round((terminal.sent_bytes - sent) / took_s / 1024, 2),
        "latency_ms_median": round(1000 * statistics.median(latencies)),
        "latency_ms_worst": round(1000 * max(latencies)),
    }
    for name, value in figures.items():
        print(f"{name:20} {value}")
    return figures


def unit_of(number: int) -> bytes:
    """Told apart by what of its id a column shows."""
    return number.to_bytes(4, "big") * 4


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
