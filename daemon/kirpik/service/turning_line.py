"""The line to whichever broker the key set names: in its order, each in turn when one does not answer, the card's last.

A key set is a signed document, so brokers and their authority can be changed from afar; the card's own broker stays the
last resort, so that a mistake there cuts off nobody. Until a receipt has proven our clock in this boot, dates of
certificates do not count: a box that woke up in 1970 must be able to call.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kirpik.config import BrokerTable
from kirpik.errors import BrokerError, KirpikError
from kirpik.mqtt.line import UnitLine
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.store.folder import Folder
from kirpik.store.keyring import Keyring, read_told

LOOK_BACK_S = 600.0
"""How often a unit that had to take another broker looks whether the first is there again."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int
    authority: bytes = field(default=b"", repr=False)
    """PEM, beside the card's own; empty for none."""


class TurningLine:
    """Each call opens the next endpoint's line; what the line does is its own business.

    A line to another than the first endpoint is given up when the first can be reached again.
    """

    def __init__(
        self,
        endpoints: Callable[[], Sequence[Endpoint]],
        open_line: Callable[[Endpoint], UnitLine],
        *,
        answers: Callable[[str, int], bool] = lambda _host, _port: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answers` says whether somebody listens there, without saying anything."""
        self._endpoints = endpoints
        self._open_line = open_line
        self._answers = answers
        self._clock = clock
        self._line: UnitLine | None = None
        self._turn = 0
        self._look_back_s = 0.0

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
        self._look_back_s = self._clock() + LOOK_BACK_S

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        return self._open().publish(topic, payload, retain=retain, expiry_s=expiry_s)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        """Raises BrokerError, too, where it is time to go back to the first endpoint."""
        if self._clock() >= self._look_back_s:
            self._look_back()
        return self._open().turn(timeout_s)

    def _look_back(self) -> None:
        self._look_back_s = self._clock() + LOOK_BACK_S
        endpoints = self._endpoints()
        first = endpoints[0]
        if self._turn % len(endpoints) and self._answers(first.host, first.port):
            self.close()
            self._turn = 0
            raise BrokerError(f"{first.host}:{first.port} answers again, back to it")

    def subscribe(self, topic: str) -> None:
        self._open().subscribe(topic)

    def unsubscribe(self, topic: str) -> None:
        self._open().unsubscribe(topic)

    def say_last(self, topic: str, payload: bytes) -> None:
        if self._line is not None:
            self._line.say_last(topic, payload)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _open(self) -> UnitLine:
        if self._line is None:
            raise BrokerError("not connected")
        return self._line


def endpoints_of(keys: Path, *card: Endpoint) -> list[Endpoint]:
    """What the key set names, then the card's own, each in its order. What cannot be believed names nothing."""
    try:
        keyset = Keyring.load(keys).keyset
    except KirpikError:
        keyset = None
    if keyset is None:
        return [*card]
    named = [Endpoint(host, port, keyset.broker_ca or b"") for host, port in keyset.brokers]
    last = [Endpoint(each.host, each.port, keyset.broker_ca or b"") for each in card]
    return [*named, *[each for each in last if (each.host, each.port) not in keyset.brokers]]


def card_of(broker: BrokerTable) -> list[Endpoint]:
    """What lies on the card: the broker, and those for when it does not answer."""
    more = [place.rpartition(":") for place in broker.also]
    return [Endpoint(broker.host, broker.port), *[Endpoint(host, int(port)) for host, _, port in more]]


def clock_is_proven(keys: Path, boot: str) -> bool:
    return read_told(Folder(keys)).proves_clock(boot)
