"""A whole throw-away fleet in one folder: desk, broker, central, and units. For the demo and for tests.

All its private keys lie on one desk under one known passphrase and die with the folder. Nothing that is made here may
ever guard a real road; the real ceremony keeps the root's keys offline and apart.
"""

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kirpik.trust.trusted import root_pin
from kirpik.wire import signature, suite
from kirpik.wire.ids import unit_id
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_provisioning.broker.clients import Part, read_clients, write_clients
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.broker.mosquitto import BrokerPlan, write_settings
from kirpik_provisioning.enrol.bench import write_authority
from kirpik_provisioning.pki import Certified, issue_broker, issue_client, new_authority, revocation_list
from kirpik_provisioning.registry import Card, Registry
from kirpik_provisioning.throw_away import PASSPHRASE, WORK, throw_away_desk

STATE_FOLDERS = ("identity", "keys", "outbox", "inbox", "ledger")

UNIT_SETTINGS = """\
[unit]
state = "state"
site = {site}
root_pin = "{root_pin}"

[camera]
source = {source}
pace = {pace}

[broker]
host = {host}
port = {port}
ca = "ca.pem"
certificate = "unit.pem"
key = "unit.key"
"""

CENTRAL_SETTINGS = """\
[store]
url = "sqlite:///central.db"

[broker]
host = {host}
port = {port}
ca = "ca.pem"
certificate = "central.pem"
key = "central.key"

[keys]
seal = "seal.key"
receipt = "receipt.key"
units = "units"
root = "root.cbor"
set = "set.cbor"
"""


@dataclass(frozen=True, slots=True)
class UnitFolder:
    """A unit as its card would be: settings, certificate, and the state folder."""

    folder: Path
    identity: SigningKey = field(repr=False)

    @property
    def unit(self) -> bytes:
        return unit_id(self.identity.public)

    @property
    def config(self) -> Path:
        return self.folder / "kirpik.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def write_config(self, fleet: "ThrowAwayFleet", *, site: Path, source: str, pace: str = "recorded") -> Path:
        """Write `kirpik.toml` for a site file and a camera source, such as `replay:clip.mp4`."""
        text = UNIT_SETTINGS.format(
            site=_toml(str(site)), source=_toml(source), pace=_toml(pace), host=_toml(fleet.host), port=fleet.port,
            root_pin=root_pin(fleet.documents["root.cbor"]).hex(),
        )  # fmt: skip
        self.config.write_text(text)
        return self.config


@dataclass(frozen=True, slots=True)
class ThrowAwayFleet:
    """Everything that is shared: authority, key documents, the central's keys, the broker's settings."""

    folder: Path
    host: str
    port: int
    authority: Certified = field(repr=False)
    documents: dict[str, bytes] = field(repr=False)
    seal: SealKey = field(repr=False)
    receipt: SigningKey = field(repr=False)

    @property
    def broker_settings(self) -> Path:
        """What `mosquitto -c` takes."""
        return self.folder / "broker" / "mosquitto.conf"

    @property
    def desk(self) -> Path:
        """What `kirpik keys --desk` and `kirpik orders --desk` take; its passphrase lies in PASSPHRASE."""
        return self.folder / "desk"

    def open_lobby(self, *, port: int, desk_port: int, run_as: str | None = None) -> Path:
        """Write the settings of a lobby, tell the desk where it is, and return what `mosquitto -c` takes."""
        with (self.desk / "desk.toml").open("a") as settings:
            settings.write(f"\n[lobby]\nhost = {_toml(self.host)}\nport = {desk_port}\n")
        return write_lobby(LobbyPlan(self.host, port, desk_port, self.folder / "broker", run_as=run_as))

    @property
    def central_config(self) -> Path:
        return self.folder / "central" / "central.toml"

    def add_unit(self, name: str = "unit") -> UnitFolder:
        """Make a unit with a new identity, known to the central."""
        unit = UnitFolder(self.folder / name, SigningKey.generate())
        for part in STATE_FOLDERS:
            (unit.state / part).mkdir(parents=True, mode=0o700)
        _write_secret(unit.state / "identity" / "unit.key", unit.identity.seed())
        for document, data in self.documents.items():
            (unit.state / "keys" / document).write_bytes(data)
        certified = self.certify(unit.folder, unit.unit.hex(), "unit")
        (self.folder / "central" / "units" / f"{unit.unit.hex()}.pub").write_bytes(unit.identity.public)
        tls = certified.key.public_key().public_bytes_raw().hex()
        serial = f"{certified.certificate.serial_number:x}"
        Registry(self.desk).put(unit.identity.public, Card(label=name, tls=tls, serial=serial))
        return unit

    def add_client(self, name: str, part: Part, folder: Path, stem: str) -> None:
        """Certify somebody who works for the fleet, and write down who it is."""
        serial = self.certify(folder, name, stem).certificate.serial_number
        write_clients(self.desk, read_clients(self.desk).with_name(name, part, serial))

    def certify(self, folder: Path, name: str, stem: str) -> Certified:
        (folder / "ca.pem").write_bytes(self.authority.certificate_pem())
        certified = issue_client(self.authority, name, now=datetime.now(UTC))
        certified.write(folder, stem)
        return certified


