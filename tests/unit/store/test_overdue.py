import os
from pathlib import Path

import pytest

from kirpik.store.outbox import Entry, Outbox
from kirpik.store.overdue import Overdue
from tests.unit.eyes import QuickDisk
from tests.unit.wire.samples import build

NOW_S = 1_795_000_000.0
DAY_S = 86_400.0


class Clocks:
    wall_s = NOW_S
    run_s = 100.0

    def on(self, seconds: float, *, step_s: float = 0) -> None:
        self.run_s += seconds
        self.wall_s += seconds + step_s


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    """Packet n was written n days ago."""
    outbox = Outbox(tmp_path, limit_bytes=10**6, disk=QuickDisk())
    for number in (1, 2, 3):
        outbox.add(Entry(1, number), build(sequence=number))
        os.utime(tmp_path / Entry(1, number).name, (0, NOW_S - number * DAY_S))
    outbox.park(Entry(1, 3), "record")
    return outbox


def overdue(clocks: Clocks, *, keep_days: float) -> Overdue:
    return Overdue(keep_days * DAY_S, wall=lambda: clocks.wall_s, monotonic=lambda: clocks.run_s)


def test_what_waited_for_longer_than_allowed_is_overdue_also_when_it_was_refused(box: Outbox) -> None:
    clocks = Clocks()
    late = overdue(clocks, keep_days=1.5)
    clocks.on(3600)
    assert late.find(box) == [Entry(1, 2), Entry(1, 3)]


def test_nothing_is_overdue_in_the_first_hour(box: Outbox) -> None:
    clocks = Clocks()
    late = overdue(clocks, keep_days=1.5)
    clocks.on(3599)
    assert late.find(box) == []


def test_a_clock_that_jumps_ahead_makes_nothing_overdue_before_it_has_been_steady_for_an_hour(box: Outbox) -> None:
    clocks = Clocks()
    late = overdue(clocks, keep_days=100)
    clocks.on(7200, step_s=1000 * DAY_S)
    assert late.find(box) == []
    clocks.on(1800, step_s=-1000 * DAY_S)
    assert late.find(box) == []
    clocks.on(3600)
    assert late.find(box) == []


def test_a_clock_that_was_never_set_makes_nothing_overdue(box: Outbox) -> None:
    clocks = Clocks()
    clocks.wall_s = 0.0
    late = overdue(clocks, keep_days=1)
    clocks.on(10 * DAY_S)
    assert late.find(box) == []


@pytest.mark.parametrize("time_s", [0.0, NOW_S + 50 * DAY_S], ids=["before the clock was set", "by a clock ahead"])
def test_what_was_written_by_a_wrong_clock_begins_to_wait_now(box: Outbox, tmp_path: Path, time_s: float) -> None:
    os.utime(tmp_path / Entry(1, 1).name, (0, time_s))
    clocks = Clocks()
    late = overdue(clocks, keep_days=2.5)
    clocks.on(3600)
    assert late.find(box) == [Entry(1, 3)]
    written = box.written()[Entry(1, 1)]
    assert written not in (0.0, NOW_S + 50 * DAY_S)
