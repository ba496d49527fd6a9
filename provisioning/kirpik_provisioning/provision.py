"""A whole throw-away fleet in one folder: root, key set, broker, central, and one unit. For the demo and for tests.

The keys of its root lie unprotected beside the rest and die with the folder. Nothing that is made here may ever guard
a real road; the real ceremony keeps the root's keys offline and apart.
"""

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kirpik.wire import dualsign, suite
from kirpik.wire.documents import KeySet, Role, Root, SealEntry
from kirpik.wire.ids import unit_id
from kirpik.wire.keydocs import sign_document
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_provisioning.mosquitto import BrokerPlan, write_settings
from kirpik_provisioning.pki import Certified, issue_broker, issue_client, new_authority

ROOT_HOLDERS, KEYS_HOLDERS, THRESHOLD = 3, 3, 2
YEAR_MS = 365 * 24 * 3600 * 1000
STATE_FOLDERS = ("identity", "keys", "outbox", "inbox", "ledger")

UNIT_SETTINGS = """\
[unit]
state = "state"
site = {site}

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
            site=_toml(str(site)), source=_toml(source), pace=_toml(pace), host=_toml(fleet.host), port=fleet.port
        )
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
        self._certify(unit.folder, unit.unit.hex(), "unit")
        (self.folder / "central" / "units" / f"{unit.unit.hex()}.pub").write_bytes(unit.identity.public)
        return unit

    def _certify(self, folder: Path, name: str, stem: str) -> None:
        (folder / "ca.pem").write_bytes(self.authority.certificate_pem())
        issue_client(self.authority, name, now=datetime.now(UTC)).write(folder, stem)


def new_fleet(folder: Path, *, port: int, host: str = "127.0.0.1", run_as: str | None = None) -> ThrowAwayFleet:
    """Make the shared part in an empty or new folder. `run_as` is the user of a broker that root starts."""
    seal_seed = secrets.token_bytes(suite.SEED_BYTES)
    seal, receipt = SealKey.from_seed(seal_seed), SigningKey.generate()
    authority = new_authority("kirpik throw-away fleet", now=datetime.now(UTC))
    fleet = ThrowAwayFleet(folder, host, port, authority, _documents(seal, receipt), seal, receipt)
    _write_broker(fleet, run_as=run_as)
    _write_central(fleet, seal_seed)
    return fleet


def _documents(seal: SealKey, receipt: SigningKey) -> dict[str, bytes]:
    """Root and key set of version 1, signed as many times as they ask for."""
    root_keys = [dualsign.DocumentKey(secrets.token_bytes(32)) for _ in range(ROOT_HOLDERS)]
    keys_keys = [dualsign.DocumentKey(secrets.token_bytes(32)) for _ in range(KEYS_HOLDERS)]
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    root = Root(
        version=1,
        issued_ms=now_ms,
        expires_ms=now_ms + 10 * YEAR_MS,
        root=Role(THRESHOLD, tuple(key.public for key in root_keys)),
        keys=Role(THRESHOLD, tuple(key.public for key in keys_keys)),
        fallback_seal=None,
    )
    keyset = KeySet(
        version=1,
        issued_ms=now_ms,
        expires_ms=now_ms + YEAR_MS,
        seal=(SealEntry(seal.public, 0, None, "active"),),
        receipt=(receipt.public,),
    )
    return {
        "root.cbor": sign_document(root, root_keys[:THRESHOLD]),
        "set.cbor": sign_document(keyset, keys_keys[:THRESHOLD]),
    }


def _write_broker(fleet: ThrowAwayFleet, *, run_as: str | None) -> None:
    home = fleet.folder / "broker"
    home.mkdir(parents=True)
    (home / "ca.pem").write_bytes(fleet.authority.certificate_pem())
    hosts = list(dict.fromkeys([fleet.host, "localhost", "127.0.0.1"]))
    issue_broker(fleet.authority, hosts, now=datetime.now(UTC)).write(home, "broker")
    write_settings(BrokerPlan(fleet.host, fleet.port, home, run_as=run_as))


def _write_central(fleet: ThrowAwayFleet, seal_seed: bytes) -> None:
    home = fleet.folder / "central"
    (home / "units").mkdir(parents=True)
    _write_secret(home / "seal.key", seal_seed)
    _write_secret(home / "receipt.key", fleet.receipt.seed())
    for document, data in fleet.documents.items():
        (home / document).write_bytes(data)
    fleet._certify(home, "central", "central")  # noqa: SLF001  the fleet's own module
    fleet.central_config.write_text(CENTRAL_SETTINGS.format(host=_toml(fleet.host), port=fleet.port))


def _write_secret(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _toml(text: str) -> str:
    """A TOML basic string is written as JSON writes it."""
    return json.dumps(text, ensure_ascii=False)
