"""A fleet to test on: a real broker on a free port of this machine, certificates, and processes that can be killed."""

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner
from cryptography import x509

from kirpik.mqtt.tls import Credentials
from kirpik_provisioning.broker.mosquitto import command
from kirpik_provisioning.cli import bench
from kirpik_provisioning.pki import issue_client
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet

ROOT = Path(__file__).parents[2]
PATHS = ":".join(str(ROOT / name) for name in ("daemon", "provisioning", "central", "."))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    return listens_on("127.0.0.1", port)


def listens_on(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@dataclass
class Daemon:
    """A process of the test's own, which can be killed and started again."""

    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env={**os.environ, "PYTHONPATH": PATHS}
            )

    def kill(self) -> None:
        """As a power cut would: no last word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self, timeout_s: float = 60.0) -> int:
        """Ask it to end, and return its exit code. The time is there for what hangs, not for a busy machine."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout_s)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def await_word(self, word: str, *, timeout_s: float = 120.0) -> None:
        """However slow the machine is, unless the process ends before it has said it."""

        def said_or_ended() -> bool:
            ended = self.process is None or self.process.poll() is not None
            assert word in self.said() or not ended, f"ended before it said {word!r}: {self.said()[-500:]}"
            return word in self.said()

        wait_until(said_or_ended, what=f"it says {word!r}", timeout_s=timeout_s)


@dataclass
class Fleet:
    """A throw-away fleet, and a broker that believes it."""

    folder: Path
    things: ThrowAwayFleet = field(init=False)
    broker: Daemon = field(init=False)

    def __post_init__(self) -> None:
        self.things = new_fleet(self.folder, port=free_port(), run_as=getpass.getuser())
        self.broker = Daemon(command(self.things.broker_settings), self.folder / "broker.log")

    @property
    def port(self) -> int:
        return self.things.port

    def start_broker(self) -> None:
        self.broker.start()
        wait_until(self._answers, what="the broker listens")

    def bench(self, group: str, *words: str) -> str:
        """What `kirpik` says to these words, on this fleet's desk."""
        desk = self.things.desk
        told = [group, "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), *words]
        result = CliRunner().invoke(bench, told, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def refresh_broker(self) -> None:
        """Who may do what, as the desk has it by now; the broker reads it without a restart."""
        self.bench("broker", "refresh", str(self.folder / "broker"))
        assert self.broker.process is not None
        self.broker.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)

    def credentials(self, name: str) -> Credentials:
        """Certify `name` and return its files."""
        if not (self.folder / f"{name}.pem").exists():
            issue_client(self.things.authority, name, now=datetime.now(UTC)).write(self.folder, name)
        return Credentials(self.folder / "broker" / "ca.pem", self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def serial(self, name: str) -> int:
        """Of the certificate of `name`."""
        certificate = self.credentials(name).certificate
        return x509.load_pem_x509_certificate(certificate.read_bytes()).serial_number

    def _answers(self) -> bool:
        return listens(self.port)


def wait_until(happened: object, *, what: str, timeout_s: float = 20.0) -> None:
    assert callable(happened)
    deadline_s = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.02)
