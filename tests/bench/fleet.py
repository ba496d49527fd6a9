"""A whole fleet on one broker and one worker: `python -m tests.bench.fleet --units 10000`.

Every unit has a certificate, a TLS 1.3 connection and a session of its own, says that it is online and heart-beats once
a period. Broker and intake are the real ones, with the settings as shipped; all is on this machine's loopback.
"""

import argparse
import getpass
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from sqlalchemy import func, select

from kirpik.wire import health, topics
from kirpik.wire.signature import SigningKey
from kirpik_central.database import migrate, open_database
from kirpik_central.intake import Intake
from kirpik_central.keys import Units, load_keys
from kirpik_central.letters import Letter
from kirpik_central.store import Store
from kirpik_central.tables import HEALTH
from kirpik_provisioning.broker.mosquitto import command
from kirpik_provisioning.pki import issue_client
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.bench.swarm import End, Swarm, Tally
from tests.system.ground import Daemon, free_port, wait_until
from tests.unit.central.packets import Sender

CONNECT_S = 1800.0
TICKS = os.sysconf("SC_CLK_TCK")
HEARTBEAT = {
    "uptime_s": 86400, "root_v": 1, "keys_v": 1, "software_major": 1, "software_minor": 0, "software_patch": 0,
    "soc_c": 54.3, "throttled": 0, "undervoltage": 0, "disk_percent": 31.2, "memory_mib": 410, "memory_percent": 42.1,
    "load": 1.1, "fps": 30, "frames_bad": 0, "detector_ms": 11.2,
    "exposure_us": 900, "gain": 1.5, "lens_blocked": 0, "lens_moved": 0.1, "spool_fill": 0,
    "spool_late": 0, "parked": 0, "clock_error_us": 900, "clock_synchronised": 1,
    "reconnects": 0,
}  # fmt: skip


@dataclass(slots=True)
class Shared:
    """What the processes of the swarm tell."""

    connected: "Synchronized[int]"
    sent: "Synchronized[int]"
    lost: "Synchronized[int]"
    stop: "Synchronized[int]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--period", type=float, default=60.0, help="seconds between a unit's heartbeats")
    parser.add_argument("--seconds", type=float, default=120.0, help="to measure for, once all are connected")
    parser.add_argument("--processes", type=int, default=2, help="that play the units")
    options = parser.parse_args()
    _raise_file_limit(options.units)
    with tempfile.TemporaryDirectory(prefix="kirpik-fleet-") as folder:
        fleet = new_fleet(Path(folder) / "fleet", port=free_port(), run_as=getpass.getuser())
        print(f"{options.units} units: certificates, and one stored packet each", flush=True)
        ends, store = _prepare(fleet, options.units)
        print(json.dumps(_measure(fleet, ends, store, options)))


