import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kirpik.errors import BrokerError, ConfigError, SpoolFullError, StalledError
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.service.flights import Pace
from kirpik.service.link import Link, unit_of
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import Entry, Outbox, OutboxView, Tip
from kirpik.wire.health import chain_48
from kirpik.wire.packet import link as link_of
from kirpik.wire.receipt import Receipt, sign_receipt
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from tests.unit.central.packets import Sender

SENDER = Sender(SigningKey.generate(), SealKey.from_seed(bytes(32)).public)
TREE = f"kirpik/1/u/{SENDER.unit.hex()}"


@dataclass
class FakeLine:
    """A broker that says what it is told to say."""

    connected: bool = False
    away: bool = False
    mute: bool = False
    """Takes everything and never answers."""
    said: list[tuple[str, bytes, bool]] = field(default_factory=list)
    coming: list[Arrival | Answer] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        if self.away:
            raise BrokerError("broker:8883: nobody listens there")
        self.connected, self.will, self.filters = True, will, filters

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        del expiry_s
        self.said.append((topic, payload, retain))
        if not self.mute:
            self.coming.append(Answer(len(self.said), None))
        return len(self.said)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        del timeout_s
        if self.away:
            self.connected = False
            raise BrokerError("broker:8883: the broker has hung up")
        coming, self.coming = self.coming, []
        return coming

    def subscribe(self, topic: str) -> None:
        self.topics.append(topic)

    def unsubscribe(self, topic: str) -> None:
        self.topics.remove(topic)

    def say_last(self, topic: str, payload: bytes) -> None:
        self.said.append((topic, payload, True))

    def close(self) -> None:
        self.connected = False

    def reports(self, leaf: str) -> list[dict[str, float]]:
        return [json.loads(payload) for topic, payload, _ in self.said if topic == f"{TREE}/up/{leaf}"]

    def packets(self) -> list[bytes]:
        return [payload for topic, payload, _ in self.said if topic == f"{TREE}/up/v"]


PACE = Pace()


class Bench:
    """A link between a fake line and real folders, on a clock of its own."""

    def __init__(self, folder: Path, *, pace: Pace = PACE) -> None:
        self.now_s = 0.0
        self.line = FakeLine()
        self.outbox = Outbox(folder / "outbox", limit_bytes=10**6)
        self.inbox = Inbox(folder / "inbox")
        self.link = Link(
            self.line,
            OutboxView(folder / "outbox"),
            self.inbox,
            unit=SENDER.unit,
            pace=pace,
            measures=lambda: {"soc_c": 51.0},
            clock=lambda: self.now_s,
        )

    def add(self) -> bytes:
        packet = SENDER.next()
        self.outbox.add(Entry(1, SENDER.sequence), packet)
        return packet

    def turn(self, seconds: float = 1.0) -> None:
        self.now_s += seconds
        self.link.turn()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_says_online_at_every_connection_and_leaves_lost_as_its_will(bench: Bench) -> None:
    for _ in range(2):
        bench.turn()
        assert bench.line.said[-1] == (f"{TREE}/up/state", b"online", True)
        bench.line.connected = False
    assert bench.line.will == Will(f"{TREE}/up/state", b"lost")


def test_it_says_disconnected_when_it_is_ended(bench: Bench) -> None:
    bench.link.close()
    assert bench.line.said == [(f"{TREE}/up/state", b"disconnected", True)]


def test_what_is_in_the_outbox_is_published_and_stays_there(bench: Bench) -> None:
    packet = bench.add()
    for _ in range(3):
        bench.turn()
    assert bench.line.packets() == [packet]
    assert len(bench.outbox.waiting()) == 1


