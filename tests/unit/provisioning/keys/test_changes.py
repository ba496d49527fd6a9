"""A key set from the one before, as named cases."""

from dataclasses import replace

import pytest

from kirpik.errors import TrustError
from kirpik.trust.standing import active_seal
from kirpik.wire import suite
from kirpik.wire.documents import OrderEntry, Revoked
from kirpik_provisioning.keys import changes
from kirpik_provisioning.keys.changes import DAY_MS, HORIZON_MS
from tests.unit.trust.fleet import FIRST_SET, START_MS, seal_public

A, B, C = (seal_public(number) for number in (1, 2, 3))
LATER = START_MS + 14 * DAY_MS
NEXT = changes.renewed(FIRST_SET, now_ms=START_MS + DAY_MS, life_ms=changes.SET_LIFE_MS)


def states(*rows: tuple[bytes, str]) -> dict[bytes, str]:
    return dict(rows)


def test_a_renewed_set_has_the_next_number_and_new_dates() -> None:
    assert (NEXT.version, NEXT.issued_ms) == (2, START_MS + DAY_MS)
    assert NEXT.expires_ms - NEXT.issued_ms == changes.SET_LIFE_MS


def test_a_seal_key_is_shipped_ahead_and_the_old_one_seals_until_then() -> None:
    shipped = changes.rotate_seal(NEXT, B, from_ms=LATER)
    assert {entry.public: entry.state for entry in shipped.seal} == states((A, "active"), (B, "active"))
    chosen = [active_seal(shipped, moment) for moment in (LATER - 1, LATER)]
    assert [entry.public for entry in chosen if entry] == [A, B]


def test_the_next_rotation_closes_what_was_superseded() -> None:
    shipped = changes.rotate_seal(NEXT, B, from_ms=LATER)
    again = changes.renewed(shipped, now_ms=LATER + DAY_MS, life_ms=changes.SET_LIFE_MS)
    third = changes.rotate_seal(again, C, from_ms=LATER + 30 * DAY_MS)
    assert {entry.public: entry.state for entry in third.seal} == states(
        (A, "opening"), (B, "active"), (C, "active")
    )  # fmt: skip
    assert third.seal[0].not_after_ms == LATER + DAY_MS


def test_a_key_that_is_there_already_is_not_shipped_twice() -> None:
    with pytest.raises(TrustError, match="in the key set already"):
        changes.rotate_seal(NEXT, A, from_ms=LATER)


def test_a_key_is_forgotten_only_when_nothing_can_be_on_its_way() -> None:
    third = changes.rotate_seal(
        changes.renewed(changes.rotate_seal(NEXT, B, from_ms=LATER), now_ms=LATER + 1, life_ms=1), C, from_ms=LATER + 2
    )
    name = suite.key_id(A)
    with pytest.raises(TrustError, match="may arrive for 1 more days"):
        changes.forget_seal(third, name, now_ms=LATER + HORIZON_MS)
    assert A not in {e.public for e in changes.forget_seal(third, name, now_ms=LATER + 1 + HORIZON_MS).seal}
    with pytest.raises(TrustError, match="still sealed to"):
        changes.forget_seal(third, suite.key_id(B), now_ms=LATER)
    with pytest.raises(TrustError, match="no seal key"):
        changes.forget_seal(third, b"x" * 8, now_ms=LATER)


def test_a_stolen_seal_key_is_revoked() -> None:
    after = changes.revoke_seal(changes.rotate_seal(NEXT, B, from_ms=NEXT.issued_ms), suite.key_id(A))
    assert {entry.public: entry.state for entry in after.seal} == states((A, "revoked"), (B, "active"))
    with pytest.raises(TrustError, match="no seal key"):
        changes.revoke_seal(NEXT, b"x" * 8)


def test_a_receipt_key_stands_beside_the_last_one_or_in_its_place() -> None:
    (old,) = FIRST_SET.receipt
    assert changes.rotate_receipt(NEXT, b"n" * 32, compromised=False).receipt == (old, b"n" * 32)
    assert changes.rotate_receipt(NEXT, b"n" * 32, compromised=True).receipt == (b"n" * 32,)
    twice = changes.rotate_receipt(
        changes.rotate_receipt(NEXT, b"n" * 32, compromised=False), b"m" * 32, compromised=False
    )
    assert twice.receipt == (b"n" * 32, b"m" * 32)


def test_order_keys_are_added_exchanged_and_taken_out() -> None:
    one, two = OrderEntry(b"1" * 32, ("report",)), OrderEntry(b"2" * 32, ("pause",))
    both = changes.rotate_order(changes.rotate_order(NEXT, None, one), None, two)
    assert both.orders == (one, two)
    assert changes.rotate_order(both, one.public, OrderEntry(b"3" * 32, ())).orders == (two, OrderEntry(b"3" * 32, ()))
    assert changes.rotate_order(both, two.public, None).orders == (one,)
    with pytest.raises(TrustError, match="no order key"):
        changes.rotate_order(NEXT, b"9" * 32, None)


def test_what_is_not_named_of_a_broker_stays() -> None:
    last = replace(NEXT, brokers=(("a", 1),), broker_ca=b"old")
    assert changes.rotate_broker(last, (("b", 2),), None).broker_ca == b"old"
    assert changes.rotate_broker(last, (), b"new").brokers == (("a", 1),)


def test_a_unit_that_is_revoked_again_is_believed_up_to_the_later_word() -> None:
    once = changes.revoke_unit(NEXT, b"u" * 16, epoch=3, sequence=4)
    assert changes.revoke_unit(once, b"u" * 16, epoch=2, sequence=1).revoked == (Revoked(b"u" * 16, 2, 1),)
