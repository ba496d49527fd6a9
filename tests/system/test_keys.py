"""Keys turn and orders are obeyed over a real broker, and `kirpik` is called as operators call it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kirpik.wire import cbor, packet, suite
from kirpik.wire.opening import open_any
from kirpik.wire.record import decode_record
from kirpik.wire.suite import SealKey
from kirpik_central.database import open_database
from kirpik_central.store import Store
from kirpik_provisioning.keys.vault import read_vault
from kirpik_provisioning.throw_away import PASSPHRASE
from tests.system.desktop import Desktop
from tests.system.ground import Daemon, Fleet, wait_until
from tests.system.simulated import SimulatedUnit
from tests.unit.eyes import QuickDisk


class Running:
    """Units that live in a thread of their own while the desk works."""

    def __init__(self, units: list[SimulatedUnit]) -> None:
        self.units = units
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                for unit in self.units:
                    unit.turn()
                time.sleep(0.01)
        except BaseException as error:  # noqa: BLE001  raised by `end`
            self.error = error

    def end(self) -> None:
        self._stop.set()
        self._thread.join(20)
        for unit in self.units:
            unit.close()
        if self.error is not None:
            raise self.error


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path / "fleet")
    fleet.start_broker()
    yield fleet
    fleet.broker.kill()


@pytest.fixture
def desk(fleet: Fleet) -> Desktop:
    return Desktop(fleet.things.desk)


@pytest.fixture
def running(fleet: Fleet) -> Iterator[Running]:
    folders = [fleet.things.add_unit(name).folder for name in ("one", "two")]
    units = [SimulatedUnit(folder, "127.0.0.1", fleet.port, disk=QuickDisk()) for folder in folders]
    running = Running(units)
    wait_until(lambda: all(unit.line.connected for unit in units), what="units are connected")
    yield running
    running.end()


def test_a_seal_key_turns_in_a_running_fleet(desk: Desktop, running: Running) -> None:
    public = desk.make("seal-2", "seal")
    desk.do("keys", "rotate", "seal", public, "--in", "0")
    desk.publish_signed()
    wait_until(lambda: all(unit.parts.keyring.keyset_version == 2 for unit in running.units), what="all have set 2")
    said = desk.do("keys", "status", "--wait", "10")
    assert "2 of 2 units go by root 1 and key set 2" in said
    for unit in running.units:
        unit.seal()
    sealed_to = {
        packet.parse_header(unit.parts.outbox.read(entry) or b"").recipient
        for unit in running.units
        for entry in unit.parts.outbox.waiting()
    }
    assert sealed_to == {suite.key_id(public.read_bytes())}


def test_a_stolen_seal_key_is_off_every_packet_that_waits_and_both_keys_open_all(
    fleet: Fleet, desk: Desktop, running: Running
) -> None:
    for unit in running.units:
        for _ in range(3):
            unit.seal()
    public = desk.make("seal-2", "seal")
    desk.do("keys", "rotate", "seal", public, "--compromised", suite.key_id(fleet.things.seal.public).hex())
    desk.publish_signed()
    new = suite.key_id(public.read_bytes())

    def wrapped() -> bool:
        data = [unit.parts.outbox.read(entry) for unit in running.units for entry in unit.parts.outbox.waiting()]
        return len(data) == 6 and all(packet.parse_header(each or b"").recipient == new for each in data)

    wait_until(wrapped, what="all that waits is wrapped again")
    seal_2 = SealKey.from_seed(read_vault(desk.key("seal-2")).open(PASSPHRASE.encode()))
    both = {suite.key_id(key.public): key for key in (fleet.things.seal, seal_2)}
    for unit in running.units:
        publics = [unit.parts.identity.signer.public]
        opened = [
            open_any(unit.parts.outbox.read(entry) or b"", lambda _, publics=publics: publics, both)  # type: ignore[misc]
            for entry in unit.parts.outbox.waiting()
        ]
        assert [decode_record(one.payload).event_id for one, _ in opened] == unit.sealed


def test_a_stolen_keys_role_is_out_with_the_next_root_and_the_fleet_comes_back(desk: Desktop, running: Running) -> None:
    roles: list[str | Path] = []
    for name in ("new-1", "new-2", "new-3"):
        roles += ["--keys", desk.make(name, "document")]
    desk.do("keys", "root", "new", *roles)
    desk.publish_signed(what="root", signers=("root-1", "root-2"))
    wait_until(lambda: all(unit.parts.keyring.root.version == 2 for unit in running.units), what="all follow")
    for unit in running.units:
        assert unit.parts.keyring.keyset is None
        assert unit.parts.keyring.active_seal(0) == (desk.desk / "escrow.pub").read_bytes()
    keys = ("--seal", desk.make("seal-2", "seal"), "--receipt", desk.desk / "receipt-1.pub")
    desk.do("keys", "set", "new", *keys, "--order", desk.desk / "order-1.pub")
    desk.publish_signed(signers=("new-1", "new-2"))
    wait_until(lambda: all(unit.parts.keyring.keyset_version == 2 for unit in running.units), what="all are back")


def test_orders_reach_a_group_and_come_back_as_signed_results(desk: Desktop, running: Running) -> None:
    said = desk.do("orders", "send", "report", "--to", "all", "--key", desk.key("order-1"), "--wait", "20")
    assert said.count("done") == 2
    desk.do("orders", "send", "pause", "--to", "one", "--key", desk.key("order-1"), "--wait", "20")
    assert [unit.obedience.paused for unit in running.units] == [True, False]
    said = desk.do("orders", "history")
    assert "report" in said
    assert "pause" in said


def test_a_dry_run_says_all_and_sends_nothing(desk: Desktop, running: Running) -> None:
    said = desk.do("orders", "send", "wipe", "--to", "all", "--dry-run")
    assert "wipe to all: 2 units: " in said
    assert "0 of 2 signatures" in said
    assert not (desk.desk / "orders").exists()
    assert not any(unit.files.wiped for unit in running.units)


def test_a_dangerous_order_waits_for_its_second_signature(desk: Desktop, running: Running) -> None:
    assert desk("orders", "send", "wipe", "--to", "one", "--key", desk.key("order-1"), "--wait", "20") == 1
    assert "1 signature more" in desk.said
    name = desk.said.split("kirpik orders sign ")[1].split()[0]
    assert not any(unit.files.wiped for unit in running.units)
    desk.do("orders", "sign", name, "--key", desk.key("order-2"), "--yes")
    desk.do("orders", "again", name, "--wait", "20")
    assert [unit.files.wiped for unit in running.units] == [True, False]


def test_a_site_is_tried_and_stays_or_is_taken_back(desk: Desktop, running: Running, tmp_path: Path) -> None:
    good, blind = tmp_path / "good.toml", tmp_path / "blind.toml"
    good.write_text("[site] good")
    blind.write_text("[site] blind")
    for unit in running.units:
        unit.healthy = lambda file: file is None or b"blind" not in file.read_bytes()
    words = ("orders", "send", "set-site", "--to", "all", "--key", desk.key("order-1"), "--wait", "30")
    assert desk.do(*words, "--file", good).count("done") == 2
    assert desk(*words, "--file", blind) == 1
    assert desk.said.count("rolled-back") == 2
    for unit in running.units:
        file = unit.files.settings.in_force("site")
        assert file is not None
        assert file.read_bytes() == b"[site] good"
    assert desk(*words, "--file", blind, "--replaces", blind) == 1
    assert desk.said.count("order-expected") == 2


def test_a_unit_changes_its_key_and_its_next_results_are_believed(desk: Desktop, running: Running) -> None:
    first = running.units[0].parts.identity
    desk.do("orders", "send", "rotate-identity", "--to", "one", "--key", desk.key("order-1"), "--wait", "20")
    wait_until(
        lambda: running.units[0].parts.identity.signer.public != first.signer.public, what="the new key is in force"
    )
    assert running.units[0].unit == first.unit
    desk.do("orders", "send", "report", "--to", "one", "--key", desk.key("order-1"), "--wait", "20")


def test_the_network_gone_in_the_middle_leaves_an_order_that_can_be_sent_again(
    fleet: Fleet, desk: Desktop, running: Running
) -> None:
    fleet.broker.kill()
    assert desk("orders", "send", "report", "--to", "all", "--key", desk.key("order-1"), "--wait", "5") == 1
    assert "nobody listens there" in desk.said
    (order,) = (desk.desk / "orders").iterdir()
    fleet.start_broker()
    wait_until(lambda: all(unit.line.connected for unit in running.units), what="units are back")
    assert desk.do("orders", "again", order.name, "--wait", "20").count("done") == 2


def test_a_unit_that_was_away_catches_up_from_what_the_broker_retains(fleet: Fleet, desk: Desktop) -> None:
    late = fleet.things.add_unit("late").folder
    for _ in range(3):
        desk.do("keys", "root", "new")
        desk.publish_signed(what="root", signers=("root-1", "root-2"))
        desk.do("keys", "set", "new")
        desk.publish_signed()
    unit = SimulatedUnit(late, "127.0.0.1", fleet.port, disk=QuickDisk())
    deadline_s = time.monotonic() + 20
    while (unit.parts.keyring.root.version, unit.parts.keyring.keyset_version) != (4, 4):
        unit.turn()
        assert time.monotonic() < deadline_s
    unit.close()


def test_through_a_stolen_seal_key_and_a_new_identity_the_central_misses_nothing(
    fleet: Fleet, desk: Desktop, running: Running, tmp_path: Path
) -> None:
    """It is away while the key is stolen; when it is back it opens what was wrapped again, and follows the new key."""
    for unit in running.units:
        for _ in range(3):
            unit.seal()
    public = desk.make("seal-2", "seal")
    desk.do("keys", "rotate", "seal", public, "--compromised", suite.key_id(fleet.things.seal.public).hex())
    desk.publish_signed()
    wait_until(lambda: all(unit.letters.wrapped == 3 for unit in running.units), what="all that waits is wrapped again")
    order = ("rotate-identity", "--to", "one", "--key", desk.key("order-1"))
    desk.do("orders", "send", *order, "--wait", "20")
    wait_until(lambda: running.units[0].starts == 2, what="the new key is in force")
    for unit in running.units:
        unit.seal()
    central = fleet.things.central_config
    desk.do("keys", "install", desk.key("seal-2"), central.parent / "seal-2.key")
    desk.do("keys", "set", "publish", "--offline", "--to", central.parent)
    central.write_text(central.read_text().replace('seal = "seal.key"', 'seal = ["seal.key", "seal-2.key"]'))
    program = [str(Path(sys.executable).parent / "kirpik-central")]
    subprocess.run([*program, "migrate", "--config", str(central)], check=True, capture_output=True)
    intake = Daemon([*program, "intake", "--config", str(central)], tmp_path / "intake.log")
    intake.start()
    try:
        wait_until(
            lambda: not any(unit.parts.outbox.waiting() for unit in running.units), what="all is receipted",
            timeout_s=60.0,
        )  # fmt: skip
    finally:
        intake.end(30)
    assert [unit.parts.outbox.parked() for unit in running.units] == [0, 0]
    cases = Store(open_database("sqlite:///central.db", beside=central.parent)).cases()
    stored = {decode_record(sign1_payload(case.evidence)).event_id for case in cases if is_violation(case.evidence)}
    assert stored == {event for unit in running.units for event in unit.sealed}


def is_violation(evidence: bytes) -> bool:
    return packet.parse_header_bytes(evidence[: packet.HEADER_BYTES]).kind == packet.KIND_PACKET


def sign1_payload(evidence: bytes) -> bytes:
    """Unproven: the central has checked the signature before it stored it."""
    inner: Any = cbor.decode(evidence[packet.HEADER_BYTES :])
    return bytes(inner[2])
