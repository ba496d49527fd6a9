"""The unit's own settings, `kirpik.toml`. Paths in it are relative to the file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kirpik.errors import ConfigError
from kirpik.toml_lines import complaint

EngineKind = Literal["auto", "litert", "tflite", "coral"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: a field that is not named below is refused."""


class UnitTable(Strict, frozen=True, kw_only=True):
    state: str
    """Folder with identity/, keys/, outbox/, inbox/ and ledger/."""
    site: str
    models: str = ""
    """Folder of the networks; empty means the one that came with the software."""
    root_pin: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    """The root that this unit begins with (`kirpik keys status` shows it); empty believes the one that lies there."""
    identity: Literal["file", "credential", "firmware"] = "file"
    """How the signing key lies on the card."""
    groups: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...] = ()
    """Whose orders are meant for this unit too."""
    label: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """What people call it; told when it asks to be enrolled."""
    run: str = "/run/kirpik"
    """Folder in the board's memory, in which the eye tells the link how it sees; without it, it tells nobody."""
    stick: str = ""
    """Folder in which key documents are looked for at each start, where a rescue stick is mounted; empty: nowhere."""


class CameraTable(Strict, frozen=True, kw_only=True):
    source: Annotated[str, msgspec.Meta(pattern=r"^(pi(:[0-9])?|replay:.+)$")] = "pi"
    """`pi` is the first camera of the board, `pi:1` the second."""
    pace: Literal["recorded", "fast"] = "recorded"
    """Of a recording."""
    fps: Annotated[float, msgspec.Meta(ge=1, le=120)] = 30
    exposure_us: Annotated[int, msgspec.Meta(ge=20, le=20_000)] | None = None
    """Always so long; without it, by the light and never longer than `exposure_most_us`."""
    exposure_most_us: Annotated[int, msgspec.Meta(ge=20, le=20_000)] = 1500
    focus_m: Annotated[float, msgspec.Meta(ge=0.1, le=10_000)] = 25
    """Where a lens that can be focused is locked."""
    tuning: str = ""
    """The camera's tuning file; empty means the one that came with the system for this sensor."""


class EngineTable(Strict, frozen=True, kw_only=True):
    kind: EngineKind = "auto"
    require: bool = False
    """Without it, an engine that cannot be had is replaced by the installed runtime, with a warning."""
    threads: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1


class BrokerTable(Strict, frozen=True, kw_only=True):
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: str = "ca.pem"
    certificate: str = "unit.pem"
    key: str = "unit.key"
    also: list[Annotated[str, msgspec.Meta(pattern=r"^[^:\s]+:[0-9]{1,5}$")]] = []
    """Further brokers, `host:port`, for when the first does not answer."""
    limit_kbit_s: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Packets take no more of a mobile line than this; 0 means no limit."""
    lobby_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8884
    """Where a unit that has no certificate yet asks for one."""


class SpoolTable(Strict, frozen=True, kw_only=True):
    limit_mib: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 512
    keep_days: Annotated[float, msgspec.Meta(gt=0, le=3650)] = 90
    """A packet that has no receipt by then is deleted, and the chain says so."""
    checkpoint_minutes: Annotated[float, msgspec.Meta(ge=1, le=100_000)] = 60
    constant_rate_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0
    """One packet leaves in each slot of so many seconds, with or without an offence; 0 means as they come."""


class ConsoleTable(Strict, frozen=True, kw_only=True):
    language: Literal["ru", "kk", "en"] = "ru"
    """Of the page that a person in front of the unit sees."""


class Config(Strict, frozen=True, kw_only=True):
    unit: UnitTable
    camera: CameraTable = CameraTable()
    engine: EngineTable = EngineTable()
    broker: BrokerTable | None = None
    spool: SpoolTable = SpoolTable()
    console: ConsoleTable = ConsoleTable()


def load_config(path: Path) -> Config:
    """Read and check the settings. Raises ConfigError with the file, the field, its line and what was expected."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        return msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{complaint(text, raw, str(error))}") from error


def beside(config_path: Path, name: str) -> Path:
    """A path of the settings, seen from the folder that the settings lie in."""
    return (config_path.parent / name).resolve()
