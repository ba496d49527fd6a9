"""What somebody sees who watches the line and cannot decrypt: at a constant rate, nothing that depends on offences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from kirpik.errors import BrokerError
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.service.duties import Duties, Schedule
from kirpik.service.flights import Pace
from kirpik.service.link import Link
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import OutboxView
from kirpik.store.overdue import Overdue
from kirpik.wire import packet
from tests.unit.eyes import Eye, QuickDisk, receipt, violation
from tests.unit.wire.samples import SEAL, UNIT, UNIT_KEY

SLOT_S = 600.0
DAY_S = 86_400.0
STEP_S = 60.0


@dataclass
class Watched:
    """A broker and a central that take everything, and write down what an observer of the network would."""

    clock: list[float]
    central: "Central"
    connected: bool = False
    away: bool = False
    seen: list[tuple[float, str, int]] = field(default_factory=list)
    calls: int = 0
    _coming: list[Arrival | Answer] = field(default_factory=list)

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        self.calls += 1
        if self.away:
            raise BrokerError(f"broker:8883: nobody listens there, {len(filters)} {will is None}")
        self.connected = True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        del retain, expiry_s
        self.seen.append((self.clock[0], topic.rpartition("/")[2], len(payload)))
        self._coming.append(Answer(len(self.seen), None))
        if topic.endswith("/v"):
            self._coming.append(Arrival(f"kirpik/1/u/{UNIT.hex()}/down/receipt", self.central.take(payload)))
        return len(self.seen)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        del timeout_s
        if self.away:
            self.connected = False
            raise BrokerError("broker:8883: the broker has hung up")
        coming, self._coming = self._coming, []
        return coming

    def subscribe(self, topic: str) -> None:
        self.publish(topic, b"")

    def unsubscribe(self, topic: str) -> None:
        self.publish(topic, b"")

    def say_last(self, topic: str, payload: bytes) -> None:
        self.publish(topic, payload)

    def close(self) -> None:
        self.connected = False


@dataclass
class Central:
    links: dict[tuple[int, int], bytes] = field(default_factory=dict)
    arrivals: int = 0
    deaf: bool = False

    def take(self, wire: bytes) -> bytes:
        if self.deaf:
            return b"no receipt"
        header = packet.check_outer(wire, UNIT_KEY.public)
        place = (header.epoch, header.sequence)
        self.arrivals += 1
        self.links[place] = packet.link(wire)
        up_to = 0
        while (header.epoch, up_to + 1) in self.links:
            up_to += 1
        chain = self.links.get((header.epoch, up_to), bytes(32))
        selective = [(header.sequence, self.links[place])]
        return receipt(header.epoch, up_to, chain, utc_ms=1000 + self.arrivals, selective=selective)


class Unit:
    """An eye and a link in one folder, on a clock that runs as fast as it can."""

    def __init__(self, home: Path, *, slot_s: float | None) -> None:
        self.clock, self.central = [0.0], Central()
        self.line = Watched(self.clock, self.central)
        self.eye = Eye(home, disk=QuickDisk(), limit_bytes=10**9)
        overdue = Overdue(90 * DAY_S, wall=lambda: 1.795e9 + self.clock[0], monotonic=lambda: self.clock[0])
        schedule = Schedule(checkpoint_s=10**9, constant_rate=slot_s is not None)
        self.duties = Duties(self.eye.sealer, self.eye.outbox, overdue, schedule, clock=lambda: self.clock[0])
        self.link = Link(
            self.line, OutboxView(home / "outbox"), Inbox(home / "inbox", disk=QuickDisk()), unit=UNIT,
            pace=Pace(slot_s=slot_s, health_s=3600), measures=lambda: {"soc_c": 51.0}, clock=lambda: self.clock[0],
        )  # fmt: skip

    def live(self, seconds: float, *, offences: Sequence[float] = ()) -> None:
        coming, end_s = sorted(offences), self.clock[0] + seconds
        while self.clock[0] < end_s:
            self.clock[0] += STEP_S
            while coming and coming[0] <= self.clock[0]:
                coming.pop(0)
                self.eye.sealer.seal(violation())
            self.duties.turn()
            self.link.turn()
            self.eye.letters.read()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_day_with_offences_and_one_without_look_the_same_on_the_line(tmp_path: Path) -> None:
    quiet, busy = (Unit(tmp_path / name, slot_s=SLOT_S) for name in ("quiet", "busy"))
    chance = Random(1)  # noqa: S311  repeatable
    offences = [chance.uniform(0, 0.8 * DAY_S) for _ in range(40)] + [40_000.0 + n for n in range(12)]
    quiet.live(DAY_S)
    busy.live(DAY_S, offences=offences)
    assert quiet.line.seen == busy.line.seen
    assert len([row for row in quiet.line.seen if row[1] == "v"]) == pytest.approx(DAY_S / SLOT_S, abs=1)
    assert len(busy.eye.outbox.waiting()) <= 2


def test_without_a_constant_rate_the_same_two_days_differ(tmp_path: Path) -> None:
    """The control: the test above can fail."""
    quiet, busy = (Unit(tmp_path / name, slot_s=None) for name in ("quiet", "busy"))
    quiet.live(3600)
    busy.live(3600, offences=[1000.0])
    assert quiet.line.seen != busy.line.seen


AWAY_S = 3 * DAY_S


def test_after_days_without_a_broker_everything_comes_in_order_and_calls_were_few(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unit = Unit(tmp_path, slot_s=None)
    unit.line.away = True
    unit.live(AWAY_S, offences=[n * 6_000.0 for n in range(40)])
    assert len(unit.eye.outbox.waiting()) == 40
    assert unit.line.calls < AWAY_S / 45
    assert len([record for record in caplog.records if "broker=trouble" in record.getMessage()]) < AWAY_S / 55
    unit.line.away = False
    unit.live(3600)
    assert unit.eye.outbox.waiting() == []
    assert list(unit.central.links) == [(1, sequence) for sequence in range(1, 41)]


def test_what_the_central_misses_is_sent_again_when_a_receipt_shows_it(tmp_path: Path) -> None:
    """A receipt is how it asks: whatever waits in the epoch and is not listed comes again after the first pause."""
    unit = Unit(tmp_path, slot_s=None)
    unit.central.deaf = True
    unit.eye.sealer.seal(violation())
    unit.live(3600)
    sent_before = len([row for row in unit.line.seen if row[1] == "v"])
    unit.central.deaf = False
    asking = receipt(1, 0, bytes(32), utc_ms=1)
    unit.line._coming.append(Arrival(f"kirpik/1/u/{UNIT.hex()}/down/receipt", asking))
    unit.live(2 * STEP_S)
    assert len([row for row in unit.line.seen if row[1] == "v"]) == sent_before + 1
    unit.live(60)
    assert unit.eye.outbox.waiting() == []


def test_no_cover_becomes_a_case(tmp_path: Path) -> None:
    unit = Unit(tmp_path, slot_s=SLOT_S)
    unit.duties.turn()
    data = unit.eye.outbox.read(unit.eye.outbox.waiting()[0]) or b""
    payload = packet.open_packet(data, UNIT_KEY.public, SEAL).payload
    assert len(payload) < 64
