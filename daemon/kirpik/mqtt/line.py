"""A line to a broker, as those who speak over it see it; `mqtt.connection.Connection` is one."""

from collections.abc import Sequence
from typing import Protocol

from kirpik.mqtt.messages import Answer, Arrival, Will


class Line(Protocol):
    @property
    def connected(self) -> bool: ...
    def connect(self, filters: Sequence[str], will: Will | None = None) -> None: ...
    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int: ...
    def turn(self, timeout_s: float) -> list[Arrival | Answer]: ...
    def close(self) -> None: ...


class UnitLine(Line, Protocol):
    """What the link needs beside that."""

    def subscribe(self, topic: str) -> None:
        """Beside what was said at `connect`; what is retained there comes at once."""

    def unsubscribe(self, topic: str) -> None: ...
    def say_last(self, topic: str, payload: bytes) -> None: ...
