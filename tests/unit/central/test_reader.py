"""The front door without a key, and what is read behind it."""

from dataclasses import replace

import pytest

from kirpik.wire.documents import Revoked
from kirpik.wire.packet import link
from kirpik.wire.receipt import Refusal
from kirpik.wire.record import Cover, encode_cover
from kirpik.wire.signature import OUTER, SigningKey
from kirpik.wire.suite import SealKey
from kirpik_central.intake import Intake
from kirpik_central.reader import Reader
from kirpik_central.tables import LEAF, VIOLATION
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import RED_LIGHT


def test_what_was_read_is_filed_by_kind_and_site_and_never_by_plate(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next(), sender.next(RED_LIGHT))
    assert desk.reader.read(limit=10) == 2
    assert [row[1:4] for row in desk.rows(VIOLATION)] == [
        ("speeding", "kz-02-0042", 1_795_363_200_000),
        ("red_light", "kz-02-0042", 1_795_363_200_000),
    ]
    assert not any("plate" in column.name for column in VIOLATION.columns)
    assert desk.reader.read(limit=10) == 0


def test_a_packet_that_only_fills_its_slot_accuses_nobody(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next(payload=encode_cover(Cover(keyset_version=1, last_receipt=None))))
    assert desk.reader.read(limit=10) == 1
    assert desk.rows(VIOLATION) == []


def test_what_cannot_be_read_is_no_case_and_the_next_receipt_says_so(desk: Desk) -> None:
    sender = desk.sender()
    wrong = sender.next(payload=b"\xa0")
    (receipt,) = desk.take(sender, wrong)
    assert (receipt.up_to, receipt.refused) == (1, ())
    desk.reader.read(limit=10)
    (receipt,) = desk.take(sender, sender.next())
    assert receipt.refused == (Refusal(1, link(wrong), "record"),)
    assert [case.place.sequence for case in desk.store.cases()] == [2]
    assert desk.store.counters() == {"stored": 2, "unreadable-record": 1}


def test_a_front_door_stores_and_receipts_what_it_cannot_open_and_it_is_opened_later(desk: Desk) -> None:
    sender = desk.sender()
    desk.close_the_door()
    (receipt,) = desk.take(sender, sender.next(), sender.next())
    assert (receipt.up_to, receipt.refused) == (2, ())
    assert desk.store.cases() == []
    assert desk.reader.read(limit=10) == 2
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2]
    assert len(desk.rows(VIOLATION)) == 2


def test_a_front_door_knows_a_forged_outer_signature_and_a_copy(desk: Desk) -> None:
    sender = desk.sender()
    desk.close_the_door()
    first = sender.next()
    forged = bytearray(sender.next())
    forged[-1] ^= 1
    desk.take(sender, first)
    (receipt,) = desk.take(sender, first, bytes(forged))
    assert receipt.selective == ((1, link(first)),)
    assert [refusal.reason for refusal in receipt.refused] == ["signature"]


@pytest.mark.parametrize("reason", ["recipient", "seal"])
def test_what_turns_out_behind_the_door_not_to_open_is_named_later(desk: Desk, reason: str) -> None:
    sender = desk.sender()
    desk.close_the_door()
    if reason == "recipient":
        sender.recipient = SealKey.from_seed(bytes(32)).public
        desk.take(sender, sender.next())
        sender.recipient = desk.fleet.seal.public
    else:
        desk.take(sender, _seal_broken(desk, sender.next()))
    desk.reader.read(limit=10)
    (receipt,) = desk.take(sender, sender.next())
    assert [(refusal.sequence, refusal.reason) for refusal in receipt.refused] == [(1, reason)]


def test_what_no_key_was_there_for_is_opened_when_the_key_has_come(desk: Desk) -> None:
    sender, late = desk.sender(), SealKey.from_seed(bytes(32))
    ours, sender.recipient = sender.recipient, late.public
    wrong = sender.next()
    sender.recipient = ours
    desk.take(sender, wrong, sender.next())
    desk.reader.read(limit=10)
    assert [case.place.sequence for case in desk.store.cases()] == [2]
    keys = replace(desk.keys, seal={late.id: late, **desk.keys.seal})
    desk.reader.use(keys)
    desk.intake.use(keys)
    assert desk.reader.put_back() == 1
    desk.reader.follow(group=10)
    assert [case.place.sequence for case in desk.store.cases()] == [1, 2]
    assert len(desk.rows(VIOLATION)) == 2
    (receipt,) = desk.take(sender, wrong)
    assert receipt.selective == ((1, link(wrong)),)


def _seal_broken(desk: Desk, wire: bytes) -> bytes:
    """As only the unit itself could do it: the outer signature is good."""
    (unit,) = (desk.fleet.folder / "unit" / "state" / "identity").glob("unit.key")
    body = bytearray(wire[:-64])
    body[2000] ^= 1
    return bytes(body) + SigningKey.from_seed(unit.read_bytes()).sign(OUTER, bytes(body))


def test_two_readers_do_not_read_a_packet_twice(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, *(sender.next() for _ in range(5)))
    other = Reader(desk.store, desk.keys, desk.units)
    assert [reader.read(limit=2) for reader in (desk.reader, other, desk.reader, other)] == [2, 2, 1, 0]
    assert len(desk.rows(VIOLATION)) == 5


def test_a_revoked_unit_s_packets_behind_the_last_trusted_one_are_never_opened(desk: Desk) -> None:
    sender = desk.sender()
    desk.close_the_door()
    desk.take(sender, sender.next())
    keyset = replace(desk.keys.keyset, revoked=(Revoked(sender.unit, 1, 1),))
    desk.intake = Intake(desk.store, replace(desk.keys, keyset=keyset, seal={}), desk.units)
    desk.take(sender, sender.next())
    desk.reader.read(limit=10)
    assert [case.place.sequence for case in desk.store.cases()] == [1]


def test_every_stored_packet_is_a_leaf_of_the_log_in_the_order_of_storing(desk: Desk) -> None:
    one, two = desk.sender("one"), desk.sender("two")
    packets = [one.next(), two.next(), one.next()]
    desk.take(one, packets[0])
    desk.take(two, packets[1])
    desk.take(one, packets[0], packets[2])
    assert desk.rows(LEAF) == [(number, b"\x01" + link(wire)) for number, wire in enumerate(packets)]
