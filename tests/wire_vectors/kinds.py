"""Packets of kinds 2 to 4, and chains."""

from dataclasses import replace

from kirpik.wire import cbor, ids, packet, rewrap, suite
from kirpik.wire.checkpoint import encode_checkpoint
from kirpik.wire.keychange import encode_key_change
from kirpik.wire.packet import Header
from kirpik.wire.record import encode_record
from kirpik.wire.signature import SigningKey
from tests.unit.wire import samples
from tests.unit.wire.samples import CHECKPOINT, RECORD, SEAL, UNIT, UNIT_KEY
from tests.wire_vectors import NEXT_KEY, OTHER_SEAL, STRANGER, Vector, flip, vector


def kinds_vectors() -> list[Vector]:
    """Kinds 2 to 4, opened to what the unit sealed: with `seal_seed` and the seed of 32 zeros, by `unit_public`."""
    first = packet.build(
        encode_record(RECORD), signer=UNIT_KEY, unit=UNIT, recipient_public=OTHER_SEAL.public,
        epoch=1, sequence=1, previous=ids.genesis_link(UNIT), size=4096,
    )  # fmt: skip
    once = rewrap.rewrap(first, signer=UNIT_KEY, recipient_public=SEAL.public)
    twice = rewrap.rewrap(once, signer=UNIT_KEY, recipient_public=OTHER_SEAL.public)
    told = {"link": packet.link(first).hex(), "holds": "record"}
    stranger = Header(3, b"", UNIT, 1, 4, bytes(32))
    second = samples.build(b"another", epoch=1, sequence=2)
    return [
        vector("re-wrapped", once, **told),
        vector("re-wrapped twice", twice, **told),
        vector(
            "re-wrapped, of a size for others",
            _sealed(Header(2, b"", UNIT, 1, 1, bytes(32)), b"x", 4096),
            "packet-size",
        ),
        vector("re-wrapped with nothing in it", _sealed(Header(2, b"", UNIT, 1, 1, bytes(32)), b""), "packet-size"),
        vector("re-wrapped at another place", _wrap(second, sequence=3), "rewrap-place"),
        vector("re-wrapped under another link", _wrap(second, link=bytes(32)), "rewrap-link"),
        vector("re-wrapped, the packet inside altered", _wrap(flip(second, -1)), "packet-outer-signature"),
        vector(
            "larger than a packet may be", _sealed(Header(4, b"", UNIT, 1, 1, bytes(32)), b"x", 18432), "packet-size"
        ),
        vector("key change", key_change(), holds="key change"),
        vector("key change, the new key's word for another place", key_change(proven=stranger), "keychange-proof"),
        vector("key change by a stranger's word", key_change(signer=STRANGER), "keychange-proof"),
        vector("key change to the same key", key_change(new=UNIT_KEY), "keychange-same"),
        vector("checkpoint", _sealed(PLACE_4, encode_checkpoint(CHECKPOINT)), holds="checkpoint"),
        *[vector(name, _sealed(PLACE_4, data), refused) for name, (data, refused) in _checkpoints().items()],
    ]


PLACE_3, PLACE_4 = (Header(kind, b"", UNIT, 1, 9, ids.genesis_link(UNIT)) for kind in (3, 4))


def _sealed(header: Header, payload: bytes, size: int | None = None) -> bytes:
    header = replace(header, recipient=suite.key_id(SEAL.public))
    return packet.seal(payload, header=header, signer=UNIT_KEY, recipient_public=SEAL.public, size=size)


def _wrap(inside: bytes, *, sequence: int | None = None, link: bytes | None = None) -> bytes:
    told = packet.parse_header(inside)
    header = replace(told, kind=2, sequence=sequence or told.sequence, previous=link or packet.link(inside))
    return _sealed(header, inside)


def key_change(
    *, new: SigningKey = NEXT_KEY, signer: SigningKey | None = None, proven: Header | None = None,
    place: Header = PLACE_3,
) -> bytes:  # fmt: skip
    header = replace(proven or place, recipient=suite.key_id(SEAL.public))
    data = encode_key_change(signer or new, header=header, keyset_version=3, last_receipt=None)
    values = cbor.decode(data)
    assert isinstance(values, dict)
    return _sealed(place, cbor.encode(values | {1: new.public}))


def _checkpoints() -> dict[str, tuple[bytes, str]]:
    values = cbor.decode(encode_checkpoint(CHECKPOINT))
    assert isinstance(values, dict)
    return {
        "checkpoint of a later version": (cbor.encode(values | {0: 2}), "payload-version"),
        "checkpoint for an unknown reason": (cbor.encode(values | {1: "because"}), "field-range"),
        "checkpoint with a plate": (cbor.encode(values | {17: "123ABC01"}), "field-unknown"),
        "a record as a checkpoint": (encode_record(RECORD), "field-unknown"),
    }


def chain_vectors() -> list[Vector]:
    """Headers with links, followed one after the other from the genesis link of `unit_id`; the last may be refused."""
    one, two, three = (bytes([number]) * 32 for number in (1, 2, 3))
    genesis, other = ids.genesis_link(UNIT), bytes(16)
    cases: list[tuple[str, list[tuple[int, int, bytes, bytes]], str]] = [
        ("over a start", [(5, 1, genesis, one), (5, 2, one, two), (9, 1, two, three)], ""),
        ("not from the beginning", [(5, 1, one, two)], "chain-previous"),
        ("a gap", [(5, 1, genesis, one), (5, 3, one, two)], "chain-gap"),
        ("a start in the middle", [(5, 1, genesis, one), (6, 2, one, two)], "chain-gap"),
        ("the same again", [(5, 1, genesis, one), (5, 1, genesis, one)], "chain-stale"),
        ("stale epoch", [(5, 1, genesis, one), (4, 1, one, two)], "chain-stale"),
        ("a branch", [(5, 1, genesis, one), (5, 2, one, two), (6, 1, one, three)], "chain-previous"),
    ]
    unit = Header(1, bytes(8), other, 5, 1, genesis)
    strange: Vector = {"name": "another unit", "packets": [[unit.pack().hex(), one.hex()]], "refused": "chain-unit"}
    return [strange, *[_chain(name, rows, refused) for name, rows, refused in cases]]


def _chain(name: str, rows: list[tuple[int, int, bytes, bytes]], refused: str) -> Vector:
    packets = [
        [Header(1, bytes(8), UNIT, epoch, sequence, before).pack().hex(), link.hex()]
        for epoch, sequence, before, link in rows
    ]
    return {"name": name, "packets": packets, **({"refused": refused} if refused else {})}
