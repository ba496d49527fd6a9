"""A traffic signal's lamps on isolated GPIO lines, one a lamp. The only file that imports gpiod (libgpiod's v2 API)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from kirpik.errors import ConfigError
from kirpik.values import Phase, SignalChange

LAMPS = ("red", "amber", "green")
DEBOUNCE = timedelta(milliseconds=3)
ACTIVE, RISING = 1, 1
"""linux/gpio.h."""
REPEAT_S = 0.5
"""So often an unchanged signal is told again, for one that falls silent is unknown."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One line went up or down."""

    line: int
    lit: bool
    monotonic_ns: int


class Lines(Protocol):
    """Some lines of one chip."""

    def values(self) -> dict[int, bool]:
        """Whether each line's lamp is lit now."""

    def edges(self) -> Sequence[Edge]:
        """What has changed since the last call, oldest first; does not wait."""

    def release(self) -> None: ...


@dataclass(slots=True)
class GpioSignal:
    """One signal; `poll` is called before each frame."""

    name: str
    lamps: dict[int, str]
    """Line → red, amber or green."""
    lines: Lines
    to_sensor_ns: Callable[[int], int]
    """From the kernel's monotonic clock to that of the sensor."""
    now_ns: Callable[[], int] = time.monotonic_ns
    _lit: dict[int, bool] = field(default_factory=dict)
    _told_ns: int | None = None

    def poll(self) -> list[SignalChange]:
        """Changes since the last call; what has not changed is told again every REPEAT_S."""
        told = [self._tell(edge) for edge in self.lines.edges()]
        now_ns = self.now_ns()
        if self._told_ns is None or now_ns - self._told_ns >= REPEAT_S * 1e9:
            self._lit = self.lines.values()
            told.append(self._word(now_ns))
        return told

    def close(self) -> None:
        self.lines.release()

    def _tell(self, edge: Edge) -> SignalChange:
        self._lit[edge.line] = edge.lit
        return self._word(edge.monotonic_ns)

    def _word(self, monotonic_ns: int) -> SignalChange:
        self._told_ns = monotonic_ns
        lit = {self.lamps[line] for line, on in self._lit.items() if on}
        return SignalChange(self.to_sensor_ns(monotonic_ns), self.name, phase_of(lit))


def phase_of(lit: set[str]) -> Phase:
    """What burning lamps mean. None at all, or red beside green, is a broken signal: off, and nobody is accused."""
    phases: dict[frozenset[str], Phase] = {
        frozenset({"red"}): "red",
        frozenset({"amber"}): "amber",
        frozenset({"green"}): "green",
        frozenset({"red", "amber"}): "red_amber",
    }
    return phases.get(frozenset(lit), "off")


def parse_source(source: str) -> tuple[str, dict[int, str]]:
    """`gpio:gpiochip0/17,27,22` or `gpio:gpiochip0/red=17,green=22` → chip, and line → lamp."""
    chip, _, lines = source.removeprefix("gpio:").partition("/")
    parts = [part for part in lines.split(",") if part]
    pairs = [part.split("=", 1) if "=" in part else [lamp, part] for part, lamp in zip(parts, LAMPS, strict=False)]
    usable = all(lamp in LAMPS and number.isdigit() for lamp, number in pairs)
    lamps = {int(number): lamp for lamp, number in pairs} if usable else {}
    if not chip or not 1 <= len(parts) <= len(LAMPS) or len(set(lamps.values())) != len(parts):
        raise ConfigError(
            f"signal source '{source}': expected gpio:<chip>/<red>,<amber>,<green>, or gpio:<chip>/red=17,green=22"
        )
    return (chip if chip.startswith("/dev/") else f"/dev/{chip}"), lamps


def open_lines(chip: str, lines: Sequence[int]) -> Lines:
    """Ask the kernel for the lines. Raises ConfigError where there is no such chip or they are taken."""
    try:
        import gpiod  # noqa: PLC0415  present on a unit alone
    except ImportError as error:
        raise ConfigError(f"{chip}: the package gpiod is missing: pip install 'gpiod>=2.1'") from error
    settings = gpiod.LineSettings(
        edge_detection=gpiod.line.Edge.BOTH, debounce_period=DEBOUNCE, event_clock=gpiod.line.Clock.MONOTONIC
    )
    try:
        return GpiodLines(gpiod.request_lines(chip, consumer="kirpik", config={tuple(lines): settings}), list(lines))
    except OSError as error:
        raise ConfigError(f"{chip}: cannot take the lines {list(lines)}: {error.strerror}") from error


class Event(Protocol):
    """What is used of gpiod.EdgeEvent."""

    @property
    def event_type(self) -> object: ...
    @property
    def line_offset(self) -> int: ...
    @property
    def timestamp_ns(self) -> int: ...


class Request(Protocol):
    """What is used of gpiod.LineRequest."""

    def get_values(self, lines: list[int]) -> Sequence[object]: ...
    def wait_edge_events(self, timeout: float) -> bool: ...
    def read_edge_events(self) -> Sequence[Event]: ...
    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GpiodLines:
    """Lines of a chip, held as long as this lives."""

    request: Request
    numbers: list[int]

    def values(self) -> dict[int, bool]:
        values = self.request.get_values(self.numbers)
        return {number: _number(value) == ACTIVE for number, value in zip(self.numbers, values, strict=True)}

    def edges(self) -> list[Edge]:
        if not self.request.wait_edge_events(0.0):
            return []
        events = self.request.read_edge_events()
        return [Edge(event.line_offset, _number(event.event_type) == RISING, event.timestamp_ns) for event in events]

    def release(self) -> None:
        self.request.release()


def _number(value: object) -> object:
    """gpiod's enumerations hold the kernel's numbers."""
    return getattr(value, "value", value)
