"""The live sources of a site's signals, opened for the eye and asked before each frame."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kirpik.adapters.signals_gpio import GpioSignal, open_lines, parse_source
from kirpik.adapters.signals_socket import SocketSignals
from kirpik.site import Signal
from kirpik.values import SignalChange


class Port(Protocol):
    def poll(self) -> list[SignalChange]:
        """What was said since the last call; does not wait."""

    def close(self) -> None: ...


def open_ports(signals: Sequence[Signal]) -> list[Port]:
    """One port a GPIO signal, one a socket, however many signals share it. Raises ConfigError for what is missing."""
    ports: list[Port] = []
    for path in sorted({s.source.removeprefix("unix:") for s in signals if s.source.startswith("unix:")}):
        ports.append(SocketSignals(Path(path), to_sensor_ns=boottime_ns))
    for signal in signals:
        if signal.source.startswith("gpio:"):
            chip, lamps = parse_source(signal.source)
            ports.append(GpioSignal(signal.name, lamps, open_lines(chip, list(lamps)), boottime_ns))
    return ports


def hear(ports: Sequence[Port], names: frozenset[str], tell: Callable[[SignalChange], object]) -> None:
    """Pass on what the ports say of the site's own signals."""
    for port in ports:
        for change in port.poll():
            if change.signal in names:
                tell(change)


def boottime_ns(monotonic_ns: int) -> int:
    """The sensor's clock is CLOCK_BOOTTIME, the kernel's events and the socket's words are CLOCK_MONOTONIC."""
    return monotonic_ns + time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
