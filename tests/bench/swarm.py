"""Thousands of units' ends of MQTT 5 over TLS in one thread: they connect, say that they are online, and heart-beat.

A real unit's end is paho, which is too heavy to be had by the thousand. These speak just enough of the protocol, over
one TLS connection each, with a certificate each; the broker cannot tell the difference.
"""

import select
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from kirpik.wire import topics

HANDSHAKES = 40
"""At a time; a broker that was just started is called by its whole fleet at once, but not in one instant."""
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE = 0x10, 0x20, 0x30, 0x40, 0x82
QOS1, RETAIN = 0x02, 0x01
KEEP_ALIVE_S = 300
TURN_S = 0.05


class Stage(Enum):
    CALLING = auto()
    GREETING = auto()
    ONLINE = auto()
    LOST = auto()


@dataclass(slots=True)
class End:
    """One unit's end."""

    unit: bytes
    credentials: Path
    """Certificate and key in one file."""
    heartbeat: bytes = field(repr=False)
    line: ssl.SSLSocket | None = None
    stage: Stage = Stage.CALLING
    got: bytearray = field(default_factory=bytearray)
    number: int = 0


@dataclass(slots=True)
class Tally:
    connected: int = 0
    lost: int = 0
    sent: int = 0
    answered: int = 0


class Swarm:
    """All in the calling thread."""

    def __init__(self, ends: Sequence[End], *, ca: Path, port: int, source: str, period_s: float) -> None:
        self.tally = Tally()
        self._ends = ends
        self._ca, self._port, self._source, self._period_s = ca, port, source, period_s
        self._poll = select.epoll()
        self._by_handle: dict[int, End] = {}
        self._due: deque[tuple[float, End]] = deque()

    def run(self, *, stopped: Callable[[Tally], bool]) -> None:
        """Call in one after another, then beat until `stopped`, which is asked at each turn."""
        waiting, calling = deque(self._ends), 0
        while not stopped(self.tally):
            while waiting and calling < HANDSHAKES:
                self._call(waiting.popleft())
                calling += 1
            for handle, _ in self._poll.poll(TURN_S):
                end = self._by_handle[handle]
                before = end.stage
                self._move(end)
                if before in (Stage.CALLING, Stage.GREETING) and end.stage in (Stage.ONLINE, Stage.LOST):
                    calling -= 1
            self._beat()
        for end in self._ends:
            if end.line is not None:
                end.line.close()

    def _call(self, end: End) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(self._ca)
        context.load_cert_chain(end.credentials)
        plain = socket.create_connection(("127.0.0.1", self._port), 30, source_address=(self._source, 0))
        plain.setblocking(False)
        end.line = context.wrap_socket(plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        self._by_handle[end.line.fileno()] = end
        self._poll.register(end.line.fileno(), select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        self._move(end)

    def _move(self, end: End) -> None:
        """Go on with what the line allows."""
        assert end.line is not None
        try:
            if end.stage is Stage.CALLING:
                end.line.do_handshake()
                end.stage = Stage.GREETING
                end.line.sendall(_connect(end.unit.hex()))
            while data := end.line.recv(4096):
                end.got += data
                self._take(end)
            self._lose(end)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self._lose(end)

    def _take(self, end: End) -> None:
        while (message := _next(end.got)) is not None:
            kind, body = message
            if kind & 0xF0 == CONNACK and body[1] == 0:
                end.stage = Stage.ONLINE
                self.tally.connected += 1
                self._greet(end)
            elif kind & 0xF0 == PUBACK:
                self.tally.answered += 1
            elif kind & 0xF0 == PUBLISH:  # a receipt or a key document, with QoS 1
                (length,) = struct.unpack_from(">H", body)
                self._send(end, bytes([PUBACK, 2]) + body[2 + length : 4 + length])

    def _greet(self, end: End) -> None:
        self._send(end, _subscribe(topics.all_down(end.unit)))
        self._send(end, _publish(topics.up(end.unit, topics.STATE), b"online", 1, retain=True))
        share = len(self._due) / max(1, len(self._ends))
        self._due.append((time.monotonic() + self._period_s * share, end))

    def _beat(self) -> None:
        now_s = time.monotonic()
        while self._due and self._due[0][0] <= now_s:
            due_s, end = self._due.popleft()
            if end.stage is Stage.ONLINE:
                end.number = end.number % 60000 + 1
                self._send(end, _publish(topics.up(end.unit, topics.HEALTH), end.heartbeat, end.number + 1))
                self.tally.sent += 1
                self._due.append((due_s + self._period_s, end))

    def _send(self, end: End, data: bytes) -> None:
        assert end.line is not None
        try:
            end.line.sendall(data)
        except OSError:
            self._lose(end)

    def _lose(self, end: End) -> None:
        if end.stage is not Stage.LOST:
            self.tally.connected -= end.stage is Stage.ONLINE
            self.tally.lost += 1
            end.stage = Stage.LOST
            if end.line is not None:
                self._poll.unregister(end.line.fileno())
                end.line.close()


def _connect(name: str) -> bytes:
    """Clean start, no session, and the last will that units leave."""
    will = _text(topics.up(bytes.fromhex(name), topics.STATE)) + struct.pack(">H", 4) + b"lost"
    flags = 0x02 | 0x04 | 0x08 | 0x20
    return _message(
        CONNECT, _text("MQTT") + bytes([5, flags]) + struct.pack(">HB", KEEP_ALIVE_S, 0) + _text(name) + b"\0" + will
    )


def _subscribe(name: str) -> bytes:
    return _message(SUBSCRIBE, struct.pack(">HB", 1, 0) + _text(name) + b"\x01")


def _publish(topic: str, payload: bytes, number: int, *, retain: bool = False) -> bytes:
    return _message(PUBLISH | QOS1 | (RETAIN if retain else 0), _text(topic) + struct.pack(">HB", number, 0) + payload)


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _message(kind: int, body: bytes) -> bytes:
    length, rest = b"", len(body)
    while True:
        rest, digit = rest >> 7, rest & 127
        length += bytes([digit | (128 if rest else 0)])
        if not rest:
            return bytes([kind]) + length + body


def _next(got: bytearray) -> tuple[int, bytes] | None:
    """Take a whole message off the front, if there is one."""
    length = shift = 0
    for at in range(1, min(5, len(got))):
        length |= (got[at] & 127) << shift
        shift += 7
        if not got[at] & 128:
            whole = at + 1 + length
            if len(got) < whole:
                return None
            message = got[0], bytes(got[at + 1 : whole])
            del got[:whole]
            return message
    return None
