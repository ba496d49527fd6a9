"""Settings of `kirpikd signals`, `signals.toml`: which controllers are asked, and where their words go."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from kirpik.errors import ConfigError
from kirpik.site import Name, Strict
from kirpik.toml_lines import complaint

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Ntcip(Strict, frozen=True, kw_only=True):
    """A controller that is polled over SNMP v2c."""

    host: str
    port: Port = 161
    community: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "public"
    poll_ms: Annotated[int, msgspec.Meta(ge=50, le=5000)] = 200
    phases: dict[Name, Annotated[int, msgspec.Meta(ge=1, le=128)]]
    """Signal of the site file → the controller's phase."""
    oid: Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)+$")] = "1.3.6.1.4.1.1206.4.2.1.1.4.1"
    """Of phaseStatusGroupEntry."""


class Udp(Strict, frozen=True, kw_only=True):
    """A port on the isolated side, on which a controller tells `signal phase` in plain datagrams."""

    address: str
    port: Port
    senders: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Nobody else is listened to."""


class Feeds(Strict, frozen=True, kw_only=True):
    socket: str = "/run/kirpik/signals"
    ntcip: tuple[Ntcip, ...] = ()
    udp: tuple[Udp, ...] = ()


def load_feeds(path: Path) -> Feeds:
    """Raises ConfigError with the file, the field, its line and what was expected."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
        feeds = msgspec.convert(raw, Feeds)
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the settings: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{complaint(text, raw, str(error))}") from error
    if not feeds.ntcip and not feeds.udp:
        raise ConfigError(f"{path}: neither [[ntcip]] nor [[udp]], expected at least one controller")
    return feeds
