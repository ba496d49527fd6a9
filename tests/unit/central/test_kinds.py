"""Key changes, packets that were sealed once more, and checkpoints, with the seal key at the front door and without."""

from dataclasses import replace

from kirpik.wire.checkpoint import NO_LINK, GivenUp
from kirpik.wire.packet import digest, link
from kirpik.wire.receipt import Refusal
from kirpik.wire.rewrap import rewrap
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_central.intake import Intake
from kirpik_central.keys import Units
from kirpik_central.reader import Reader
from kirpik_central.tables import PACKET, WITHHELD
from tests.unit.central.intake_desk import Desk

OTHER = SealKey.from_seed(bytes(32))


def test_after_a_key_change_the_new_key_counts_and_the_old_one_no_more(desk: Desk) -> None:
    sender = desk.sender()
    old = replace(sender)
    first = sender.next()
    changed = [sender.change_key(SigningKey.generate()), sender.next(), sender.next()]
    (*_, receipt) = desk.take(sender, first, *changed)
    assert (receipt.up_to, receipt.refused) == (4, ())
    old.sequence, old.previous = 4, link(changed[-1])
    (receipt,) = desk.take(sender, stolen := old.next())
    assert receipt.refused == (Refusal(5, digest(stolen), "signature"),)
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2, 3, 4]


def test_another_worker_sees_a_key_change_that_is_stored(desk: Desk) -> None:
    sender = desk.sender()
    other = Intake(desk.store, desk.keys, Units(desk.units._folder, desk.units._changes))
    desk.take(sender, sender.next())
    changed, after = sender.change_key(SigningKey.generate()), sender.next()
    other.take([])
    desk.take(sender, changed)
    desk.intake = other
    assert desk.take(sender, after)[0].up_to == 3


def test_a_packet_that_overtakes_its_key_change_is_not_refused_but_comes_again(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next())
    changed, after = sender.change_key(SigningKey.generate()), sender.next()
    assert desk.take(sender, after) == []
    desk.take(sender, changed)
    assert desk.take(sender, after)[0].up_to == 3


def test_a_key_whose_owner_does_not_agree_changes_nothing(desk: Desk) -> None:
    sender = desk.sender()
    honest = replace(sender)
    wrong = sender.change_key(SigningKey.generate(), agrees=SigningKey.generate())
    honest.sequence, honest.previous = 1, link(wrong)
    (receipt,) = desk.take(sender, wrong, honest.next())
    assert receipt.refused == (Refusal(1, link(wrong), "record"),)
    assert receipt.up_to == 2


def test_a_front_door_learns_a_new_key_from_whoever_opens_the_change(desk: Desk) -> None:
    sender = desk.sender()
    desk.close_the_door()
    changed, after = sender.change_key(SigningKey.generate()), sender.next()
    assert desk.take(sender, changed)[0].up_to == 1
    assert desk.take(sender, after) == []
    assert desk.reader.read(limit=10) == 1
    assert desk.take(sender, after)[0].up_to == 2


def test_a_packet_that_was_sealed_once_more_keeps_its_place_and_link(desk: Desk) -> None:
    sender, ours = desk.sender(), desk.fleet.seal.public
    both = {OTHER.id: OTHER, **desk.keys.seal}
    desk.intake = Intake(desk.store, replace(desk.keys, seal=both), desk.units)
    sender.recipient = OTHER.public
    stolen = sender.next()
    sender.recipient = ours
    again = rewrap(stolen, signer=sender.identity, recipient_public=ours)
    (receipt,) = desk.take(sender, again, sender.next())
    assert (receipt.up_to, receipt.refused) == (2, ())
    (receipt,) = desk.take(sender, stolen)
    assert receipt.selective == ((1, link(stolen)),)
    assert desk.alarms() == []
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2]


def test_a_front_door_takes_a_re_wrapped_packet_and_it_is_opened_later(desk: Desk) -> None:
    sender, ours = desk.sender(), desk.fleet.seal.public
    desk.close_the_door()
    packets = [sender.next()]
    sender.recipient = OTHER.public
    stolen = sender.next()
    sender.recipient = ours
    packets += [rewrap(stolen, signer=sender.identity, recipient_public=ours), sender.next()]
    (receipt,) = desk.take(sender, *packets)
    assert receipt.up_to == 3
    assert desk.alarms() == []
    both = {OTHER.id: OTHER, **desk.keys.seal}
    Reader(desk.store, replace(desk.keys, seal=both), desk.units).read(limit=10)
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2, 3]


