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
    share: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_-]{16,64})?$")] = ""
    """Name of the group of workers among which the broker deals the packets out; empty for a single one. A secret:
    `kirpik broker admit` makes one that nobody can guess."""


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


class WebTable(Strict, frozen=True, kw_only=True):
    """The officers' pages."""

    origin: Annotated[str, msgspec.Meta(pattern=r"^(https://[a-z0-9.-]+(:[0-9]+)?|http://localhost(:[0-9]+)?)$")] = (
        "http://localhost:8480"
    )
    """What officers type. Passkeys are good for this address alone; without TLS it can only be this very machine."""
    address: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8480
    certificate: str | None = None
    key: str | None = None
    """PEM files for TLS; without them a proxy in front speaks TLS."""
    timezone: str = "Asia/Almaty"
    """In which the pages tell the time."""
    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=720)] = 60
    shift_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] = 12
    """After so long everybody proves himself anew."""


class DeskTable(Strict, frozen=True, kw_only=True):
    """How cases are decided."""

    hold_minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] = 10
    """So long a case is one officer's; then it goes back."""
    draft_minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] = 30
    """So long a decision may wait for its signature; then it is void."""
    batch: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    """After so many decisions the officer is asked to sign them. Until then each can be taken back."""
    two_persons: bool = False
    """A charge needs a second officer, who has not seen the case."""
    sign_with: Literal["passkey", "any"] = "passkey"
    """`any` lets those without a passkey confirm their decisions with a one-time code, which signs nothing."""
    control_percent: Annotated[float, msgspec.Meta(ge=0, le=20)] = 2.0
    """Of the cases handed out are known to be innocent."""


class RegistryTable(Strict, frozen=True, kw_only=True):
    """Where owners are looked up, after a decision and never before. With neither, they are not."""

    csv: str | None = None
    """A file with the columns plate, name, address: for trials."""
    url: Annotated[str, msgspec.Meta(pattern=r"^https://.*\{plate\}")] | None = None
    """With {plate} in it; it answers with a JSON object of name and address."""
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0


class CitizenTable(Strict, frozen=True, kw_only=True):
    """The page of the accused and of the public; a process of its own that only reads."""

    enabled: bool = False
    origin: str = "http://localhost:8481"
    address: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8481
    certificate: str | None = None
    key: str | None = None
    evidence: str = "evidence"
    """Where `kirpik-central export --evidence` puts its files."""
    smallest: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 10
    """Smaller numbers are not published."""


class Config(Strict, frozen=True, kw_only=True):
    broker: BrokerTable
    store: StoreTable = StoreTable()
    keys: KeysTable = KeysTable()
    intake: IntakeTable = IntakeTable()
    log: LogTable = LogTable()
    metrics: MetricsTable = MetricsTable()
    web: WebTable = WebTable()
    desk: DeskTable = DeskTable()
    registry: RegistryTable = RegistryTable()
    citizen: CitizenTable = CitizenTable()


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
