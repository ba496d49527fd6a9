"""The throw-away fleet that runs while a recording is made of what its desk does."""

import getpass
import signal
import subprocess
import time
from pathlib import Path

from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.demo import bundled_road
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.recorder import BIN
from tests.system.ground import Daemon, free_port, wait_until


class Live:
    """A throw-away fleet: an eye on the demo's road, a link for each unit, broker, lobby and intake."""

    def __init__(self, home: Path, *, others: tuple[str, ...] = ()) -> None:
        """`others` are units that have a link alone."""
        self.lobby_port = free_port()
        self.fleet: ThrowAwayFleet = new_fleet(home / "fleet", port=free_port(), run_as=getpass.getuser())
        lobby = self.fleet.open_lobby(port=self.lobby_port, desk_port=free_port(), run_as=getpass.getuser())
        self.lobby = Daemon(mosquitto.command(lobby), home / "lobby.log")
        self.units = [self.fleet.add_unit(name) for name in ("abay-10", *others)]
        road = bundled_road()
        configs = [unit.write_config(self.fleet, site=road.site, source=f"replay:{road.source}") for unit in self.units]
        central = str(self.fleet.central_config)
        self.broker = Daemon(mosquitto.command(self.fleet.broker_settings), home / "broker.log")
        self.intake = Daemon([str(BIN / "kirpik-central"), "intake", "--config", central], home / "intake.log")
        self.links = [
            Daemon([str(BIN / "kirpikd"), "link", "--config", str(config)], home / f"link-{unit.unit.hex()}.log")
            for unit, config in zip(self.units, configs, strict=True)
        ]
        self.eye = Daemon([str(BIN / "kirpikd"), "eye", "--config", str(configs[0])], home / "eye.log")
        subprocess.run([BIN / "kirpik-central", "migrate", "--config", central], check=True, capture_output=True)
        self.broker.start()
        self.lobby.start()
        time.sleep(0.5)
        for daemon in (self.intake, *self.links, self.eye):
            daemon.start()
        (home / "desk").symlink_to(self.fleet.desk)
        for name in ("central", "broker"):
            (home / name).symlink_to(self.fleet.folder / name)
        (home / "card").mkdir()

    def wait_for_links(self) -> None:
        wait_until(lambda: all("broker=connected" in link.said() for link in self.links), what="the links are there")

    def restart_intake(self) -> None:
        config = self.fleet.central_config
        config.write_text(config.read_text().replace('seal = "seal.key"', 'seal = ["seal.key", "seal-2.key"]'))
        self.intake.end(60)
        self.intake.start()

    def reload_broker(self) -> None:
        if self.broker.process is not None:
            self.broker.process.send_signal(signal.SIGHUP)
            time.sleep(0.5)

    def end(self) -> None:
        for daemon in (self.eye, *self.links, self.intake, self.broker, self.lobby):
            daemon.kill()
