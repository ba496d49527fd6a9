"""Controllers that tell `signal phase` in plain UDP datagrams on an isolated port."""

import re
import socket
import time
from collections.abc import Callable, Sequence
from typing import get_args

from kirpik.errors import ConfigError
from kirpik.values import Phase

MESSAGE = re.compile(rb"([A-Za-z0-9._-]{1,32}) ([a-z_]{2,10})\s*")
PHASES: tuple[Phase, ...] = get_args(Phase)
LONGEST_BYTES = 128
PATIENCE_S = 0.5

Say = Callable[[str, Phase, int], object]


class UdpSignals:
    """A bound port; words of others than the senders are passed over."""

    def __init__(self, address: str, port: int, senders: Sequence[str]) -> None:
        self._senders = frozenset(senders)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        try:
            self._socket.bind((address, port))
        except OSError as error:
            self._socket.close()
            raise ConfigError(f"udp {address}:{port}: cannot listen: {error.strerror}") from error

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def hear(self, say: Say) -> None:
        """Wait for a word for a while, and tell it with the moment of its coming."""
        try:
            message, (sender, _) = self._socket.recvfrom(LONGEST_BYTES)
        except TimeoutError:
            return
        now_ns = time.monotonic_ns()
        match = MESSAGE.fullmatch(message)
        phase = next((one for one in PHASES if match is not None and one.encode() == match[2]), None)
        if match is not None and phase is not None and sender in self._senders:
            say(match[1].decode(), phase, now_ns)

    def close(self) -> None:
        self._socket.close()
