"""Heartbeats: kept as they are, and held against the chain."""

import json

import pytest

from kirpik.wire import health, topics
from kirpik.wire.packet import link
from kirpik.wire.receipt import Receipt, verify_receipt
from kirpik.wire.signature import SigningKey
from kirpik_central.letters import Letter
from kirpik_central.tables import ALARM, HEALTH
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import Sender


def beat(desk: Desk, sender: Sender, **numbers: float) -> list[Receipt]:
    return say(desk, sender, topics.HEALTH, health.encode_health(numbers))


def stand(desk: Desk, sender: Sender, **numbers: float) -> list[Receipt]:
    return say(desk, sender, topics.STANDING, health.encode_standing(numbers))


def say(desk: Desk, sender: Sender, leaf: str, payload: bytes) -> list[Receipt]:
    answered = desk.intake.take([Letter(topics.up(sender.unit, leaf), payload, 1)])
    return [verify_receipt(signed, [desk.fleet.receipt.public]) for _, signed in answered.receipts]


def alarms(desk: Desk) -> list[tuple[str, int, int]]:
    return [(row[1], row[3], row[4]) for row in desk.rows(ALARM)]


def test_only_the_latest_numbers_are_kept_and_a_state_leaves_them_alone(desk: Desk) -> None:
    sender = desk.sender()
    for temperature in (50, 61):
        assert beat(desk, sender, soc_c=temperature) == []
    say(desk, sender, topics.STATE, b"online")
    ((unit, _, state, numbers),) = desk.rows(HEALTH)
    assert (unit, state, json.loads(numbers)) == (sender.unit, "online", {"soc_c": 61})


def test_a_unit_that_has_sealed_more_than_we_hold_is_told_what_we_hold(desk: Desk) -> None:
    sender = desk.sender()
    first, _lost, third = (sender.next() for _ in range(3))
    desk.take(sender, first, third)
    (receipt,) = stand(desk, sender, epoch=1, sequence=3)
    assert (receipt.up_to, receipt.selective) == (1, ((3, link(third)),))
    (receipt,) = stand(desk, sender, epoch=2, sequence=1)
    assert (receipt.epoch, receipt.up_to, receipt.selective) == (2, 0, ())


def test_a_unit_of_which_we_hold_everything_hears_nothing(desk: Desk) -> None:
    sender = desk.sender()
    wire = sender.next()
    desk.take(sender, wire)
    assert stand(desk, sender, epoch=1, sequence=1, chain_48=health.chain_48(link(wire))) == []
    assert alarms(desk) == []


def test_another_packet_at_the_end_of_the_chain_is_an_alarm(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next())
    stand(desk, sender, epoch=1, sequence=1, chain_48=1)
    assert alarms(desk) == [("fork", 1, 1)]


def test_a_unit_that_was_receipted_what_we_do_not_hold_is_an_alarm(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next())
    stand(desk, sender, epoch=1, sequence=3, acked_epoch=1, acked_sequence=2)
    assert alarms(desk) == [("gap", 1, 2)]


def test_a_unit_that_has_no_more_what_we_miss_is_an_alarm(desk: Desk) -> None:
    sender = desk.sender()
    first, _lost, third = (sender.next() for _ in range(3))
    desk.take(sender, first, third)
    stand(desk, sender, epoch=1, sequence=3, spool_count=1)
    assert alarms(desk) == []
    stand(desk, sender, epoch=1, sequence=3, spool_count=0)
    assert alarms(desk) == [("gap", 1, 2)]


def test_a_start_that_does_not_follow_from_the_last_run_s_end_is_an_alarm_once_nothing_more_comes(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next())
    lost = sender.next()
    sender.epoch, sender.sequence = 7, 0
    desk.take(sender, sender.next())
    stand(desk, sender, epoch=7, sequence=1, spool_count=1)
    assert alarms(desk) == []
    stand(desk, sender, epoch=7, sequence=1, spool_count=0)
    assert alarms(desk) == [("gap", 7, 0)]
    desk.take(sender, lost)
    with desk.store.writing() as ledger:
        assert ledger.past.is_joined((sender.unit, 7))


@pytest.mark.parametrize(
    ("leaf", "payload", "name"),
    [
        (topics.HEALTH, b"{}x", "health-json"),
        (topics.HEALTH, b'{"plate": 1}', "health-field"),
        (topics.HEALTH, b'{"soc_c": "123ABC01"}', "health-number"),
        (topics.HEALTH, b" " * 5000, "health-size"),
        (topics.HEALTH, b'{"sequence": 7}', "health-field"),
        (topics.STANDING, b'{"soc_c": 51}', "health-field"),
        (topics.STATE, b"123ABC01", "health-state"),
        (topics.RESULT, b"", "topic-leaf"),
    ],
)
def test_what_is_no_heartbeat_is_turned_away_by_name(desk: Desk, leaf: str, payload: bytes, name: str) -> None:
    assert say(desk, desk.sender(), leaf, payload) == []
    assert desk.store.counters() == {f"away-{name}": 1}
    assert desk.rows(HEALTH) == []


def test_a_stranger_s_heartbeat_is_not_kept(desk: Desk) -> None:
    stranger = Sender(SigningKey.generate(), desk.fleet.seal.public)
    beat(desk, stranger, soc_c=1)
    assert desk.rows(HEALTH) == []


def test_where_a_unit_stands_is_held_against_its_chain_and_not_kept(desk: Desk) -> None:
    sender = desk.sender()
    beat(desk, sender, soc_c=51)
    stand(desk, sender, epoch=1, sequence=3, spool_count=2)
    ((_, _, _, numbers),) = desk.rows(HEALTH)
    assert json.loads(numbers) == {"soc_c": 51}


@pytest.mark.parametrize(("epoch", "sequence"), [(0.5, 1), (2**60, 1), (1, -5), (1, 2**63)])
def test_a_head_that_cannot_be_is_no_head(desk: Desk, epoch: float, sequence: float) -> None:
    assert stand(desk, desk.sender(), epoch=epoch, sequence=sequence) == []
