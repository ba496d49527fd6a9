"""What a unit cannot have done itself: packets dated back by a thief, a memory in two places, a card that forgot."""

from dataclasses import replace

from kirpik.wire.documents import Revoked
from kirpik.wire.packet import link
from kirpik_central.intake import Intake
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import Sender


def revoke(desk: Desk, sender: Sender, epoch: int, sequence: int) -> None:
    keyset = replace(desk.keys.keyset, revoked=(Revoked(sender.unit, epoch, sequence),))
    desk.intake = Intake(desk.store, replace(desk.keys, keyset=keyset), desk.units)


def test_packets_of_a_revoked_unit_stand_up_to_the_last_trusted_one(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next(), sender.next())
    revoke(desk, sender, 1, 2)
    (receipt,) = desk.take(sender, sender.next())
    assert [(refusal.sequence, refusal.reason) for refusal in receipt.refused] == [(3, "revoked")]
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2]


def test_whoever_stole_a_key_cannot_date_a_packet_back_before_the_theft(desk: Desk) -> None:
    """Epochs have numbers to spare, and a place that was never used is free."""
    sender = desk.sender()
    sender.epoch = 9
    stored = [sender.next(), sender.next()]
    desk.take(sender, *stored)
    revoke(desk, sender, 9, 2)
    thief = replace(sender, epoch=5, sequence=0, previous=b"")
    (receipt,) = desk.take(sender, thief.next(), thief.next())
    assert [(refusal.sequence, refusal.reason) for refusal in receipt.refused] == [(1, "revoked"), (2, "revoked")]
    assert [case.place.epoch for case in desk.store.cases()] == [9, 9]
    assert desk.take(sender, *stored)[0].refused == (), "what was stored before is a copy, and receipted again"


def test_a_late_packet_of_a_revoked_unit_stands_when_the_one_after_it_was_stored_in_time(desk: Desk) -> None:
    sender = desk.sender()
    one, two, three = (sender.next() for _ in range(3))
    desk.take(sender, one, three)
    revoke(desk, sender, 1, 3)
    (receipt,) = desk.take(sender, two)
    assert (receipt.up_to, receipt.refused) == (3, ())
    assert [case.place.sequence for case in desk.store.cases()] == [1, 3, 2]


def begin(sender: Sender, epoch: int, previous: bytes = b"") -> Sender:
    """The same unit after a start; `previous` where its card has lost what came after that packet."""
    return replace(sender, epoch=epoch, sequence=0, previous=previous or sender.previous)


def test_an_honest_start_is_no_alarm_in_whatever_order_the_packets_come(desk: Desk) -> None:
    first = desk.sender()
    before = [first.next(), first.next()]
    second = begin(first, 2)
    after = [second.next(), second.next()]
    desk.take(first, *after)
    desk.take(first, *before[::-1])
    assert desk.alarms() == []


def test_a_card_that_lost_its_last_writes_is_an_alarm(desk: Desk) -> None:
    first = desk.sender()
    packets = [first.next() for _ in range(3)]
    desk.take(first, *packets)
    again = begin(first, 2, link(packets[1]))
    desk.take(first, again.next(), again.next())
    assert desk.alarms() == [("branch", 1)]
    assert len(desk.store.cases()) == 5, "both branches are kept"


def test_the_same_where_the_lost_packet_comes_late(desk: Desk) -> None:
    first = desk.sender()
    packets = [first.next() for _ in range(3)]
    desk.take(first, *packets[:2])
    again = begin(first, 2, link(packets[1]))
    desk.take(first, again.next())
    desk.take(first, packets[2])
    assert desk.alarms() == [("branch", 1)]


def test_one_memory_in_two_boxes_that_start_apart_is_an_alarm(desk: Desk) -> None:
    first = desk.sender()
    desk.take(first, first.next())
    original, copied = begin(first, 2), begin(first, 3)
    desk.take(first, original.next())
    desk.take(first, copied.next())
    assert desk.alarms() == [("branch", 1)]