def test_a_key_change_that_was_sealed_once_more_counts_also_behind_a_front_door(desk: Desk) -> None:
    sender, ours, keys = desk.sender(), desk.fleet.seal.public, {OTHER.id: OTHER, **desk.keys.seal}
    desk.close_the_door()
    sender.recipient = OTHER.public
    old, changed = sender.identity, sender.change_key(SigningKey.generate())
    sender.recipient = ours
    after = sender.next()
    assert desk.take(sender, rewrap(changed, signer=old, recipient_public=ours))[0].up_to == 1
    assert desk.take(sender, after) == []
    desk.reader.use(replace(desk.keys, seal=keys))
    desk.reader.read(limit=10)
    assert desk.take(sender, after)[0].up_to == 2


def test_what_is_kept_of_a_re_wrapped_packet_is_the_packet_that_its_unit_sealed_first(desk: Desk) -> None:
    sender, ours, keys = desk.sender(), desk.fleet.seal.public, {OTHER.id: OTHER, **desk.keys.seal}
    desk.intake.use(replace(desk.keys, seal=keys))
    sender.recipient = OTHER.public
    first = sender.next()
    desk.take(sender, rewrap(first, signer=sender.identity, recipient_public=ours))
    assert [(row[6] == first, row[10]) for row in desk.rows(PACKET)] == [(True, 1)]


def test_a_re_wrapped_packet_whose_inside_cannot_be_opened_is_refused_by_name(desk: Desk) -> None:
    sender, ours = desk.sender(), desk.fleet.seal.public
    sender.recipient = OTHER.public
    again = rewrap(sender.next(), signer=sender.identity, recipient_public=ours)
    (receipt,) = desk.take(sender, again)
    assert [refusal.reason for refusal in receipt.refused] == ["recipient"]


def test_checkpoints_are_members_of_the_chain_and_no_cases(desk: Desk) -> None:
    sender = desk.sender()
    (receipt,) = desk.take(sender, sender.checkpoint(), sender.next())
    assert receipt.up_to == 2
    assert desk.reader.read(limit=10) == 2
    assert desk.store.counters() == {"stored": 2}


def test_what_doubts_have_freed_is_counted_as_the_newest_checkpoint_says_in_whatever_order_they_come(
    desk: Desk,
) -> None:
    sender = desk.sender()
    first = sender.checkpoint(withheld=(4, 0, 1, 0, 0, 0))
    second = sender.checkpoint(withheld=(9, 0, 1, 0, 2, 0))
    for wire in (second, first, second):
        desk.take(sender, wire)
        desk.reader.read(limit=10)
    sender.epoch, sender.sequence = 2, 0
    desk.take(sender, sender.checkpoint(withheld=(1, 0, 0, 0, 0, 0)))
    desk.reader.read(limit=10)
    told = sorted((epoch, reason, number) for _, epoch, reason, number in desk.rows(WITHHELD))
    assert told == [(1, "clock", 1), (1, "signal", 2), (1, "unreadable", 9), (2, "unreadable", 1)]


def test_what_a_unit_gave_up_is_no_gap_any_more(desk: Desk) -> None:
    sender = desk.sender()
    one, lost, also_lost, four = (sender.next() for _ in range(4))
    assert desk.take(sender, one, four)[0].up_to == 1
    given_up = [GivenUp(1, number, link(wire)) for number, wire in ((2, lost), (3, also_lost))]
    (receipt,) = desk.take(sender, sender.checkpoint(*given_up))
    assert receipt.up_to == 1
    desk.reader.read(limit=10)
    (receipt,) = desk.take(sender, sender.next())
    assert (receipt.up_to, receipt.selective) == (6, ())
    assert desk.alarms() == []


def test_a_packet_that_a_card_has_spoiled_is_passed_over_though_nobody_knows_its_link(desk: Desk) -> None:
    sender = desk.sender()
    one, _spoiled, three = (sender.next() for _ in range(3))
    desk.take(sender, one, sender.checkpoint(GivenUp(1, 2, NO_LINK)))
    desk.reader.read(limit=10)
    assert desk.take(sender, one)[0].up_to == 1
    assert desk.take(sender, three)[0].up_to == 4
    assert desk.alarms() == []
