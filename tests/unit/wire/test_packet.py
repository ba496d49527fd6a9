import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from kirpik.errors import WireError
from kirpik.wire import packet, suite
from kirpik.wire.ids import genesis_link, unit_id
from kirpik.wire.packet import Header
from kirpik.wire.signature import OUTER, SigningKey
from tests.unit.wire.samples import SEAL, UNIT, UNIT_KEY, build

PACKET = build(b"what the unit says")
STRANGER = SigningKey.from_seed(b"s" * 32)


def name_of_refusal(data: bytes, public: bytes = UNIT_KEY.public, key: suite.SealKey = SEAL) -> str:
    with pytest.raises(WireError) as caught:
        packet.open_packet(data, public, key)
    return caught.value.name


@given(st.binary(max_size=packet.room(4096)), st.integers(1, 2**32 - 1), st.integers(1, 2**64 - 1))
def test_a_packet_opens_to_what_was_put_in(payload: bytes, epoch: int, sequence: int) -> None:
    opened = packet.open_packet(build(payload, epoch=epoch, sequence=sequence), UNIT_KEY.public, SEAL)
    assert opened.payload == payload
    assert opened.header == Header(1, suite.key_id(SEAL.public), UNIT, epoch, sequence, genesis_link(UNIT))


@pytest.mark.parametrize("size", packet.SIZES)
def test_a_packet_has_its_fixed_size_however_little_is_in_it(size: int) -> None:
    assert len(build(b"", size=size)) == size
    assert len(build(bytes(packet.room(size)), size=size)) == size
    with pytest.raises(WireError, match="packet-too-large"):
        build(bytes(packet.room(size) + 1), size=size)


def test_without_a_size_the_smallest_that_fits_is_taken() -> None:
    assert [len(build(bytes(n), size=None)) for n in (0, 2719, 2720, 9000)] == [4096, 4096, 6144, 16384]


def test_no_flipped_bit_is_accepted() -> None:
    for at in (*range(84), *range(84, len(PACKET), 7)):
        flipped = PACKET[:at] + bytes([PACKET[at] ^ 1 << at % 8]) + PACKET[at + 1 :]
        name_of_refusal(flipped)


def test_no_flipped_bit_behind_a_renewed_outer_signature_is_accepted() -> None:
    """An insider who holds the unit's key changes a sealed packet: the seal and the inner signature still refuse."""
    body = PACKET[:-64]
    for at in (*range(20, 84), *range(84, len(body), 13)):
        forged = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        name_of_refusal(forged + UNIT_KEY.sign(OUTER, forged))


def test_another_key_neither_checks_nor_opens() -> None:
    assert name_of_refusal(PACKET, public=STRANGER.public) == "packet-outer-signature"
    assert name_of_refusal(PACKET, key=suite.SealKey.from_seed(bytes(32))) == "packet-recipient"


def test_a_body_under_another_header_is_refused() -> None:
    """Sealed for sequence 1, shown as sequence 2, properly signed outside."""
    header = packet.parse_header(build(sequence=2)).pack()
    body = header + PACKET[80:-64]
    assert name_of_refusal(body + UNIT_KEY.sign(OUTER, body)) == "seal-open"


def test_an_inner_signature_under_another_header_is_refused() -> None:
    """The recipient seals what it has opened again, as another packet: surreptitious forwarding."""
    inner = packet.open_packet(PACKET, UNIT_KEY.public, SEAL).evidence[80:]
    header = packet.parse_header(build(sequence=2)).pack()
    plaintext = (struct.pack(">I", len(inner)) + inner).ljust(4096 - packet.OVERHEAD_BYTES, b"\0")
    body = header + suite.seal(plaintext, SEAL.public, packet.INFO + header)
    assert name_of_refusal(body + UNIT_KEY.sign(OUTER, body)) == "sign1-signature"


def test_the_unit_cannot_open_its_own_packet() -> None:
    """It holds its signing seed and the recipient's public key: neither is a key that opens."""
    for seed in (UNIT_KEY.seed(), SEAL.public[:32], SEAL.public[-32:]):
        with pytest.raises(WireError):
            suite.SealKey.from_seed(seed).open(PACKET[80:-64], packet.INFO + PACKET[:80])


def test_evidence_is_checked_by_an_independent_library() -> None:
    evidence = packet.open_packet(PACKET, UNIT_KEY.public, SEAL).evidence
    message = Sign1Message.decode(b"\xd2" + evidence[80:])
    message.key = OKPKey(crv="ED25519", x=UNIT_KEY.public)
    message.external_aad = evidence[:80]
    assert message.verify_signature()
    assert message.payload == b"what the unit says"
    message.external_aad = evidence[:79] + b"\0"
    assert not message.verify_signature()


def test_evidence_outlives_the_packet() -> None:
    opened = packet.open_packet(PACKET, UNIT_KEY.public, SEAL)
    assert packet.check_evidence(opened.evidence, UNIT_KEY.public) == opened
    evidence = opened.evidence
    for at in (0, 5, 20, 50, 90, len(evidence) - 1):
        with pytest.raises(WireError):
            packet.check_evidence(evidence[:at] + bytes([evidence[at] ^ 1]) + evidence[at + 1 :], UNIT_KEY.public)


def test_an_opened_packet_does_not_show_what_is_in_it() -> None:
    assert "what the unit says" not in repr(packet.open_packet(PACKET, UNIT_KEY.public, SEAL))


def test_a_unit_is_named_after_its_first_key() -> None:
    assert unit_id(UNIT_KEY.public) == UNIT
    assert unit_id(STRANGER.public) != UNIT
