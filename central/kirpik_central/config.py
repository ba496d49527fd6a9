"""The central's settings, `central.toml`. Paths in it are relative to the file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kirpik.errors import ConfigError


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: a field that is not named below is refused."""


class StoreTable(Strict, frozen=True, kw_only=True):
    url: str = "sqlite:///central.db"
    """Or `postgresql://user@host/database`, where several workers share one store."""


class BrokerTable(Strict, frozen=True, kw_only=True):
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: str = "ca.pem"
    certificate: str = "central.pem"
    key: str = "central.key"


class KeysTable(Strict, frozen=True, kw_only=True):
    seal: str | list[str] = "seal.key"
    """Seeds that packets are opened with, or a folder of them (`*.key`), for rotations. None (`[]`) makes a front door:
    packets are proven, stored and receipted, and opened elsewhere by `kirpik-central open`."""
    receipt: str = "receipt.key"
    units: str = "units"
    """Folder with the public key of each unit, 32 bytes, in <unit id in hex>.pub."""
    root: str = "root.cbor"
    set: str = "set.cbor"


class IntakeTable(Strict, frozen=True, kw_only=True):
    group: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500
    """Packets that are committed together at most."""
    share: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    """Name of the group of workers among which the broker deals the packets out; empty for a single one."""


class LogTable(Strict, frozen=True, kw_only=True):
    """The append-only log of packets and decisions."""

    origin: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", max_length=200)] = "kirpik/log"
    """Its name for ever: the address under which it is published, without scheme."""
    every_s: Annotated[float, msgspec.Meta(ge=1)] = 10.0
    """Between two checkpoints, where there is anything new."""


class MetricsTable(Strict, frozen=True, kw_only=True):
    """For Prometheus. Without a port nothing listens."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    address: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    units: bool = False
    """Also each number of each unit: many series where there are many units."""


class Config(Strict, frozen=True, kw_only=True):
    broker: BrokerTable
    store: StoreTable = StoreTable()
    keys: KeysTable = KeysTable()
    intake: IntakeTable = IntakeTable()
    log: LogTable = LogTable()
    metrics: MetricsTable = MetricsTable()


def load_config(path: Path) -> Config:
    """Raises ConfigError with the file, the field and what was expected."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Config)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
