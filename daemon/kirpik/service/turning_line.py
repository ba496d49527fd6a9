"""The line to whichever broker the key set names: in its order, each in turn when one does not answer, the card's last.

A key set is a signed document, so brokers and their authority can be changed from afar; the card's own broker stays the
last resort, so that a mistake there cuts off nobody. Until a receipt has proven our clock in this boot, dates of
certificates do not count: a box that woke up in 1970 must be able to call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kirpik.errors import BrokerError, KirpikError
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.store.folder import Folder
from kirpik.store.keyring import Keyring, read_told


class Line(Protocol):
    """`mqtt.connection.Connection` is one."""

    @property
    def connected(self) -> bool: ...
    def connect(self, filters: Sequence[str], will: Will | None = None) -> None: ...
    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int: ...
    def turn(self, timeout_s: float) -> list[Arrival | Answer]: ...
    def say_last(self, topic: str, payload: bytes) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int
    authority: bytes = field(default=b"", repr=False)
    """PEM, beside the card's own; empty for none."""


class TurningLine:
    """Each call opens the next endpoint's line; what the line does is its own business."""

    def __init__(self, endpoints: Callable[[], Sequence[Endpoint]], open_line: Callable[[Endpoint], Line]) -> None:
        self._endpoints = endpoints
        self._open_line = open_line
        self._line: Line | None = None
        self._turn = 0

    @property
    def connected(self) -> bool:
        return self._line is not None and self._line.connected

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        """Raises BrokerError; the next call tries the next endpoint."""
        endpoints = self._endpoints()
        self._line = self._open_line(endpoints[self._turn % len(endpoints)])
        try:
            self._line.connect(filters, will)
        except BrokerError:
            self._turn += 1
            raise

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        return self._open().publish(topic, payload, retain=retain, expiry_s=expiry_s)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        return self._open().turn(timeout_s)

    def say_last(self, topic: str, payload: bytes) -> None:
        if self._line is not None:
            self._line.say_last(topic, payload)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _open(self) -> Line:
        if self._line is None:
            raise BrokerError("not connected")
        return self._line


def endpoints_of(keys: Path, card: Endpoint) -> list[Endpoint]:
    """What the key set names, then the card's own. Documents that cannot be believed name nothing."""
    try:
        keyset = Keyring.load(keys).keyset
    except KirpikError:
        keyset = None
    if keyset is None:
        return [card]
    named = [Endpoint(host, port, keyset.broker_ca or b"") for host, port in keyset.brokers]
    last = Endpoint(card.host, card.port, keyset.broker_ca or b"")
    return [*named, *([last] if (card.host, card.port) not in keyset.brokers else [])]


def clock_is_proven(keys: Path, boot: str) -> bool:
    return read_told(Folder(keys)).proves_clock(boot)
