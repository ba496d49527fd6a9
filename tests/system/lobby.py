"""A fleet with a lobby, the generic cards that ask there, and the desk that lets them in."""

import getpass
import shutil
import sys
from pathlib import Path

from click.testing import CliRunner

from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.cli import bench
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.system.ground import Daemon, free_port, listens, wait_until

KIRPIKD = str(Path(sys.executable).parent / "kirpikd")


class Lobby:
    """A fleet with a lobby, and the desk of `kirpik enrol`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.lobby_port, desk_port = free_port(), free_port(), free_port()
        self.fleet: ThrowAwayFleet = new_fleet(home / "fleet", port=self.port, run_as=getpass.getuser())
        settings = self.fleet.open_lobby(port=self.lobby_port, desk_port=desk_port, run_as=getpass.getuser())
        self.broker = Daemon(mosquitto.command(self.fleet.broker_settings), home / "broker.log")
        self.daemons = [Daemon(mosquitto.command(settings), home / "lobby.log")]
        for daemon in (self.broker, *self.daemons):
            daemon.start()
        wait_until(lambda: listens(self.port) and listens(self.lobby_port), what="both brokers listen")
        self.said = ""

    def card(self, name: str, *, label: str = "") -> Path:
        """What a generic image holds: no secret."""
        folder = self.home / name
        (folder / "state" / "keys").mkdir(parents=True)
        for document, data in self.fleet.documents.items():
            (folder / "state" / "keys" / document).write_bytes(data)
        shutil.copy(self.fleet.folder / "broker" / "ca.pem", folder / "ca.pem")
        (folder / "kirpik.toml").write_text(
            f'[unit]\nstate = "state"\nsite = "site.toml"\nlabel = "{label}"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {self.port}\nlobby_port = {self.lobby_port}\n'
        )
        return folder

    def boot(self, card: Path, *words: str) -> Daemon:
        """First boot, or any later one."""
        command = [KIRPIKD, "enrol", "--config", str(card / "kirpik.toml"), *words]
        daemon = Daemon(command, card / f"enrol-{len(self.daemons)}.log")
        daemon.start()
        self.daemons.append(daemon)
        wait_until((card / "state" / "fingerprint.txt").exists, what="the fingerprint is shown")
        return daemon

    def enrol(self, *words: str) -> int:
        desk = self.fleet.desk
        told = ["enrol", "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), *words]
        result = CliRunner().invoke(bench, told)
        self.said = result.output + (f"\n{result.exception}" if result.exception else "")
        return result.exit_code

    def serve(self) -> Daemon:
        desk = self.fleet.desk
        words = ["enrol", "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), "serve", "--for", "60s"]
        daemon = Daemon([str(Path(sys.executable).parent / "kirpik"), *words], self.home / "serve.log")
        daemon.start()
        self.daemons.append(daemon)
        return daemon

    def end(self) -> None:
        for daemon in [*self.daemons, self.broker]:
            daemon.kill()
