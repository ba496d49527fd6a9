"""A generic card becomes a unit: `kirpikd enrol` on one side, `kirpik enrol` on the other, a real broker in between."""

import getpass
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from click.testing import CliRunner
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kirpik.errors import BrokerError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Arrival
from kirpik.mqtt.tls import Credentials, Visitor
from kirpik.store.identity import load_identity
from kirpik.wire.words import to_words
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.cli import bench
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from kirpik_provisioning.registry import Registry
from tests.system.ground import Daemon, free_port, listens, wait_until
from tests.system.simulated import SimulatedUnit
from tests.unit.eyes import QuickDisk

KIRPIKD = str(Path(sys.executable).parent / "kirpikd")


class Lobby:
    """A fleet with a lobby, and the desk of `kirpik enrol`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.lobby_port, desk_port = free_port(), free_port(), free_port()
        self.fleet: ThrowAwayFleet = new_fleet(home / "fleet", port=self.port, run_as=getpass.getuser())
        settings = self.fleet.open_lobby(port=self.lobby_port, desk_port=desk_port, run_as=getpass.getuser())
        self.broker = Daemon(mosquitto.command(self.fleet.broker_settings), home / "broker.log")
        self.daemons = [Daemon(mosquitto.command(settings), home / "lobby.log")]
        for daemon in (self.broker, *self.daemons):
            daemon.start()
        wait_until(lambda: listens(self.port) and listens(self.lobby_port), what="both brokers listen")
        self.said = ""

    def card(self, name: str, *, label: str = "") -> Path:
        """What a generic image holds: no secret."""
        folder = self.home / name
        (folder / "state" / "keys").mkdir(parents=True)
        for document, data in self.fleet.documents.items():
            (folder / "state" / "keys" / document).write_bytes(data)
        shutil.copy(self.fleet.folder / "broker" / "ca.pem", folder / "ca.pem")
        (folder / "kirpik.toml").write_text(
            f'[unit]\nstate = "state"\nsite = "site.toml"\nlabel = "{label}"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {self.port}\nlobby_port = {self.lobby_port}\n'
        )
        return folder

    def boot(self, card: Path, *words: str) -> Daemon:
        """First boot, or any later one."""
        command = [KIRPIKD, "enrol", "--config", str(card / "kirpik.toml"), *words]
        daemon = Daemon(command, card / f"enrol-{len(self.daemons)}.log")
        daemon.start()
        self.daemons.append(daemon)
        wait_until((card / "state" / "fingerprint.txt").exists, what="the fingerprint is shown")
        return daemon

    def enrol(self, *words: str) -> int:
        desk = self.fleet.desk
        told = ["enrol", "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), *words]
        result = CliRunner().invoke(bench, told)
        self.said = result.output + (f"\n{result.exception}" if result.exception else "")
        return result.exit_code

    def serve(self) -> Daemon:
        desk = self.fleet.desk
        words = ["enrol", "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), "serve", "--for", "60s"]
        daemon = Daemon([str(Path(sys.executable).parent / "kirpik"), *words], self.home / "serve.log")
        daemon.start()
        self.daemons.append(daemon)
        return daemon

    def end(self) -> None:
        for daemon in [*self.daemons, self.broker]:
            daemon.kill()


def words_on_screen(card: Path) -> list[str]:
    """As a person reads them from the unit."""
    lines = (card / "state" / "fingerprint.txt").read_text().splitlines()
    (first,) = [number for number, line in enumerate(lines) if line.startswith("  words")]
    return [*lines[first].split()[1:], *lines[first + 1].split()]


@pytest.fixture
def lobby(tmp_path: Path) -> Iterator[Lobby]:
    lobby = Lobby(tmp_path)
    yield lobby
    lobby.end()


def test_a_generic_card_asks_is_compared_accepted_and_speaks(lobby: Lobby) -> None:
    card = lobby.card("card", label="Abay 10")
    booted = lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "Abay 10" in lobby.said
    words = words_on_screen(card)
    assert " ".join(words[:4]) in lobby.said
    assert lobby.enrol("accept", *words, "--group", "almaty", "--yes") == 0, lobby.said
    assert booted.process is not None
    assert booted.process.wait(20) == 0, booted.said()
    unit = load_identity(card / "state" / "identity").unit
    known = Registry(lobby.fleet.desk).get(unit)
    assert known is not None
    assert (known.card.label, known.card.groups) == ("Abay 10", ("almaty",))
    assert to_words(unit).split() == words
    running = SimulatedUnit(card, "127.0.0.1", lobby.port, disk=QuickDisk())
    running.turn()
    assert running.line.connected
    running.close()
    again = lobby.boot(card)
    assert again.process is not None
    assert again.process.wait(20) == 0
    assert "enrolled already" in again.said()


def test_no_secret_lies_on_a_generic_card_and_none_is_shown(lobby: Lobby) -> None:
    card = lobby.card("card")
    before = [path for path in card.rglob("*") if path.is_file()]
    assert not [path for path in before if b"PRIVATE" in path.read_bytes()]
    booted = lobby.boot(card, "--show")
    assert booted.process is not None
    assert booted.process.wait(20) == 0
    seed = (card / "state" / "identity" / "unit.key").read_bytes()
    assert seed.hex() not in booted.said()
    assert "PRIVATE" not in booted.said()


def test_a_stranger_is_not_let_in_by_the_door_but_tokens_and_expected_units_are(lobby: Lobby) -> None:
    assert lobby.enrol("tokens", "Abay 12", "--group", "almaty") == 0, lobby.said
    token = " ".join(lobby.said.split()[:5])
    cards = {name: lobby.card(name) for name in ("stranger", "tokened", "expected")}
    (cards["tokened"] / "token").write_text(token)
    lobby.boot(cards["expected"], "--show")
    words = words_on_screen(cards["expected"])
    assert lobby.enrol("preauthorise", *words, "--label", "Abay 14") == 0, lobby.said
    door = lobby.serve()
    door.await_word("the door is open")
    running = {
        "stranger": lobby.boot(cards["stranger"]),
        "tokened": lobby.boot(cards["tokened"], "--token-file", str(cards["tokened"] / "token")),
        "expected": lobby.boot(cards["expected"]),
    }
    for name in ("tokened", "expected"):
        process = running[name].process
        assert process is not None
        assert process.wait(30) == 0, running[name].said()
    assert not (cards["tokened"] / "token").exists()
    door.await_word(": asks")
    assert lobby.enrol("list", "--wait", "12") == 0, lobby.said
    assert "again" not in door.said(), "a look at who asks pushed the door off"
    assert not (cards["stranger"] / "unit.pem").exists()
    labels = {known.card.label: known.card.groups for known in Registry(lobby.fleet.desk).all()}
    assert labels == {"Abay 12": ("almaty",), "Abay 14": ()}
    second = lobby.card("second with the same token")
    (second / "token").write_text(token)
    lobby.boot(second, "--token-file", str(second / "token"))
    wait_until(lambda: door.said().count(": asks") == 2, what="a used token lets nobody in")
    assert not (second / "unit.pem").exists()


def test_the_door_is_taken_up_again_when_the_lobby_was_away(lobby: Lobby) -> None:
    card = lobby.card("card")
    lobby.boot(card, "--show")
    assert lobby.enrol("preauthorise", *words_on_screen(card)) == 0, lobby.said
    broker = lobby.daemons[0]
    broker.kill()
    door = lobby.serve()
    door.await_word("nobody listens there; the door is tried again")
    broker.start()
    booted = lobby.boot(card)
    assert booted.process is not None
    assert booted.process.wait(30) == 0, booted.said()


def test_a_second_box_with_the_same_identity_is_an_alarm(lobby: Lobby) -> None:
    """Somebody has copied the card's identity and made a TLS key of his own."""
    card = lobby.card("card")
    first = lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert lobby.enrol("accept", *words_on_screen(card), "--yes") == 0, lobby.said
    assert first.process is not None
    assert first.process.wait(20) == 0
    copied = lobby.card("copied")
    shutil.copytree(card / "state" / "identity", copied / "state" / "identity")
    lobby.boot(copied)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "ALARM: another box has this unit's identity" in lobby.said
    assert lobby.enrol("accept", *words_on_screen(copied), "--yes") == 1
    assert "find out which is the right one" in lobby.said
    assert not (copied / "unit.pem").exists()


def test_a_rejected_unit_is_not_listed_as_new_and_wrong_words_find_nobody(lobby: Lobby) -> None:
    card = lobby.card("card")
    lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert lobby.enrol("accept", *["lusab"] * 8, "--yes") == 1
    assert "nobody of that name asks" in lobby.said
    assert lobby.enrol("accept", "lusab", "--yes") == 2
    assert "eight words" in lobby.said
    assert lobby.enrol("reject", *words_on_screen(card)) == 0
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "rejected" in lobby.said


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