def new_fleet(folder: Path, *, port: int, host: str = "127.0.0.1", run_as: str | None = None) -> ThrowAwayFleet:
    """Make the shared part in an empty or new folder. `run_as` is the user of a broker that root starts."""
    seal_seed = secrets.token_bytes(suite.SEED_BYTES)
    receipt_seed = secrets.token_bytes(signature.SEED_BYTES)
    authority = new_authority("kirpik throw-away fleet", now=datetime.now(UTC))
    documents = throw_away_desk(folder / "desk", seal_seed=seal_seed, receipt_seed=receipt_seed)
    seal, receipt = SealKey.from_seed(seal_seed), SigningKey.from_seed(receipt_seed)
    fleet = ThrowAwayFleet(folder, host, port, authority, documents, seal, receipt)
    _write_central(fleet, seal_seed)
    _write_line(fleet)
    _write_broker(fleet, run_as=run_as)
    return fleet


def _write_line(fleet: ThrowAwayFleet) -> None:
    """The desk's own certificate, by which it publishes documents and sends orders, and one that only watches."""
    fleet.add_client("desk", "desk", fleet.desk, "desk")
    fleet.add_client("fleet", "watcher", fleet.desk, "fleet")
    write_authority(fleet.desk, fleet.authority, PASSPHRASE.encode(), work=WORK)
    place = f"host = {_toml(fleet.host)}\nport = {fleet.port}\n"
    watcher = 'certificate = "fleet.pem"\nkey = "fleet.key"\n'
    (fleet.desk / "desk.toml").write_text(f"[broker]\n{place}\n[fleet]\n{place}{watcher}")


def _write_broker(fleet: ThrowAwayFleet, *, run_as: str | None) -> None:
    home = fleet.folder / "broker"
    home.mkdir(parents=True)
    (home / "ca.pem").write_bytes(fleet.authority.certificate_pem())
    hosts = list(dict.fromkeys([fleet.host, "localhost", "127.0.0.1"]))
    issue_broker(fleet.authority, hosts, now=datetime.now(UTC)).write(home, "broker")
    (home / "crl.pem").write_bytes(revocation_list(fleet.authority, [], number=1, now=datetime.now(UTC)))
    rights = read_clients(fleet.desk).rights(revoked_units=())
    write_settings(BrokerPlan(fleet.host, fleet.port, home, rights, run_as=run_as))


def _write_central(fleet: ThrowAwayFleet, seal_seed: bytes) -> None:
    home = fleet.folder / "central"
    (home / "units").mkdir(parents=True)
    _write_secret(home / "seal.key", seal_seed)
    _write_secret(home / "receipt.key", fleet.receipt.seed())
    for document, data in fleet.documents.items():
        (home / document).write_bytes(data)
    fleet.add_client("central", "central", home, "central")
    fleet.central_config.write_text(CENTRAL_SETTINGS.format(host=_toml(fleet.host), port=fleet.port))


def _write_secret(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _toml(text: str) -> str:
    """A TOML basic string is written as JSON writes it."""
    return json.dumps(text, ensure_ascii=False)
