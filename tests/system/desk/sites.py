"""The officers' desk and the citizens' page as they are run, with cases, people and a fleet."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kirpik.wire import health, topics
from kirpik.wire.ids import unit_id
from kirpik_central.accounts.command import manage
from kirpik_central.accounts.people import Role
from kirpik_central.letters import Letter
from tests.desk import Stage, road
from tests.system.ground import Daemon, free_port, listens, wait_until

CASES = 60
FLEET: tuple[tuple[str, tuple[float, float] | None, str, dict[str, float]], ...] = (
    ("Абая / Сейфуллина", (43.2401, 76.9286), topics.ONLINE, {"soc_c": 54, "fps": 30, "keys_v": 1, "spool_fill": 0}),
    ("Сатпаева / Байтурсынова", (43.2366, 76.9204), topics.ONLINE, {"soc_c": 88, "fps": 27, "spool_fill": 70}),
    ("Туран 5", (51.1282, 71.4307), topics.LOST, {"soc_c": 48, "fps": 30, "clock_synchronised": 0}),
    ("Запасной", None, topics.DISCONNECTED, {"soc_c": 31}),
)  # fmt: skip


@dataclass
class Desk:
    stage: Stage
    origin: str
    public: str
    citizen: Daemon
    """The citizens' page."""

    def forgive(self) -> None:
        """Whoever has asked the citizens' page too often may ask again: it counts in memory."""
        assert self.citizen.end(60) == 0
        self.citizen.start()
        wait_until(lambda: listens(int(self.public.rpartition(":")[2])), timeout_s=120, what="the site listens")

    def central(self, *words: str) -> str:
        config = str(self.stage.fleet.central_config)
        command = [sys.executable, "-m", "kirpik_central.cli", words[0], "--config", config, *words[1:]]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def invite(self, name: str, role: Role = "officer") -> str:
        """As `kirpik-central user add` prints it."""
        return manage(self.stage.store, self.origin, "add", name, role)[0]


@contextmanager
def running(folder: Path) -> Iterator[Desk]:
    """Both sites, each a process of its own. They end well when they are told to."""
    ports = free_port(), free_port()
    origin, public = (f"http://localhost:{port}" for port in ports)
    stage = Stage(folder, origin=origin)
    stage.receive(*road(CASES))
    stage.checkpoint()
    _hear_fleet(stage)
    stage.tell_withheld(41, 17, 3, 0, 22, 0)
    config = stage.fleet.central_config
    config.write_text(
        config.read_text()
        + f'\n[web]\norigin = "{origin}"\nport = {ports[0]}\n'
        + '[desk]\ncontrol_percent = 0\nbatch = 3\nsign_with = "any"\n'
        + f'[registry]\ncsv = "{folder}/owners.csv"\n'
        + f'[citizen]\nenabled = true\norigin = "{public}"\nport = {ports[1]}\nevidence = "{folder}/evidence"\n'
    )
    daemons = [
        Daemon([sys.executable, "-m", "kirpik_central.cli", name, "--config", str(config)], folder / f"{name}.log")
        for name in ("web", "citizen")
    ]
    try:
        for daemon in daemons:
            daemon.start()
        for port in ports:
            wait_until(lambda port=port: listens(port), timeout_s=120, what="the site listens")
        yield Desk(stage, origin, public, daemons[1])
        assert [daemon.end(60) for daemon in daemons] == [0, 0]
    finally:
        for daemon in daemons:
            daemon.kill()
        stage.engine.dispose()


def _hear_fleet(stage: Stage) -> None:
    """Units with names and places, well and troubled."""
    for number, (label, place, state, numbers) in enumerate(FLEET):
        unit = unit_id(stage.fleet.add_unit(f"fleet-{number}").identity.public)
        card = {"label": label, "groups": ["almaty"], "place": place}
        (stage.home / "units" / f"{unit.hex()}.json").write_text(json.dumps(card), encoding="utf-8")
        said = ((topics.HEALTH, health.encode_health(numbers)), (topics.STATE, state.encode()))
        stage.intake.take([Letter(topics.up(unit, leaf), payload, 1) for leaf, payload in said])