def test_without_a_broker_nothing_is_lost_and_the_next_call_waits(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    packet = bench.add()
    bench.line.away = True
    for _ in range(50):
        bench.turn()
    assert [record.getMessage() for record in caplog.records] == [
        "broker=trouble times=1 why='broker:8883: nobody listens there'"
    ]
    bench.line.away = False
    bench.turn(100)
    bench.turn()
    assert bench.line.packets() == [packet]


def test_a_packet_that_was_under_way_when_the_line_broke_is_sent_again(bench: Bench) -> None:
    packet = bench.add()
    bench.turn()
    bench.turn()
    bench.line.away = True
    bench.turn()
    bench.line.away = False
    bench.turn(100)
    bench.turn()
    assert bench.line.packets() == [packet, packet]


def test_a_receipt_goes_to_the_inbox_and_makes_room_for_the_next(bench: Bench) -> None:
    packets = [bench.add() for _ in range(10)]
    first = SENDER.sequence - 9
    bench.turn()
    bench.turn()
    assert bench.line.packets() == packets[:8]
    receipt = Receipt(
        unit=SENDER.unit,
        epoch=1,
        up_to=first + 1,
        chain=link_of(packets[1]),
        central_utc_ms=1,
        root_version=1,
        keyset_version=1,
    )
    signed = sign_receipt(receipt, SigningKey.generate())
    bench.line.coming = [Arrival(f"{TREE}/down/receipt", signed)]
    bench.turn()
    bench.turn()
    assert bench.line.packets() == packets
    (letter,) = bench.inbox.after("")
    assert (letter.kind, bench.inbox.read(letter)) == ("receipt", signed)


def test_orders_and_key_documents_go_to_the_inbox_and_a_document_once(bench: Bench) -> None:
    bench.turn()
    documents = [Arrival("kirpik/1/keys/root/2", b"root"), Arrival("kirpik/1/keys/set", b"set")]
    bench.line.coming = [Arrival(f"{TREE}/down/order", b"order"), *documents, *documents]
    bench.turn()
    assert [letter.kind for letter in bench.inbox.after("")] == ["order", "root", "set"]


def test_what_a_full_disk_has_no_room_for_is_let_go_and_told(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(kind: str, data: bytes) -> None:
        raise SpoolFullError(f"inbox: the disk is full, expected room for {len(data)} bytes of {kind}")

    monkeypatch.setattr(bench.inbox, "put", put)
    bench.turn()
    bench.line.coming = [Arrival(f"{TREE}/down/receipt", b"x")]
    bench.turn()
    assert "inbox=trouble times=1 why='inbox: the disk is full" in caplog.text


@pytest.mark.parametrize("topic", ["kirpik/1/u/xyz/down/order", f"{TREE}/up/v", f"{TREE}/down/else", "else"])
def test_what_is_not_for_us_is_not_kept(bench: Bench, topic: str) -> None:
    bench.turn()
    bench.line.coming = [Arrival(topic, b"x")]
    bench.turn()
    assert bench.inbox.after("") == []


def test_a_spoiled_file_does_not_hold_up_the_others(bench: Bench) -> None:
    for _ in range(9):
        SENDER.sequence += 1
        bench.outbox.add(Entry(1, SENDER.sequence), b"half")
    packet = bench.add()
    for _ in range(3):
        bench.turn()
    assert bench.line.packets() == [packet]


def test_health_is_numbers_from_the_list_every_minute(bench: Bench) -> None:
    bench.add()
    for _ in range(130):
        bench.turn()
    assert len(bench.line.reports("health")) == 3
    assert bench.line.reports("health")[-1] == {
        "parked": 0, "reconnects": 0, "soc_c": 51, "spool_late": 0, "uptime_s": 122
    }  # fmt: skip


def test_where_it_stands_is_told_once_and_again_when_it_is_news_or_an_hour_old(bench: Bench) -> None:
    bench.add()
    for _ in range(200):
        bench.turn()
    assert bench.line.reports("standing") == [{"spool_count": 1}]
    bench.outbox.tell_head(Tip(Entry(1, SENDER.sequence), b"link" * 8))
    for _ in range(60):
        bench.turn()
    assert bench.line.reports("standing")[1:] == [
        {"chain_48": chain_48(b"link" * 8), "epoch": 1, "sequence": SENDER.sequence, "spool_count": 1}
    ]
    for _ in range(3660):
        bench.turn()
    assert len(bench.line.reports("standing")) == 3


def test_a_refusing_broker_is_complained_about_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.line.mute = True
    bench.add()
    bench.turn()
    bench.turn()
    number = 1 + [topic for topic, _, _ in bench.line.said].index(f"{TREE}/up/v")
    bench.line.coming = [Answer(number, "Not authorized"), Answer(number, "Not authorized")]
    bench.turn()
    assert caplog.text.count("Not authorized") == 1


@pytest.mark.parametrize("name", ["central", "AB" * 16, "ab" * 15, ""])
def test_a_certificate_that_names_no_unit_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="expected the unit id, 32 hex digits"):
        unit_of(name)


def test_a_broker_that_never_answers_is_one_that_is_away_and_after_five_lines_the_process_ends(bench: Bench) -> None:
    bench.line.mute = True
    bench.add()

    def go_on() -> None:
        while bench.now_s < 2000:
            bench.turn()

    with pytest.raises(StalledError, match="no answer to a packet on 5 lines"):
        go_on()
    assert bench.now_s > 5 * 60


def test_a_mobile_line_is_not_filled_beyond_its_share(tmp_path: Path) -> None:
    slow = Bench(tmp_path, pace=Pace(bytes_per_s=1000.0))
    for _ in range(20):
        slow.add()
    for _ in range(30):
        slow.turn()
    sent_bytes = sum(len(packet) for packet in slow.line.packets())
    assert 0 < sent_bytes <= 1000 * (30 + 25)


def test_what_the_central_says_it_has_is_told_to_it(bench: Bench) -> None:
    bench.add()
    bench.turn()
    told = Receipt(
        unit=SENDER.unit, epoch=1, up_to=7, chain=b"l" * 32, central_utc_ms=1, root_version=1, keyset_version=1
    )  # fmt: skip
    bench.line.coming = [Arrival(f"{TREE}/down/receipt", sign_receipt(told, SigningKey.generate()))]
    for _ in range(130):
        bench.turn()
    assert bench.line.reports("standing")[-1] == {"acked_epoch": 1, "acked_sequence": 7, "spool_count": 1}
