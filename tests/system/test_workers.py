"""Several workers on one PostgreSQL store: the broker deals packets out to them, and any may die at any moment."""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from kirpik.store.outbox import OutboxView
from kirpik.wire.ids import genesis_link
from kirpik_central.database import migrate, open_database
from kirpik_central.store import Store
from kirpik_central.tables import LEAF, PACKET, READER, VIOLATION
from kirpik_provisioning.broker.clients import read_clients
from tests.postgresql import new_database, server
from tests.system.ground import Daemon, Fleet, wait_until
from tests.system.intruder import client

NAMES = ("worker-1", "worker-2", "worker-3")
KILL_EVERY_S = 0.7


class PacketRow(NamedTuple):
    unit: bytes
    previous: bytes
    link: bytes


@pytest.fixture
def database() -> Iterator[str]:
    with server() as url:
        yield new_database(url, "central")


@dataclass
class Crowd:
    """Units without a camera, their links, and the workers."""

    fleet: Fleet
    url: str
    units: int
    workers: list[Daemon] = field(default_factory=list)
    links: list[Daemon] = field(default_factory=list)
    eyes: list[Daemon] = field(default_factory=list)
    states: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = open_database(self.url, beside=self.fleet.folder)
        migrate(self.engine)
        self.store = Store(self.engine)
        self.workers = [self._worker(name) for name in NAMES]
        for number in range(self.units):
            unit = self.fleet.things.add_unit(f"unit-{number}")
            unit.write_config(self.fleet.things, site=Path("site.toml"), source="pi")
            self.states.append(unit.state)
            self.links.append(self._daemon(f"link-{number}", "tests.system.link_process", str(unit.config)))

    def seal(self, packets: int, *, period_s: float) -> None:
        for number, state in enumerate(self.states):
            eye = self._daemon(f"eye-{number}", "tests.system.eye_process", str(state), str(packets), str(period_s))
            self.eyes.append(eye)
            eye.start()

    def sealed(self) -> list[str]:
        diaries = [state / "diary" for state in self.states]
        return [line for diary in diaries if diary.exists() for line in diary.read_text().splitlines()]

    def waiting(self) -> int:
        return sum(len(OutboxView(state / "outbox").waiting()) for state in self.states)

    def end(self) -> None:
        for daemon in (*self.eyes, *self.links, *self.workers):
            daemon.kill()
        self.engine.dispose()

    def _worker(self, name: str) -> Daemon:
        """With a certificate of its own, because the broker takes the name in it for the client's."""
        home = self.fleet.things.central_config.parent
        text = self.fleet.things.central_config.read_text()
        files = {f"central.{end}": f"{name}/central.{end}" for end in ("pem", "key")}
        ours = {"sqlite:///central.db": self.url, **files}
        for old, new in ours.items():
            assert old in text
            text = text.replace(old, new)
        config = home / f"{name}.toml"
        config.write_text(f'{text}[intake]\nshare = "{read_clients(self.fleet.things.desk).share}"\ngroup = 20\n')
        return self._daemon(name, "kirpik_central.cli", "intake", "--config", str(config))

    def _daemon(self, name: str, module: str, *arguments: str) -> Daemon:
        return Daemon([sys.executable, "-m", module, *arguments], self.fleet.folder / f"{name}.log")


@pytest.fixture
def crowd(fleet: Fleet, database: str) -> Iterator[Crowd]:
    fleet.bench("broker", "admit", *NAMES, "--as", "central", "--out", str(fleet.things.central_config.parent))
    fleet.refresh_broker()
    crowd = Crowd(fleet, database, units=3)
    yield crowd
    crowd.end()


def test_workers_that_are_killed_one_after_another_lose_nothing_and_double_nothing(crowd: Crowd) -> None:
    for daemon in (*crowd.workers, *crowd.links):
        daemon.start()
    crowd.seal(60, period_s=0.15)
    chance = random.Random(5)  # noqa: S311  repeatable
    kills = 0
    while len(crowd.sealed()) < 180 or kills < 12:
        time.sleep(KILL_EVERY_S * chance.random())
        victim = chance.choice(crowd.workers)
        victim.kill()
        victim.start()
        kills += 1
    wait_until(lambda: len(crowd.sealed()) == 180 and crowd.waiting() == 0, what="all receipted", timeout_s=120)
    stored = [case.link.hex() for case in crowd.store.cases()]
    assert len(stored) == len(set(stored)) == 180
    assert set(stored) == set(crowd.sealed())
    assert all(_chain_is_whole(crowd, state) for state in {row.unit for row in _rows(crowd)})
    assert all(case.receipted for case in crowd.store.cases())


def test_what_all_workers_stored_is_one_log_without_a_gap_and_each_packet_is_read_once(crowd: Crowd) -> None:
    for daemon in (*crowd.workers, *crowd.links):
        daemon.start()
    crowd.seal(20, period_s=0.02)
    wait_until(lambda: len(crowd.sealed()) == 60 and crowd.waiting() == 0, what="all receipted", timeout_s=90)
    wait_until(lambda: _number(crowd, READER.c.next) == 60, what="all read")
    with crowd.engine.connect() as connection:
        leaves = connection.execute(select(LEAF).order_by(LEAF.c.number)).all()
        links = {row.leaf: row.link for row in connection.execute(select(PACKET.c.leaf, PACKET.c.link))}
        assert len(connection.execute(select(VIOLATION)).all()) == 60
    assert [leaf.number for leaf in leaves] == list(range(60))
    assert all(leaf.entry == b"\x01" + links[leaf.number] for leaf in leaves)
    said = [worker.said() for worker in crowd.workers]
    assert all("stored=" in each for each in said), "the broker dealt to all of them"


def _number(crowd: Crowd, column: object) -> int:
    with crowd.engine.connect() as connection:
        return int(connection.execute(select(column)).scalar_one())  # type: ignore[call-overload]  # a column


def _rows(crowd: Crowd) -> list[PacketRow]:
    with crowd.engine.connect() as connection:
        order = (PACKET.c.unit, PACKET.c.epoch, PACKET.c.sequence)
        rows = connection.execute(select(PACKET.c.unit, PACKET.c.previous, PACKET.c.link).order_by(*order))
        return [PacketRow(*row) for row in rows]


def _chain_is_whole(crowd: Crowd, unit: bytes) -> bool:
    before = genesis_link(unit)
    for row in _rows(crowd):
        if row.unit == unit:
            if row.previous != before:
                return False
            before = row.link
    return True


def test_a_stranger_who_knows_the_group_s_name_reads_nothing_and_only_delays(crowd: Crowd) -> None:
    """He would need a unit's certificate and a secret of 128 bits; what he is dealt comes again from the units."""
    share = read_clients(crowd.fleet.things.desk).share
    with client(crowd.fleet, "bb" * 16) as stranger:
        stranger.subscribe(f"$share/{share}/kirpik/1/u/+/up/v")
        for daemon in (*crowd.workers, *crowd.links):
            daemon.start()
        crowd.seal(8, period_s=0.05)
        wait_until(lambda: len(crowd.sealed()) == 24 and crowd.waiting() == 0, what="all receipted", timeout_s=120)
        assert stranger.heard == []
    stored = [case.link.hex() for case in crowd.store.cases()]
    assert set(stored) == set(crowd.sealed())
    assert len(stored) == 24
