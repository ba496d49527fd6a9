"""What stands on the other side of the virtual machine: a fleet with its broker, lobby and central, on this machine.

It may be left at any moment and be opened again: ports and keys stay the same, and the central's store is a file.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from kirpik.errors import WireError
from kirpik.wire.chain import Chain
from kirpik.wire.packet import parse_header
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.cli import bench
from kirpik_provisioning.pki import issue_broker
from kirpik_provisioning.provision import new_fleet
from tests.arm.machine import HOST
from tests.system.ground import Daemon, free_port, listens, wait_until

CENTRAL, KIRPIK = (str(Path(sys.executable).parent / name) for name in ("kirpik-central", "kirpik"))


@dataclass(frozen=True, slots=True)
class Ports:
    broker: int
    lobby: int
    desk: int


@dataclass(slots=True)
class Ground:
    folder: Path
    ports: Ports
    _daemons: dict[str, Daemon] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> "Ground":
        """A fleet of its own, whose broker answers to the name by which the machine calls this one."""
        ports = Ports(free_port(), free_port(), free_port())
        fleet = new_fleet(folder, port=ports.broker, run_as="root")
        names = ["127.0.0.1", "localhost", HOST]
        issue_broker(fleet.authority, names, now=datetime.now(UTC)).write(folder / "broker", "broker")
        with (fleet.desk / "desk.toml").open("a") as settings:
            settings.write(f'\n[lobby]\nhost = "127.0.0.1"\nport = {ports.desk}\n')
        write_lobby(LobbyPlan("127.0.0.1", ports.lobby, ports.desk, folder / "broker", run_as="root"))
        ground = cls(folder, ports)
        subprocess.run([CENTRAL, "migrate", *ground.central], check=True, capture_output=True)
        return ground

    @property
    def desk(self) -> Path:
        return self.folder / "desk"

    @property
    def central(self) -> Sequence[str]:
        return ["--config", str(self.folder / "central/central.toml")]

    @property
    def door(self) -> Sequence[str]:
        """`kirpik enrol` at this desk; its `serve` lets a member in again that a power cut made forget."""
        return ["enrol", "--desk", str(self.desk), "--passphrases", str(self.desk / "PASSPHRASE")]

    @contextmanager
    def standing(self) -> Iterator[None]:
        settings = self.folder / "broker"
        commands = {
            "broker": mosquitto.command(settings / "mosquitto.conf"),
            "lobby": mosquitto.command(settings / "lobby.conf"),
            "central": [CENTRAL, "intake", *self.central],
            "door": [KIRPIK, *self.door, "serve", "--for", "24h"],
        }
        for name, command in commands.items():
            self._daemons[name] = Daemon(command, self.folder / f"{name}.log")
        try:
            for daemon in self._daemons.values():
                daemon.start()
            wait_until(lambda: all(map(listens, astuple(self.ports))), what="both brokers listen")
            yield
        finally:
            for daemon in self._daemons.values():
                daemon.kill()

    @contextmanager
    def without_broker(self) -> Iterator[None]:
        """As when the line to the road is cut: packets wait on the unit."""
        broker = self._daemons["broker"]
        broker.end()
        try:
            yield
        finally:
            broker.start()
            wait_until(lambda: listens(self.ports.broker), what="the broker listens")

    def check(self) -> None:
        """Raises AssertionError with the last words of one that has ended; nobody would come to start it again."""
        for name, daemon in self._daemons.items():
            assert daemon.process is not None
            assert daemon.process.poll() is None, f"{name} has ended: {daemon.said()[-500:]}"

    def accept(self, words: Sequence[str]) -> None:
        """An operator reads the words from the unit's screen and types them at the desk; the central is told."""
        listed = CliRunner().invoke(bench, [*self.door, "list", "--wait", "25"])
        assert " ".join(words[:4]) in listed.output, listed.output
        done = CliRunner().invoke(bench, [*self.door, "accept", *words, "--yes"])
        assert done.exit_code == 0, (done.output, done.exception)
        for public in (self.desk / "units").glob("*.pub"):
            shutil.copy(public, self.folder / "central/units")

    def knows_it(self) -> bool:
        """Whether the desk has accepted the unit before."""
        return any((self.desk / "units").glob("*.pub"))

    def packets(self) -> int:
        """That the central has stored."""
        return int(self._ask("select count(*) from packet")[0][0])

    def lacking(self) -> int:
        """Packets that the unit says it has sealed, and that are not stored."""
        return int(self._ask("select coalesce(sum(head - up_to), 0) from chain where head > up_to")[0][0])

    def newest_epoch(self) -> int:
        return int(self._ask("select coalesce(max(epoch), 0) from packet")[0][0])

    def chain(self) -> dict[str, object]:
        """Of all that is stored: whether each packet follows from the one before it, and what went wrong."""
        rows = self._ask("select epoch, sequence, unit, wire, link from packet order by epoch, sequence")
        places = [(epoch, sequence) for epoch, sequence, *_ in rows]
        return {
            "chain_broken": _broken([row[2:] for row in rows]),
            "twice": len(places) - len(set(places)),
            "epochs": len({epoch for epoch, _ in places}),
            "violations": self._ask("select count(*) from violation")[0][0],
            "alarms": sorted(kind for (kind,) in self._ask("select kind from alarm")),
            "quarantined": self._ask("select count(*) from quarantine")[0][0],
        }

    def _ask(self, words: str) -> list[tuple[Any, ...]]:
        store = sqlite3.connect(f"file:{self.folder / 'central/central.db'}?mode=ro", uri=True)
        try:
            return store.execute(words).fetchall()
        finally:
            store.close()


def _broken(rows: Sequence[tuple[bytes, bytes, bytes]]) -> str | None:
    """Where a unit's packets, each with its link, do not follow one another from its first one on."""
    chain = Chain(rows[0][0]) if rows else None
    try:
        for _, wire, link in rows:
            assert chain is not None
            chain.follow(parse_header(wire), link)
    except WireError as error:
        return str(error)
    return None
