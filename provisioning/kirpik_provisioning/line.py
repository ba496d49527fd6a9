"""The desk's line to the broker: who it is comes from desk.toml, what it does is said once and waited for.

[broker]
host = "broker.example"
port = 8883
ca = "ca.pem"
certificate = "desk.pem"
key = "desk.key"

[fleet]                 # for `kirpik fleet`: a certificate that may hear states and heartbeats, nothing else
host = "broker.example"
certificate = "fleet.pem"
key = "fleet.key"
"""

import secrets
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec

from kirpik.errors import BrokerError, ConfigError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Arrival, Session
from kirpik.mqtt.tls import Credentials

SETTINGS = "desk.toml"
TURN_S = 0.1
ANSWER_S = 20.0


class BrokerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: str = "ca.pem"
    certificate: str = "desk.pem"
    key: str = "desk.key"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    broker: BrokerTable
    lobby: BrokerTable | None = None
    fleet: BrokerTable | None = None
    """A line of its own: two with one certificate push each other off the broker."""


def load_settings(folder: Path) -> Settings:
    path = folder / SETTINGS
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Settings)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; make it: kirpik broker new") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error


class Line:
    """One connection, for one command. Raises BrokerError when it breaks: what was answered by then is done."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unheard: list[Arrival] = []
        """What came while we spoke."""

    def publish(self, messages: Sequence[tuple[str, bytes]], *, retain: bool) -> None:
        """Each message has the broker's answer when this returns. The error names how many have."""
        waiting = {self._connection.publish(topic, data, retain=retain): topic for topic, data in messages}
        deadline_s = time.monotonic() + ANSWER_S
        while waiting:
            if time.monotonic() > deadline_s:
                raise BrokerError(f"{self._connection.place}: {len(waiting)} of {len(messages)} were not answered")
            for each in self._connection.turn(TURN_S):
                if isinstance(each, Arrival):
                    self._unheard.append(each)
                elif (topic := waiting.pop(each.message, None)) and each.refusal and not _nobody(each.refusal):
                    raise BrokerError(f"{self._connection.place}: {topic}: {each.refusal}")

    def listen(self, hear: Callable[[Arrival], object], *, wait_s: float, enough: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + wait_s
        while not enough() and (self._unheard or time.monotonic() < deadline_s):
            self._unheard += [each for each in self._connection.turn(TURN_S) if isinstance(each, Arrival)]
            while self._unheard:
                hear(self._unheard.pop(0))


@contextmanager
def opened(folder: Path, filters: Sequence[str] = ()) -> Iterator[Line]:
    """Connect as the desk of `folder` and subscribe. Raises BrokerError or ConfigError with a sentence."""
    with _opened(folder, load_settings(folder).broker, filters) as line:
        yield line


@contextmanager
def opened_lobby(folder: Path, filters: Sequence[str] = ()) -> Iterator[Line]:
    """As `opened`, with the broker at which units ask to belong. Many may stand there at once."""
    lobby = load_settings(folder).lobby
    if lobby is None:
        raise ConfigError(f"{folder / SETTINGS}: the table [lobby] is missing, expected host and port")
    with _opened(folder, lobby, filters, client_id=f"desk-{secrets.token_hex(8)}") as line:
        yield line


@contextmanager
def _opened(
    folder: Path, broker: BrokerTable, filters: Sequence[str], *, client_id: str | None = None
) -> Iterator[Line]:
    files = Credentials(folder / broker.ca, folder / broker.certificate, folder / broker.key)
    connection = Connection(broker.host, broker.port, files, session=Session(), client_id=client_id)
    connection.connect(filters)
    try:
        yield Line(connection)
    finally:
        connection.close()


def _nobody(refusal: str) -> bool:
    """Retained words reach whoever comes later."""
    return "No matching subscribers" in refusal
