"""Checkpoints, expiry, alarm and covers, on clocks of the test's own."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from kirpik.errors import SpoolFullError
from kirpik.service.duties import Duties, Schedule
from kirpik.store.outbox import Entry
from kirpik.store.overdue import Overdue
from kirpik.wire import packet
from kirpik.wire.checkpoint import Checkpoint
from kirpik.wire.contents import Contents, read_contents
from kirpik.wire.record import Cover
from tests.unit.eyes import Eye, QuickDisk, receipt, violation
from tests.unit.wire.samples import SEAL, UNIT_KEY

NOW_S = 1_795_000_000.0
DAY_S = 86_400.0


@dataclass
class Clocks:
    run_s: float = 0.0

    def run(self) -> float:
        return self.run_s

    def wall(self) -> float:
        return NOW_S + self.run_s


class Bench:
    def __init__(self, home: Path, schedule: Schedule, *, limit_bytes: int = 10**6) -> None:
        self.home, self.clocks = home, Clocks()
        self.eye = Eye(home, disk=QuickDisk(), limit_bytes=limit_bytes)
        overdue = Overdue(DAY_S, wall=self.clocks.wall, monotonic=self.clocks.run)
        self.duties = Duties(
            self.eye.sealer, self.eye.outbox, overdue, schedule,
            withheld=lambda: (5, 0, 1, 0, 0, 0), clock=self.clocks.run,
        )  # fmt: skip

    def on(self, seconds: float, *, unsaid: int = 0) -> None:
        for _ in range(max(1, int(seconds // 60))):
            self.clocks.run_s += min(60.0, seconds)
            self.duties.turn(unsaid)

    def told(self) -> list[Contents]:
        return [self.opened(entry) for entry in self.eye.outbox.waiting()]

    def opened(self, entry: Entry) -> Contents:
        opened = packet.open_packet(self.eye.outbox.read(entry) or b"", UNIT_KEY.public, SEAL)
        return read_contents(opened, UNIT_KEY.public)

    def seal_days_ago(self, days: float) -> Entry:
        entry = self.eye.sealer.seal(violation())
        os.utime(self.home / "outbox" / entry.name, (0, NOW_S - days * DAY_S))
        return entry

    def settle_all(self) -> None:
        for (epoch, sequence), link in self.eye.links().items():
            self.eye.sealer.settle(receipt(epoch, sequence, link))


def test_a_checkpoint_tells_each_hour_how_the_unit_fares(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule(checkpoint_s=3600))
    bench.seal_days_ago(0)
    bench.on(7300, unsaid=3)
    told = [each for each in bench.told() if isinstance(each, Checkpoint)]
    assert [(each.reason, each.waiting, each.unsaid) for each in told] == [("regular", 1, 3), ("regular", 2, 3)]
    assert told[1].uptime_s - told[0].uptime_s == 3600
    assert [each.withheld for each in told] == [(5, 0, 1, 0, 0, 0)] * 2


def test_what_expires_is_named_in_the_chain_before_it_is_deleted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule())
    old, link = bench.seal_days_ago(2), bench.eye.links()[1, 1]
    bench.seal_days_ago(0)
    bench.on(3700)
    (checkpoint,) = [each for each in bench.told() if isinstance(each, Checkpoint) and each.reason == "expiry"]
    assert [(row.epoch, row.sequence, row.link) for row in checkpoint.given_up] == [(old.epoch, old.sequence, link)]
    assert (1, 1) not in bench.eye.links()
    assert (1, 2) in bench.eye.links()


def test_what_expires_goes_also_when_the_spool_is_full(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule(), limit_bytes=20_000)
    for _ in range(4):
        bench.seal_days_ago(2)
    with pytest.raises(SpoolFullError):
        bench.eye.sealer.seal(violation())
    bench.on(3700)
    assert bench.eye.sealer.seal(violation()).sequence > 5
    assert (1, 1) not in bench.eye.links()


def test_more_than_one_checkpoint_tells_of_very_many(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule())
    for _ in range(60):
        bench.seal_days_ago(2)
    bench.on(3700)
    rows = [row for each in bench.told() if isinstance(each, Checkpoint) for row in each.given_up]
    assert len({(row.epoch, row.sequence) for row in rows}) == 60


def test_at_seventy_percent_there_is_an_alarm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path, Schedule(), limit_bytes=20_000)
    bench.seal_days_ago(0)
    bench.on(60)
    assert "spool=trouble" not in caplog.text
    for _ in range(3):
        bench.seal_days_ago(0)
    bench.on(60)
    assert "spool=trouble times=1 why='82% of what the spool may hold" in caplog.text


def test_at_a_constant_rate_something_always_waits_and_all_has_one_size(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule(constant_rate=True))
    for turn in range(6):
        if turn == 3:
            bench.eye.sealer.seal(violation())
            bench.eye.sealer.seal(violation())
        bench.on(60)
        kinds = [type(each) for each in bench.told()]
        assert kinds.count(Cover) == (0 if turn == 3 else 2)
        assert len({len(bench.eye.outbox.read(entry) or b"") for entry in bench.eye.outbox.waiting()}) == 1
        bench.settle_all()


def test_covers_do_not_pile_up_while_nobody_takes_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Schedule(constant_rate=True))
    bench.on(60 * 50)
    assert len(bench.told()) == 2
