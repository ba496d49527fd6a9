"""Re-wrapping, key changes and chains, where vectors do not reach."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire import opening, packet, rewrap, suite
from kirpik.wire.checkpoint import MAX_GIVEN_UP, GivenUp, decode_checkpoint, encode_checkpoint
from kirpik.wire.ids import genesis_link
from kirpik.wire.keychange import KeyHistory
from kirpik.wire.packet import Header
from tests.unit.wire.samples import CHECKPOINT, SEAL, UNIT, UNIT_KEY, build
from tests.wire_vectors import NEXT_KEY, OTHER_SEAL, STRANGER

KEYS = {suite.key_id(key.public): key for key in (SEAL, OTHER_SEAL)}


def opened(wire: bytes) -> packet.Opened:
    return opening.open_any(wire, lambda _: [UNIT_KEY.public], KEYS)[0]


@pytest.mark.parametrize("size", packet.SIZES)
def test_a_packet_keeps_its_place_its_link_and_its_evidence_through_three_wrappings(size: int) -> None:
    wire = build(b"what the unit says", size=size)
    for turn in range(3):
        wrapped = rewrap.rewrap(wire, signer=UNIT_KEY, recipient_public=(OTHER_SEAL, SEAL)[turn % 2].public)
        assert packet.link(wrapped) == packet.link(wire)
        assert packet.digest(wrapped) != packet.digest(wire)
        assert opened(wrapped) == opened(wire)
        wire = wrapped


def test_the_largest_cannot_be_wrapped_a_fourth_time() -> None:
    wire = build(b"x", size=packet.SIZES[-1])
    for _ in range(3):
        wire = rewrap.rewrap(wire, signer=UNIT_KEY, recipient_public=SEAL.public)
    with pytest.raises(WireError, match="packet-too-large"):
        rewrap.rewrap(wire, signer=UNIT_KEY, recipient_public=SEAL.public)


def test_what_was_wrapped_opens_only_with_both_keys() -> None:
    wire = rewrap.rewrap(build(b"x"), signer=UNIT_KEY, recipient_public=OTHER_SEAL.public)
    for key in (SEAL, OTHER_SEAL):
        with pytest.raises(WireError, match="packet-recipient"):
            opening.open_any(wire, lambda _: [UNIT_KEY.public], {suite.key_id(key.public): key})


def test_a_wrapping_by_a_later_key_is_taken_and_one_by_an_earlier_key_is_not() -> None:
    history = KeyHistory(UNIT_KEY.public, [(3, 2, NEXT_KEY.public)])
    old = build(b"x", epoch=3, sequence=1)
    wrapped = rewrap.rewrap(old, signer=NEXT_KEY, recipient_public=SEAL.public)
    assert opening.open_any(wrapped, history.at, KEYS)[0].payload == b"x"
    late = rewrap.rewrap(build(b"x", epoch=3, sequence=3), signer=UNIT_KEY, recipient_public=SEAL.public)
    with pytest.raises(WireError, match="packet-outer-signature"):
        opening.open_any(late, history.at, KEYS)


PLACES = [((3, 1), UNIT_KEY), ((3, 2), UNIT_KEY), ((3, 3), NEXT_KEY), ((4, 9), NEXT_KEY), ((9, 1), STRANGER)]


@pytest.mark.parametrize(("place", "key"), PLACES, ids=[str(place) for place, _ in PLACES])
def test_a_key_is_good_for_the_places_after_its_change(place: tuple[int, int], key: object) -> None:
    history = KeyHistory(UNIT_KEY.public, [(3, 2, NEXT_KEY.public), (5, 1, STRANGER.public)])
    header = Header(1, bytes(8), UNIT, *place, genesis_link(UNIT))
    assert history.at(header) == (key.public,)  # type: ignore[attr-defined]  # a SigningKey


@given(st.binary(max_size=3000))
def test_what_is_no_packet_is_not_wrapped(junk: bytes) -> None:
    with pytest.raises(WireError):
        rewrap.rewrap(junk, signer=UNIT_KEY, recipient_public=SEAL.public)


def test_a_checkpoint_with_all_that_it_may_say_fits_the_usual_size() -> None:
    rows = tuple(GivenUp(2**32 - 1, 2**63, bytes([number]) * 32) for number in range(MAX_GIVEN_UP))
    data = encode_checkpoint(replace(CHECKPOINT, given_up=rows, last_receipt=b"r" * 32))
    assert decode_checkpoint(data).given_up == rows
    assert len(data) <= packet.room(4096)
    with pytest.raises(WireError, match="field-range"):
        encode_checkpoint(replace(CHECKPOINT, given_up=(*rows, rows[0])))
