"""Whoever hears a unit's heartbeats learns nothing of its offences: no traffic of packets below a step changes them."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from kirpik.service.flights import Pace
from kirpik.service.link import Link
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import Entry, Outbox, OutboxView, Tip
from kirpik.wire.health import FIELDS
from tests.unit.eyes import QuickDisk
from tests.unit.service.test_link import SENDER, FakeLine
from tests.unit.wire.samples import build

WIRE = build()
LIMIT_BYTES = 1000 * len(WIRE)
HIDDEN = int(FIELDS["spool_fill"] / 2 / 100 * LIMIT_BYTES / len(WIRE))
"""As many packets may wait unseen; of a spool of 512 MiB, 4,369."""
MINUTES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8)
"""Packets that are sealed, and packets whose receipt comes, in each minute."""


class Unit:
    def __init__(self, folder: Path) -> None:
        self.now_s, self.sequence = 0.0, 0
        self.line = FakeLine()
        self.outbox = Outbox(folder / "outbox", limit_bytes=LIMIT_BYTES, disk=QuickDisk())
        self.link = Link(
            self.line, OutboxView(folder / "outbox"), Inbox(folder / "inbox", disk=QuickDisk()), unit=SENDER.unit,
            pace=Pace(), measures=self.measures, clock=lambda: self.now_s,
        )  # fmt: skip

    def measures(self) -> dict[str, float]:
        return {"soc_c": 51.0, "fps": 30.0, "spool_fill": 100 * self.outbox.size_bytes / LIMIT_BYTES}

    def seal(self, count: int) -> None:
        for _ in range(count):
            self.sequence += 1
            self.outbox.add(Entry(1, self.sequence), WIRE)
            self.outbox.tell_head(Tip(Entry(1, self.sequence), b"link" * 8))

    def settle(self, count: int) -> None:
        for entry in self.outbox.waiting()[:count]:
            self.outbox.remove(entry)

    def minute(self) -> None:
        for _ in range(4):
            self.now_s += 15
            self.link.turn()

    def said(self, leaf: str) -> list[bytes]:
        return [payload for topic, payload, _ in self.line.said if topic.endswith(f"/up/{leaf}")]


def lived(folder: str, name: str, minutes: list[tuple[int, int]], *, hidden: int = HIDDEN) -> Unit:
    unit = Unit(Path(folder) / name)
    for sealed, settled in minutes:
        unit.seal(min(sealed, hidden - len(unit.outbox.waiting())))
        unit.minute()
        unit.settle(settled)
    return unit


@given(MINUTES)
@settings(max_examples=25, deadline=None)
def test_the_heartbeats_are_the_same_bytes_whatever_the_traffic(minutes: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder:
        busy = lived(folder, "busy", minutes)
        idle = lived(folder, "idle", [(0, 0)] * len(minutes))
        assert busy.said("health") == idle.said("health")


def test_what_the_central_alone_hears_does_differ(tmp_path: Path) -> None:
    """The control: packets did pass, and the spool is seen once it is fuller than a step hides."""
    minutes = [(3, 0), (2, 1)]
    busy, idle = lived(str(tmp_path), "busy", minutes), lived(str(tmp_path), "idle", [(0, 0)] * 2)
    assert busy.said("standing") != idle.said("standing")
    full = lived(str(tmp_path), "full", [(HIDDEN + 1, 0)], hidden=2 * HIDDEN)
    assert b'"spool_fill":10' in full.said("health")[-1]


def test_several_refused_packets_say_no_more_than_one(tmp_path: Path) -> None:
    one, three = Unit(tmp_path / "one"), Unit(tmp_path / "three")
    for unit, count in ((one, 1), (three, 3)):
        unit.seal(count)
        for entry in unit.outbox.waiting():
            unit.outbox.park(entry, "signature")
        unit.minute()
    assert one.said("health") == three.said("health")
    assert b'"parked":1' in one.said("health")[-1]
