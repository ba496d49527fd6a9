"""A traffic signal's words over a UNIX datagram socket: `signal phase timestamp`, fed by `kirpikd signals`.

The timestamp is CLOCK_MONOTONIC in nanoseconds, of the moment at which the phase was seen.
"""

import contextlib
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from kirpik.errors import ConfigError
from kirpik.values import Phase, SignalChange

MESSAGE = re.compile(rb"([A-Za-z0-9._-]{1,32}) ([a-z_]{2,10}) (\d{1,19})\s*")
PHASES: tuple[Phase, ...] = get_args(Phase)
LONGEST_BYTES = 128
OLDEST_S = 5.0
"""A word that comes later than this after its own timestamp, or before it, is nobody's."""
AT_ONCE_MOST = 256


class SocketSignals:
    """The listening end, the eye's; `poll` is called before each frame and does not wait."""

    def __init__(
        self, path: Path, *, to_sensor_ns: Callable[[int], int], now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._to_sensor_ns = to_sensor_ns
        self._now_ns = now_ns
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            path.unlink(missing_ok=True)
            self._socket.bind(str(path))
            path.chmod(0o660)
        except OSError as error:
            self._socket.close()
            raise ConfigError(f"{path}: cannot listen for signals: {error.strerror}") from error

    def poll(self) -> list[SignalChange]:
        """What has come since the last call, in the order of its coming; what is no message is passed over."""
        found = []
        with contextlib.suppress(BlockingIOError):
            for _ in range(AT_ONCE_MOST):
                change = self._change(self._socket.recv(LONGEST_BYTES))
                if change is not None:
                    found.append(change)
        return found

    def close(self) -> None:
        self._socket.close()

    def _change(self, message: bytes) -> SignalChange | None:
        match = MESSAGE.fullmatch(message)
        if match is None:
            return None
        phase = next((one for one in PHASES if one.encode() == match[2]), None)
        seen_ns, now_ns = int(match[3]), self._now_ns()
        if phase is None or not now_ns - OLDEST_S * 1e9 <= seen_ns <= now_ns:
            return None
        return SignalChange(self._to_sensor_ns(seen_ns), match[1].decode(), phase)


class SocketSender:
    """The speaking end. While nobody listens, words are lost: they would be stale."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, signal: str, phase: Phase, monotonic_ns: int) -> bool:
        """Whether somebody took it."""
        try:
            self._socket.sendto(f"{signal} {phase} {monotonic_ns}".encode(), self._path)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()
