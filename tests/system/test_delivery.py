"""From outbox to receipt and back, through a real broker, with processes that are killed in between."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik.store.outbox import OutboxView
from kirpik_provisioning.throw_away import throw_away_desk
from tests.system.ground import Daemon, Fleet, wait_until
from tests.system.road import Road


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
    assert road.chain_whole()


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


def test_the_link_listens_on_no_port_and_holds_one_connection(road: Road) -> None:
    road.start(packets=3)
    road.wait_for_all(3)
    assert road.link.process is not None
    process = Path("/proc") / str(road.link.process.pid)
    own = {link.readlink().name for link in (process / "fd").iterdir()}
    rows = [row.split() for table in ("tcp", "tcp6", "udp") for row in _rows(process / "net" / table)]
    assert [row[2].partition(":")[2] for row in rows if f"socket:[{row[9]}]" in own] == [f"{road.fleet.port:04X}"]


def _rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:] if table.exists() else []


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
        config.write('[intake]\nshare = "0123456789abcdef"\ngroup = 5\n')
    road.start(packets=30)
    wait_until(lambda: len(road.sealed()) >= 10, what="10 packets sealed")
    road.intake.kill()
    road.intake.start()
    road.wait_for_all(30)
    assert set(road.sealed()) <= set(road.stored())


def _exchange_seal_key(road: Road) -> None:
    """Give the central another seal key, with documents that name it, but leave the unit as it was."""
    seed, home = bytes(range(32)), road.central.parent
    (home / "seal.key").write_bytes(seed)
    receipt_seed = (home / "receipt.key").read_bytes()
    documents = throw_away_desk(home / "another desk", seal_seed=seed, receipt_seed=receipt_seed)
    for name, data in documents.items():
        (home / name).write_bytes(data)


def cases(road: Road) -> str:
    command = [sys.executable, "-m", "kirpik_central.cli", "cases", "--config", str(road.central)]
    daemon = Daemon(command, road.fleet.folder / "cases.log")
    daemon.start()
    assert daemon.process is not None
    assert daemon.process.wait(20) == 0, daemon.said()
    return daemon.said()
