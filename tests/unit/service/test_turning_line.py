from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kirpik.errors import BrokerError
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.service.turning_line import Endpoint, TurningLine, clock_is_proven, endpoints_of
from kirpik.store.keyring import Keyring
from kirpik.wire.keydocs import sign_document
from tests.unit.wire.samples import HOLDERS, RECEIPT, keyset, root

CARD = Endpoint("card.example", 8883)


@dataclass
class Called:
    host: str
    away: bool
    connected: bool = False
    said: list[str] = field(default_factory=list)

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        if self.away:
            raise BrokerError(f"{self.host}: nobody listens there, not for {len(filters)} topics with {will}")
        self.connected = True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        self.said.append(f"{topic} {len(payload)} {retain} {expiry_s}")
        return len(self.said)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        return [Answer(int(timeout_s), None)]

    def subscribe(self, topic: str) -> None:
        self.publish(topic, b"")

    def unsubscribe(self, topic: str) -> None:
        self.publish(topic, b"")

    def say_last(self, topic: str, payload: bytes) -> None:
        self.publish(topic, payload, retain=True)

    def close(self) -> None:
        self.connected = False


def line(endpoints: list[Endpoint], *, away: Sequence[str]) -> tuple[TurningLine, list[Called]]:
    called: list[Called] = []

    def call(to: Endpoint) -> Called:
        called.append(Called(to.host, to.host in away))
        return called[-1]

    return TurningLine(lambda: endpoints, call), called


def test_each_broker_is_tried_in_turn_until_one_answers_and_stays() -> None:
    turning, called = line([Endpoint("a", 1), Endpoint("b", 1), CARD], away=["a", "b"])
    for _ in range(2):
        with pytest.raises(BrokerError):
            turning.connect([])
        assert not turning.connected
    turning.connect([])
    assert turning.connected
    turning.connect([])
    assert [each.host for each in called] == ["a", "b", "card.example", "card.example"]
    assert turning.publish("t", b"12", retain=True) == 1
    assert turning.turn(7) == [Answer(7, None)]
    turning.say_last("last", b"")
    turning.close()
    assert not turning.connected


def test_nothing_is_said_before_a_call() -> None:
    turning, _ = line([CARD], away=[])
    turning.say_last("t", b"")
    turning.close()
    with pytest.raises(BrokerError, match="not connected"):
        turning.turn(0)


def write(folder: Path, *signers: int) -> None:
    told = replace(keyset(), brokers=(("a", 1), ("b", 2)), broker_ca=b"PEM")
    (folder / "root.cbor").write_bytes(sign_document(root(), HOLDERS[:2]))
    (folder / "set.cbor").write_bytes(sign_document(told, [HOLDERS[number] for number in signers]))


def test_the_key_set_names_brokers_and_the_card_s_is_the_last_resort(tmp_path: Path) -> None:
    write(tmp_path, 3, 4)
    assert endpoints_of(tmp_path, CARD) == [
        Endpoint("a", 1, b"PEM"), Endpoint("b", 2, b"PEM"), Endpoint("card.example", 8883, b"PEM"),
    ]  # fmt: skip
    assert [each.host for each in endpoints_of(tmp_path, Endpoint("b", 2))] == ["a", "b"]


def test_documents_that_cannot_be_believed_name_no_broker(tmp_path: Path) -> None:
    write(tmp_path, 3)
    assert endpoints_of(tmp_path, CARD) == [CARD]


def test_dates_of_certificates_count_once_a_receipt_has_proven_the_clock_in_this_boot(tmp_path: Path) -> None:
    write(tmp_path, 3, 4)
    ring = Keyring.load(tmp_path)
    assert not clock_is_proven(tmp_path, "boot")
    ring.receipted(RECEIPT, clock_ms=0, boot="boot")
    assert not clock_is_proven(tmp_path, "boot")
    ring.receipted(RECEIPT, clock_ms=RECEIPT.central_utc_ms + 5, boot="boot")
    assert clock_is_proven(tmp_path, "boot")
    assert not clock_is_proven(tmp_path, "next boot")


def test_when_the_first_broker_answers_again_the_line_goes_back_to_it() -> None:
    now_s, there = [0.0], {"b"}
    called: list[Called] = []

    def call(to: Endpoint) -> Called:
        called.append(Called(to.host, to.host not in there))
        return called[-1]

    endpoints = [Endpoint("a", 1), Endpoint("b", 1)]
    turning = TurningLine(lambda: endpoints, call, answers=lambda host, _: host in there, clock=lambda: now_s[0])
    with pytest.raises(BrokerError):
        turning.connect([])
    turning.connect([])
    for now_s[0] in (100, 700, 1400):
        turning.turn(0)
    assert [each.host for each in called] == ["a", "b"]
    there.add("a")
    now_s[0] = 2100
    with pytest.raises(BrokerError, match="a:1 answers again"):
        turning.turn(0)
    assert not called[-1].connected
    turning.connect([])
    for now_s[0] in (3000, 4000):
        turning.turn(0)
    assert [each.host for each in called] == ["a", "b", "a"]
