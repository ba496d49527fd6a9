"""Letters that become stored packets and signed receipts: new, again, behind a gap, refused, turned away."""

from dataclasses import replace

import pytest

from kirpik.wire import topics
from kirpik.wire.packet import link
from kirpik.wire.receipt import Refusal
from kirpik.wire.record import Cover, encode_cover
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_central.flood import Gate
from kirpik_central.intake import Intake
from kirpik_central.letters import Letter
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import Sender


def test_a_group_is_stored_and_covered_by_one_receipt(desk: Desk) -> None:
    sender = desk.sender()
    packets = [sender.next() for _ in range(3)]
    (receipt,) = desk.take(sender, *packets)
    assert (receipt.unit, receipt.epoch, receipt.up_to) == (sender.unit, 1, 3)
    assert receipt.chain == link(packets[2])
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2, 3]


def test_a_packet_that_comes_again_is_acknowledged_again_and_stored_once(desk: Desk) -> None:
    sender = desk.sender()
    first = sender.next()
    desk.take(sender, first)
    (receipt,) = desk.take(sender, first)
    assert receipt.up_to == 1
    assert receipt.selective == ((1, link(first)),)
    assert len(desk.store.cases()) == 1
    assert desk.store.counters() == {"stored": 1, "again": 1}


def test_a_packet_behind_a_gap_is_named_and_the_chain_closes_when_the_gap_does(desk: Desk) -> None:
    sender = desk.sender()
    one, two, three = (sender.next() for _ in range(3))
    (receipt,) = desk.take(sender, one, three)
    assert (receipt.up_to, receipt.selective) == (1, ((3, link(three)),))
    (receipt,) = desk.take(sender, two)
    assert (receipt.up_to, receipt.chain) == (3, link(three))


def test_a_second_packet_at_a_taken_place_raises_an_alarm_and_is_refused(desk: Desk) -> None:
    sender = desk.sender()
    clone = replace(sender)
    original, forged = sender.next(), clone.next()
    desk.take(sender, original)
    (receipt,) = desk.take(sender, forged)
    assert receipt.refused == (Refusal(1, link(forged), "fork"),)
    assert (receipt.up_to, receipt.chain) == (1, link(original))
    assert desk.alarms() == [("fork", 1)]


def test_a_packet_that_does_not_follow_the_one_before_raises_an_alarm_and_is_not_covered(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next())
    sender.previous = bytes(32)
    (receipt,) = desk.take(sender, sender.next())
    assert receipt.up_to == 1
    assert desk.alarms() == [("chain", 2)]


def test_an_unknown_unit_is_turned_away_untold_so_that_it_tries_again(desk: Desk) -> None:
    stranger = Sender(SigningKey.generate(), desk.fleet.seal.public)
    assert desk.take(stranger, stranger.next()) == []
    assert desk.store.counters() == {"away-unit-unknown": 1}


def test_a_unit_added_while_the_intake_runs_is_known_at_its_next_packet(desk: Desk) -> None:
    stranger = Sender(SigningKey.generate(), desk.fleet.seal.public)
    packet = stranger.next()
    desk.take(stranger, packet)
    folder = desk.fleet.folder / "central" / "units"
    (folder / f"{stranger.unit.hex()}.pub").write_bytes(stranger.identity.public)
    (receipt,) = desk.take(stranger, packet)
    assert receipt.up_to == 1


