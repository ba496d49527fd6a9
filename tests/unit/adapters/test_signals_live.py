"""Signals from outside a recording: lamps on lines, words on a socket, a controller's answers, and what they mean."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.api import v2c
from pysnmp.smi import instrum

from kirpik.adapters.signals_gpio import Edge, GpiodLines, GpioSignal, parse_source, phase_of
from kirpik.adapters.signals_ntcip import GREENS, PHASE_STATUS, REDS, YELLOWS, Controller, Poller
from kirpik.adapters.signals_socket import SocketSender, SocketSignals
from kirpik.adapters.signals_udp import UdpSignals
from kirpik.errors import ConfigError
from kirpik.feeds import load_feeds

SECOND = 10**9


@dataclass
class Wires:
    """Lines that a test sets."""

    lit: dict[int, bool]
    waiting: list[Edge] = field(default_factory=list)

    def values(self) -> dict[int, bool]:
        return dict(self.lit)

    def edges(self) -> Sequence[Edge]:
        taken, self.waiting = self.waiting, []
        return taken

    def release(self) -> None:
        self.lit = {}


def test_lamps_on_lines_are_phases_with_the_kernels_own_times() -> None:
    now = [SECOND]
    wires = Wires({17: True, 27: False, 22: False})
    signal = GpioSignal("A", {17: "red", 27: "amber", 22: "green"}, wires, lambda ns: ns + 5, lambda: now[0])
    assert [(c.phase, c.sensor_timestamp_ns) for c in signal.poll()] == [("red", SECOND + 5)]
    assert signal.poll() == []
    wires.waiting = [Edge(27, True, SECOND + 100), Edge(17, False, SECOND + 200), Edge(27, False, SECOND + 200)]
    assert [c.phase for c in signal.poll()] == ["red_amber", "amber", "off"]


def test_an_unchanged_signal_is_told_again_so_that_it_does_not_fall_silent() -> None:
    now = [SECOND]
    signal = GpioSignal("A", {17: "red"}, Wires({17: True}), lambda ns: ns, lambda: now[0])
    told = 0
    for _ in range(40):
        told += len(signal.poll())
        now[0] += SECOND // 10
    assert 7 <= told <= 9


@pytest.mark.parametrize(
    ("lit", "phase"),
    [({"red"}, "red"), ({"red", "amber"}, "red_amber"), (set(), "off"), ({"red", "green"}, "off")],
)
def test_lamps_that_cannot_burn_together_are_a_broken_signal(lit: set[str], phase: str) -> None:
    assert phase_of(lit) == phase


def test_sources_name_their_lines() -> None:
    assert parse_source("gpio:gpiochip0/17,27,22") == ("/dev/gpiochip0", {17: "red", 27: "amber", 22: "green"})
    assert parse_source("gpio:gpiochip4/green=5,red=6") == ("/dev/gpiochip4", {5: "green", 6: "red"})


@pytest.mark.parametrize("source", ["gpio:gpiochip0", "gpio:gpiochip0/x", "gpio:gpiochip0/1,2,3,4", "gpio:c/blue=3"])
def test_a_source_that_names_none_is_refused(source: str) -> None:
    with pytest.raises(ConfigError, match="expected gpio:<chip>/"):
        parse_source(source)


@dataclass
class Event:
    """As gpiod's own."""

    class Type:
        RISING_EDGE = 1
        FALLING_EDGE = 2

    event_type: int
    line_offset: int
    timestamp_ns: int


class Requested:
    """As gpiod.LineRequest."""

    events: list[Event]

    def get_values(self, lines: list[int]) -> list[int]:
        return [line % 2 for line in lines]

    def wait_edge_events(self, timeout: float) -> bool:
        assert timeout == 0
        return bool(self.events)

    def read_edge_events(self) -> list[Event]:
        return self.events

    def release(self) -> None:
        self.events = []


def test_the_kernels_events_are_taken_without_waiting() -> None:
    request = Requested()
    lines = GpiodLines(request, [4, 5])
    request.events = []
    assert lines.edges() == []
    request.events = [Event(1, 4, 100), Event(2, 5, 200)]
    assert lines.edges() == [Edge(4, True, 100), Edge(5, False, 200)]
    assert lines.values() == {4: False, 5: True}


def test_words_cross_the_socket_and_stale_or_foreign_ones_do_not(tmp_path: Path) -> None:
    now = [100 * SECOND]
    heard = SocketSignals(tmp_path / "s", to_sensor_ns=lambda ns: ns + 7, now_ns=lambda: now[0])
    sender = SocketSender(tmp_path / "s")
    assert sender.send("A", "red", 99 * SECOND)
    sender.send("A", "green", 101 * SECOND)
    sender.send("A", "amber", 90 * SECOND)
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    for junk in (b"", b"A", b"A blue 99000000000", b"A red x", b"\xff" * 200, b"A red 99000000000 more"):
        raw.sendto(junk, str(tmp_path / "s"))
    raw.close()
    assert [(c.signal, c.phase, c.sensor_timestamp_ns) for c in heard.poll()] == [("A", "red", 99 * SECOND + 7)]
    assert heard.poll() == []
    heard.close()
    assert not sender.send("A", "red", 99 * SECOND)
    sender.close()