def _raise_file_limit(units: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < units + 500:
        sys.exit(f"{units} units need as many file handles, and the limit is {hard}: ulimit -n")


def _prepare(fleet: ThrowAwayFleet, count: int) -> tuple[list[End], Store]:
    home = fleet.central_config.parent
    engine = open_database("sqlite:///central.db", beside=home)
    migrate(engine)
    keys = load_keys(
        seal=[home / "seal.key"], receipt=home / "receipt.key", root=home / "root.cbor", keyset=home / "set.cbor"
    )
    store = Store(engine)
    folder = fleet.folder / "swarm"
    folder.mkdir()
    ends, letters, now = [], [], datetime.now(UTC)
    for number in range(count):
        sender = Sender(SigningKey.generate(), fleet.seal.public)
        (home / "units" / f"{sender.unit.hex()}.pub").write_bytes(sender.identity.public)
        certified = issue_client(fleet.authority, sender.unit.hex(), now=now)
        path = folder / f"{number}.pem"
        path.write_bytes(certified.certificate_pem() + certified.key_pem())
        wire = sender.next()
        letters.append(Letter(topics.up(sender.unit, topics.PACKETS), wire, number))
        ends.append(End(sender.unit, path, health.encode_health(HEARTBEAT)))
    intake = Intake(store, keys, Units(home / "units"))
    for first in range(0, count, 500):
        intake.take(letters[first : first + 500])
    return ends, store


def _measure(fleet: ThrowAwayFleet, ends: list[End], store: Store, options: argparse.Namespace) -> dict[str, object]:
    broker = Daemon(command(fleet.broker_settings), fleet.folder / "broker.log")
    worker = Daemon(
        [sys.executable, "-m", "kirpik_central.cli", "intake", "--config", str(fleet.central_config)],
        fleet.folder / "intake.log",
    )
    shared = Shared(*(multiprocessing.Value("q", 0) for _ in range(4)))
    broker.start()
    time.sleep(1)
    idle_mib = _resident_mib(broker)
    worker.start()
    swarms = _start_swarms(fleet, ends, shared, options)
    try:
        began_s = time.monotonic()
        wait_until(
            lambda: shared.connected.value + shared.lost.value >= len(ends), what="all call in", timeout_s=CONNECT_S
        )
        print(f"{shared.connected.value} connected after {time.monotonic() - began_s:.0f} s", flush=True)
        time.sleep(min(options.period, 60))  # until the first beat of each
        return _watch(store, broker, worker, shared, options.seconds, idle_mib)
    finally:
        shared.stop.value = 1
        for swarm in swarms:
            swarm.join(60)
        worker.end(30)
        broker.kill()


def _start_swarms(
    fleet: ThrowAwayFleet, ends: Sequence[End], shared: Shared, options: argparse.Namespace
) -> list[multiprocessing.process.BaseProcess]:
    swarms: list[multiprocessing.process.BaseProcess] = []
    for number in range(options.processes):
        part = ends[number :: options.processes]
        settings = {
            "ca": fleet.folder / "broker" / "ca.pem", "port": fleet.port,
            "source": f"127.0.0.{number + 2}", "period_s": options.period,
        }  # fmt: skip
        swarms.append(multiprocessing.get_context("fork").Process(target=_play, args=(part, settings, shared)))
        swarms[-1].start()
    return swarms


def _play(ends: Sequence[End], settings: dict[str, object], shared: Shared) -> None:
    told = Tally()

    def stopped(tally: Tally) -> bool:
        for name in ("connected", "sent", "lost"):
            value = getattr(shared, name)
            if change := getattr(tally, name) - getattr(told, name):
                with value.get_lock():
                    value.value += change
                setattr(told, name, getattr(tally, name))
        return bool(shared.stop.value)

    Swarm(ends, **settings).run(stopped=stopped)  # type: ignore[arg-type]  # as `_start_swarms` made them


def _watch(
    store: Store, broker: Daemon, worker: Daemon, shared: Shared, seconds: float, idle_mib: float
) -> dict[str, object]:
    began_s, began_ms = time.monotonic(), time.time_ns() // 1_000_000
    cpu_s, broker_cpu_s, heard, sent = _cpu_s(worker), _cpu_s(broker), store.counters()["heard"], shared.sent.value
    time.sleep(seconds)
    took_s = time.monotonic() - began_s
    figures: dict[str, object] = {
        "units": shared.connected.value + shared.lost.value,
        "connected": shared.connected.value,
        "heartbeats_per_s": round((store.counters()["heard"] - heard) / took_s, 1),
        "worker_cpu": round((_cpu_s(worker) - cpu_s) / took_s, 3),
        "broker_mib": round(_resident_mib(broker), 1),
        "sent_per_s": round((shared.sent.value - sent) / took_s, 1),
        "heard_of": _heard_of(store, began_ms),
        "broker_cpu": round((_cpu_s(broker) - broker_cpu_s) / took_s, 3),
        "broker_kib_a_unit": round(1024 * (_resident_mib(broker) - idle_mib) / max(1, shared.connected.value), 1),
        "worker_mib": round(_resident_mib(worker), 1),
    }
    for name, value in figures.items():
        print(f"{name:20} {value}")
    return figures


def _heard_of(store: Store, since_ms: int) -> int:
    """Units whose state in the store is newer than that."""
    query = select(func.count()).select_from(HEALTH).where(HEALTH.c.received_ms >= since_ms)
    return int(store.read(lambda connection: connection.execute(query).scalar_one()))


def _cpu_s(daemon: Daemon) -> float:
    assert daemon.process is not None
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident_mib(daemon: Daemon) -> float:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
