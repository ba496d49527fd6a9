"""What a stranger can do in the lobby, where anybody may come in: ask under his own name, and no more."""

import getpass
import socket
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kirpik.errors import BrokerError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Arrival
from kirpik.mqtt.tls import Credentials, Visitor
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.provision import new_fleet
from tests.system.ground import Daemon, free_port, listens, wait_until
from tests.system.lobby import Lobby


class Stranger:
    """Anybody who knows where the lobby is."""

    def __init__(self, lobby: Lobby, name: str) -> None:
        files = Visitor(lobby.fleet.folder / "broker" / "ca.pem", name)
        self.line = Connection("127.0.0.1", lobby.lobby_port, files)
        self.heard: list[str] = []

    def do(self, filters: list[str], topic: str, *, retain: bool = False) -> list[str | None]:
        """Subscribe and publish; return the broker's refusals."""
        self.line.connect(filters)
        self.line.publish(topic, b"x", retain=retain)
        refusals: list[str | None] = []
        deadline_s = time.monotonic() + 2.0
        while time.monotonic() < deadline_s:
            for each in self.line.turn(0.1):
                if isinstance(each, Arrival):
                    self.heard.append(each.topic)
                else:
                    refusals.append(each.refusal)
        self.line.close()
        return refusals


def test_in_the_lobby_a_stranger_can_ask_under_his_own_name_and_nothing_else(lobby: Lobby) -> None:
    victim, thief = "ab" * 16, "cd" * 16
    everything = ["#", "kirpik/1/lobby/+/ask", "$share/x/kirpik/1/lobby/+/ask", f"kirpik/1/lobby/{victim}/answer"]
    asked = Stranger(lobby, victim).do([], f"kirpik/1/lobby/{victim}/ask")
    assert all(refusal is None or "No matching" in refusal for refusal in asked)
    listener = Stranger(lobby, thief)
    for topic in (f"kirpik/1/lobby/{victim}/ask", f"kirpik/1/lobby/{victim}/answer", f"kirpik/1/u/{thief}/up/v"):
        assert listener.do(everything, topic) == ["Not authorized"]
    assert listener.heard == []


def test_nothing_that_a_stranger_says_stays_in_the_lobby(lobby: Lobby) -> None:
    """Retained messages under ever new names would fill its memory."""
    name = "ab" * 16
    with pytest.raises(BrokerError, match="Retain not supported"):
        Stranger(lobby, name).do([], f"kirpik/1/lobby/{name}/ask", retain=True)


def test_sessions_that_strangers_leave_behind_fill_no_more_than_their_share(tmp_path: Path) -> None:
    """Each comes under a new name, asks for a session without an end and a last will, and goes."""
    port, desk_port = free_port(), free_port()
    fleet = new_fleet(tmp_path / "fleet", port=free_port(), run_as=getpass.getuser())
    folder, limit = fleet.folder / "broker", 1_000_000
    plan = LobbyPlan("127.0.0.1", port, desk_port, folder, run_as=getpass.getuser(), memory_bytes=limit)
    broker = Daemon(mosquitto.command(write_lobby(plan)), tmp_path / "lobby.log")
    broker.start()
    try:
        wait_until(lambda: listens(port), what="the lobby listens")
        assert broker.process is not None
        before = resident_bytes(broker.process.pid)
        left = [leave_session(port, folder / "ca.pem", f"{number:032x}") for number in range(500)]
        assert 100 < sum(left) < 500, "what is over the limit is refused"
        assert resident_bytes(broker.process.pid) - before < 4 * limit
        desk = Credentials(fleet.desk / "ca.pem", fleet.desk / "desk.pem", fleet.desk / "desk.key")
        line = Connection("127.0.0.1", desk_port, desk)
        line.connect(["kirpik/1/lobby/+/ask"])
        line.close()
    finally:
        broker.kill()


def leave_session(port: int, ca: Path, name: str) -> bool:
    """Whether the broker let us in."""
    seen = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    seen.tls_set_context(Visitor(ca, name).context())
    late = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
    late.WillDelayInterval = 0xFFFFFFFF
    seen.will_set(f"kirpik/1/lobby/{name}/ask", bytes(1900), 1, properties=late)
    forever = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    forever.SessionExpiryInterval = 0xFFFFFFFF
    welcome: list[bool] = []
    seen.on_connect = lambda _c, _d, _f, code, _p: welcome.append(not code.is_failure)
    try:
        seen.connect("127.0.0.1", port, 30, properties=forever)
        while not welcome and seen.loop(1.0) == mqtt.MQTT_ERR_SUCCESS:
            pass
    except OSError:
        return False
    line = seen.socket()
    if isinstance(line, socket.socket):
        line.close()  # without a word
    return welcome == [True]


def resident_bytes(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return 1024 * int(line.split()[1])