def test_one_unit_s_spoiled_key_file_leaves_the_others_alone(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    good, spoiled = desk.sender(), Sender(SigningKey.generate(), desk.fleet.seal.public)
    (desk.fleet.folder / "central" / "units" / f"{spoiled.unit.hex()}.pub").write_bytes(bytes(32))
    assert desk.take(spoiled, spoiled.next()) == []
    assert "the key in it belongs to unit" in caplog.text
    assert len(desk.take(good, good.next())) == 1


def test_a_unit_that_floods_is_held_back_and_the_others_are_not(desk: Desk) -> None:
    loud, other = desk.sender("loud"), desk.sender("other")
    desk.intake = Intake(desk.store, desk.keys, desk.units, gate=Gate(burst=2, hourly=60))
    packets = [loud.next() for _ in range(3)]
    (receipt,) = desk.take(loud, *packets)
    assert receipt.up_to == 2
    assert desk.store.counters() == {"held": 1, "stored": 2}
    assert desk.alarms() == [("flood", 0)]
    assert desk.take(other, other.next())[0].up_to == 1
    assert desk.take(loud, packets[2]) == [], "untold, so that it comes again"


def test_a_packet_on_another_unit_s_topic_is_turned_away(desk: Desk) -> None:
    one, two = desk.sender("one"), desk.sender("two")
    assert desk.take(one, one.next(), topic=topics.up(two.unit, topics.PACKETS)) == []
    assert desk.store.counters() == {"away-unit-mismatch": 1}


def test_altered_bytes_are_refused_by_their_own_hash_and_not_stored_as_evidence(desk: Desk) -> None:
    sender = desk.sender()
    packet = bytearray(sender.next())
    packet[2000] ^= 1
    (receipt,) = desk.take(sender, bytes(packet))
    assert receipt.up_to == 0
    assert receipt.refused == (Refusal(1, link(bytes(packet)), "signature"),)
    assert desk.store.cases() == []


def test_a_packet_for_another_recipient_is_refused_and_the_queue_moves_on(desk: Desk) -> None:
    sender = desk.sender()
    ours, sender.recipient = sender.recipient, SealKey.from_seed(bytes(32)).public
    wrong = sender.next()
    sender.recipient = ours
    (receipt,) = desk.take(sender, wrong, sender.next())
    assert receipt.refused == (Refusal(1, link(wrong), "recipient"),)
    assert receipt.up_to == 2
    assert [case.place.sequence for case in desk.store.cases()] == [2]


def test_a_refusal_is_repeated_when_the_packet_is(desk: Desk) -> None:
    sender = desk.sender()
    sender.recipient = SealKey.from_seed(bytes(32)).public
    wrong = sender.next()
    for _ in range(2):
        (receipt,) = desk.take(sender, wrong)
        assert receipt.refused == (Refusal(1, link(wrong), "recipient"),)
        assert receipt.selective == ()


def test_a_sequence_that_no_store_can_hold_is_refused_and_harms_nobody(desk: Desk) -> None:
    sender, other = desk.sender("one"), desk.sender("two")
    sender.sequence = 2**63 - 1
    (receipt,) = desk.take(sender, sender.next())
    assert [(refusal.sequence, refusal.reason) for refusal in receipt.refused] == [(2**63, "signature")]
    assert desk.take(other, other.next())[0].up_to == 1


def test_a_group_with_a_packet_twice_stores_it_once(desk: Desk) -> None:
    sender = desk.sender()
    first = sender.next()
    (receipt,) = desk.take(sender, first, first)
    assert (receipt.up_to, receipt.selective) == (1, ((1, link(first)),))
    assert desk.store.counters() == {"stored": 1, "again": 1}


@pytest.mark.parametrize("size", [0, 100, 4096, 20000])
def test_junk_is_turned_away(desk: Desk, size: int) -> None:
    sender = desk.sender()
    assert desk.take(sender, bytes(size)) == []


def test_a_cover_packet_is_stored_like_any_other(desk: Desk) -> None:
    sender = desk.sender()
    (receipt,) = desk.take(sender, sender.next(payload=encode_cover(Cover(keyset_version=1, last_receipt=None))))
    assert receipt.up_to == 1


def test_two_units_in_one_group_get_a_receipt_each(desk: Desk) -> None:
    one, two = desk.sender("one"), desk.sender("two")
    letters = [Letter(topics.up(each.unit, topics.PACKETS), each.next(), 1) for each in (one, two, one)]
    receipts = desk.intake.take(letters).receipts
    assert {unit for unit, _ in receipts} == {one.unit, two.unit}
