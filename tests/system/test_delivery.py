"""From outbox to receipt and back, through a real broker, with processes that are killed in between."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik.store.outbox import OutboxView
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_central.database import migrate, open_database
from kirpik_central.store import Store
from kirpik_provisioning import provision
from kirpik_provisioning.provision import UnitFolder
from tests.system.ground import Daemon, Fleet, wait_until


class Road:
    """Broker, eye, link and intake, each a process that can be killed."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.broker = fleet.broker
        self.unit: UnitFolder = fleet.things.add_unit()
        self.unit.write_config(fleet.things, site=Path("site.toml"), source="pi")
        self.central = fleet.things.central_config
        self.engine = open_database("sqlite:///central.db", beside=self.central.parent)
        migrate(self.engine)
        self.store = Store(self.engine)
        self.link = self._daemon("link", "tests.system.link_process", str(self.unit.config))
        self.intake = self._daemon("intake", "kirpik_central.cli", "intake", "--config", str(self.central))
        self.eye = self.new_eye(0)

    def new_eye(self, count: int, *, period_s: float = 0.02) -> Daemon:
        self.eye = self._daemon("eye", "tests.system.eye_process", str(self.unit.state), str(count), str(period_s))
        return self.eye

    def start(self, *, packets: int) -> None:
        self.new_eye(packets).start()
        self.link.start()
        self.intake.start()

    def sealed(self) -> list[str]:
        diary = self.unit.state / "diary"
        return diary.read_text().splitlines() if diary.exists() else []

    def waiting(self) -> int:
        return len(OutboxView(self.unit.state / "outbox").waiting())

    def stored(self) -> list[str]:
        return [case.link.hex() for case in self.store.cases()]

    def wait_for_all(self, count: int, *, timeout_s: float = 60) -> None:
        def done() -> bool:
            return len(self.sealed()) == count and self.waiting() == 0

        try:
            wait_until(done, what=f"{count} packets receipted", timeout_s=timeout_s)
        except AssertionError as error:
            words = "\n".join(f"{each.log.stem}: {each.said()[-1500:]}" for each in (self.eye, self.link, self.intake))
            raise AssertionError(f"{len(self.sealed())} sealed, {self.waiting()} waiting\n{words}") from error

    def end(self) -> None:
        for each in (self.eye, self.link, self.intake):
            each.kill()
        self.engine.dispose()

    def _daemon(self, name: str, module: str, *arguments: str) -> Daemon:
        return Daemon([sys.executable, "-m", module, *arguments], self.fleet.folder / f"{name}.log")


@pytest.fixture
def road(fleet: Fleet) -> Iterator[Road]:
    road = Road(fleet)
    yield road
    road.end()


def test_every_packet_is_stored_once_and_the_outbox_is_empty(road: Road) -> None:
    road.start(packets=40)
    road.wait_for_all(40)
    assert sorted(road.stored()) == sorted(road.sealed())
    assert all(case.receipted for case in road.store.cases())
    for each in (road.eye, road.link, road.intake):
        assert each.end() == 0, each.said()


@pytest.mark.parametrize("victim", ["broker", "eye", "link", "intake"])
def test_killing_one_in_between_loses_nothing_and_doubles_nothing(road: Road, victim: str) -> None:
    road.start(packets=60)
    daemon: Daemon = getattr(road, victim)
    for at_least in (10, 30):
        wait_until(lambda at_least=at_least: len(road.sealed()) >= at_least, what=f"{at_least} packets sealed")
        daemon.kill()
        time.sleep(0.3)
        daemon.start()
    road.wait_for_all(60)
    stored = road.stored()
    assert len(stored) == len(set(stored))
    assert set(road.sealed()) <= set(stored)


def test_packets_that_were_sealed_while_everything_else_was_away_arrive_later(road: Road) -> None:
    road.broker.kill()
    road.new_eye(20).start()
    road.link.start()
    wait_until(lambda: len(road.sealed()) == 20, what="20 packets sealed")
    assert "nobody listens there" in road.link.said()
    road.fleet.start_broker()
    time.sleep(1.5)
    assert road.waiting() == 20
    road.intake.start()
    road.wait_for_all(20)
    assert sorted(road.stored()) == sorted(road.sealed())


def test_the_list_of_cases_shows_what_was_sealed(road: Road) -> None:
    road.start(packets=3)
    road.wait_for_all(3)
    lines = cases(road).splitlines()
    assert len(lines) == 3
    first = json.loads(lines[0])
    assert (first["kind"], first["plate"], first["charged_kmh"]) == ("speeding", "123ABC01", 80.0)
    assert (first["receipt"], first["signature"]) == ("chain", "valid")
    assert "123ABC01" not in road.intake.said()


def test_a_unit_that_is_not_known_yet_keeps_its_packets_until_it_is(road: Road) -> None:
    public = road.central.parent / "units" / f"{road.unit.unit.hex()}.pub"
    hidden = public.rename(public.with_suffix(".later"))
    road.start(packets=5)
    wait_until(lambda: road.store.counters().get("away-unit-unknown", 0) >= 5, what="the central turned it away")
    assert road.waiting() == 5
    hidden.rename(public)
    road.wait_for_all(5)
    assert sorted(road.stored()) == sorted(road.sealed())


def test_packets_for_another_central_are_parked_and_the_queue_moves_on(road: Road) -> None:
    road.start(packets=4)
    road.wait_for_all(4)
    road.intake.end()
    _exchange_seal_key(road)
    road.intake.start()
    road.eye.end()
    road.new_eye(8).start()
    wait_until(lambda: OutboxView(road.unit.state / "outbox").parked() == 4, what="4 packets parked")
    assert road.waiting() == 0
    assert road.store.counters()["refused-recipient"] >= 4


def test_a_worker_that_shares_the_load_loses_nothing_either(road: Road) -> None:
    with road.central.open("a") as config:
        config.write('[intake]\nshare = "central"\ngroup = 5\n')
    road.start(packets=30)
    wait_until(lambda: len(road.sealed()) >= 10, what="10 packets sealed")
    road.intake.kill()
    road.intake.start()
    road.wait_for_all(30)
    assert set(road.sealed()) <= set(road.stored())


def _exchange_seal_key(road: Road) -> None:
    """Give the central another seal key, with documents that name it, but leave the unit as it was."""
    seed, home = bytes(range(32)), road.central.parent
    other = SealKey.from_seed(seed)
    (home / "seal.key").write_bytes(seed)
    receipt = SigningKey.from_seed((home / "receipt.key").read_bytes())
    for name, data in provision._documents(other, receipt).items():
        (home / name).write_bytes(data)


def cases(road: Road) -> str:
    command = [sys.executable, "-m", "kirpik_central.cli", "cases", "--config", str(road.central)]
    daemon = Daemon(command, road.fleet.folder / "cases.log")
    daemon.start()
    assert daemon.process is not None
    assert daemon.process.wait(20) == 0, daemon.said()
    return daemon.said()