def test_only_the_controllers_own_address_is_heard_on_the_port() -> None:
    told: list[tuple[str, str]] = []
    for senders, expected in ((["127.0.0.1"], [("B", "amber")]), (["10.9.9.9"], [])):
        told.clear()
        port = UdpSignals("127.0.0.1", 0, senders)
        raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for message in (b"B amber\n", b"B purple"):
            raw.sendto(message, ("127.0.0.1", port.port))
            port.hear(lambda signal, phase, _: told.append((signal, phase)))
        raw.close()
        port.close()
        assert told == expected


@pytest.fixture
def agent() -> Iterator[tuple[int, dict[str, int]]]:
    """A real SNMP agent on loopback, with the phase status of a controller: its port, and OID → value."""
    values = {f"{PHASE_STATUS}.{REDS}.1": 0b10, f"{PHASE_STATUS}.{YELLOWS}.1": 0, f"{PHASE_STATUS}.{GREENS}.1": 0b01}
    ready, stop = threading.Event(), threading.Event()
    port: list[int] = []
    thread = threading.Thread(target=_serve, args=(values, port, ready, stop), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield port[0], values
    stop.set()
    thread.join(5)


def _serve(values: dict[str, int], port: list[int], ready: threading.Event, stop: threading.Event) -> None:
    asyncio.run(_agent(values, port, ready, stop))


class Values(instrum.AbstractMibInstrumController):  # type: ignore[misc]  # pysnmp has no types
    """What the agent knows."""

    def __init__(self, values: dict[str, int]) -> None:
        self._values = values

    def read_variables(self, *binds: tuple[object, object], **_: object) -> list[tuple[object, object]]:
        return [(oid, self._read(str(oid))) for oid, _ in binds]

    def _read(self, oid: str) -> object:
        return v2c.Integer(self._values[oid]) if oid in self._values else v2c.NoSuchObject("")


async def _agent(values: dict[str, int], port: list[int], ready: threading.Event, stop: threading.Event) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port.append(free.getsockname()[1])
    snmp = engine.SnmpEngine()
    config.add_transport(snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(("127.0.0.1", port[0])))
    config.add_v1_system(snmp, "area", "public")
    config.add_vacm_user(snmp, 2, "area", "noAuthNoPriv", readSubTree=(1, 3, 6))
    contexts = context.SnmpContext(snmp)
    contexts.unregister_context_name(v2c.OctetString(""))
    contexts.register_context_name(v2c.OctetString(""), Values(values))
    cmdrsp.GetCommandResponder(snmp, contexts)
    ready.set()
    while not stop.is_set():
        await asyncio.sleep(0.02)
    snmp.close_dispatcher()


def test_a_controller_is_asked_over_snmp(agent: tuple[int, dict[str, int]]) -> None:
    port, values = agent
    told: list[tuple[str, str]] = []
    poller = Poller(
        Controller("127.0.0.1", port, "public", {"A": 1, "B": 2}), lambda s, p, _: told.append((s, p)), every_s=0.0
    )
    poller.turn()
    assert told == [("A", "green"), ("B", "red")]
    values[f"{PHASE_STATUS}.{YELLOWS}.1"] = 0b11
    values[f"{PHASE_STATUS}.{GREENS}.1"] = 0
    poller.turn()
    assert told[2:] == [("A", "amber"), ("B", "red_amber")]
    del values[f"{PHASE_STATUS}.{REDS}.1"]
    poller.turn()
    assert told[4:] == []
    poller.close()


def test_a_controller_that_is_silent_is_not_told_of() -> None:
    told: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        controller = Controller("127.0.0.1", mute.getsockname()[1], "public", {"A": 1})
        poller = Poller(controller, lambda s, *_: told.append(s), every_s=0.0)
        poller.turn()
        poller.close()
    assert told == []


FEEDS = """
socket = "/run/kirpik/signals"
[[ntcip]]
host = "10.0.0.2"
phases = { A = 2 }
[[udp]]
address = "10.0.0.1"
port = 6053
senders = ["10.0.0.2"]
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("A = 2", "A = 0"), r"signals.toml:.*Expected `int` >= 1"),
        (lambda text: text.replace("port = 6053", "prot = 6053"), r"unknown field `prot`"),
        (lambda _: 'socket = "/x"', r"at least one controller"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    path = tmp_path / "signals.toml"
    path.write_text(FEEDS)
    assert load_feeds(path).ntcip[0].phases == {"A": 2}
    path.write_text(change(FEEDS))
    with pytest.raises(ConfigError, match=said):
        load_feeds(path)
