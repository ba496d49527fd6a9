"""The demo's processes: broker, intake, link and eye, each as it would run for good, ended in reverse order."""

import getpass
import shutil
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kirpik.errors import BrokerError
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.children import Child, ChildError
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet

BIN = Path(sys.executable).parent
"""Our console scripts lie beside the interpreter that runs them."""
BROKER_START_S = 10.0
PORT_TRIES = 3


class Stage:
    """Owns the processes. `stop` leaves none, whatever has happened before."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def start(self, name: str, command: Sequence[str | Path]) -> Child:
        child = Child(name, [str(word) for word in command], log=self._logs / f"{name}.log")
        self._children.append(child)
        return child

    def finish(self, name: str, command: Sequence[str | Path]) -> None:
        """Run one to its end. Raises ChildError when it fails."""
        child = self.start(name, command)
        while child.exit_code() is None:
            time.sleep(0.02)
        self._children.remove(child)
        if child.exit_code():
            raise ChildError(child.last_words())

    def check(self, *, except_for: Child) -> None:
        """Raise ChildError when one has ended that should still run."""
        for child in self._children:
            if child is not except_for and child.exit_code() is not None:
                raise ChildError(f"the {child.name} has ended: {child.last_words()}")

    def stop(self) -> None:
        while self._children:
            self._children[-1].stop()
            self._children.pop()


def new_fleet_on_air(stage: Stage, folder: Path) -> ThrowAwayFleet:
    """Make a fleet and start its broker. Another process may take the free port in between: then once more."""
    for _ in range(PORT_TRIES):
        fleet = new_fleet(folder, port=free_port(), run_as=getpass.getuser())
        broker = stage.start("broker", mosquitto.command(fleet.broker_settings))
        if _listens(broker, fleet.port):
            return fleet
        stage.stop()
        shutil.rmtree(folder)
    raise BrokerError(f"mosquitto does not start: {broker.last_words()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(broker: Child, port: int) -> bool:
    patience = time.monotonic() + BROKER_START_S
    while time.monotonic() < patience and broker.exit_code() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return broker.exit_code() is None
    return False
