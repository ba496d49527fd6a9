"""Packets of kind 1, and all that somebody could do to them on the way, or with the unit's key."""

import struct

from kirpik.wire import cbor, packet, sign1, suite
from kirpik.wire.record import encode_record
from kirpik.wire.signature import OUTER
from tests.unit.wire import samples
from tests.unit.wire.samples import RECORD, SEAL, UNIT, UNIT_KEY
from tests.wire_vectors import OTHER_SEAL, STRANGER, Vector, flip, resign, vector


def packet_vectors() -> list[Vector]:
    payload = encode_record(RECORD)
    good = samples.build(payload, epoch=7, sequence=2)
    evidence, link = packet.open_packet(good, UNIT_KEY.public, SEAL).evidence, packet.link(good)
    outer = "packet-outer-signature"
    flips = {
        "magic": (0, "packet-magic"), "format version": (4, "packet-version"), "kind": (5, "packet-kind"),
        "suite": (6, "packet-suite"), "recipient": (12, outer), "unit": (20, outer), "sequence": (47, outer),
        "enc": (100, outer), "ciphertext": (2000, outer), "outer signature": (-1, outer),
    }  # fmt: skip
    return [
        vector("good", good, payload=payload.hex(), evidence=evidence.hex(), link=link.hex()),
        *[vector(f"of {size} bytes", wire, payload="70", link=packet.link(wire).hex()) for size, wire in _sized()],
        vector("nothing", b"", "packet-size"),
        vector("one byte short", good[:-1], "packet-size"),
        vector("one byte long", good + b"\0", "packet-size"),
        vector("oversized", good.ljust(65536, b"\0"), "packet-size"),
        vector("cut to a size that is allowed", samples.build(payload, size=8192)[:4096], outer),
        *[vector(f"{name} altered", flip(good, at), refused) for name, (at, refused) in flips.items()],
        *[vector(name, resign(good, at, new), refused) for name, (at, new, refused) in RESIGNED.items()],
        *[vector(name, data, refused) for name, (data, refused) in _inside().items()],
    ]


def _sized() -> list[tuple[int, bytes]]:
    return [(size, samples.build(b"p", size=size)) for size in packet.SIZES]


RESIGNED = {
    "unknown version, well signed": (4, b"\2", "packet-version"),
    "unknown kind, well signed": (5, b"\5", "packet-kind"),
    "kind 0, well signed": (5, b"\0", "packet-kind"),
    "another KEM, well signed": (6, b"\0\x20", "packet-suite"),
    "another AEAD, well signed": (10, b"\0\1", "packet-suite"),
    "epoch 0, well signed": (36, bytes(4), "packet-place"),
    "sequence 0, well signed": (40, bytes(8), "packet-place"),
    "wrong recipient, well signed": (12, bytes(8), "packet-recipient"),
    "another unit, well signed": (20, bytes(16), "seal-open"),
    "another epoch, well signed": (36, b"\0\0\0\x08", "seal-open"),
    "another previous, well signed": (48, bytes(32), "seal-open"),
    "shown as a checkpoint, well signed": (5, b"\4", "seal-open"),
    "enc altered, well signed": (1000, b"\xff\xfe", "seal-open"),
    "tag altered, well signed": (-66, b"\xff\xfe", "seal-open"),
}
"""By somebody who holds the unit's key: where, what is put there, and why it is refused all the same."""


def _inside() -> dict[str, tuple[bytes, str]]:
    """Well sealed and well signed outside, wrong within: what only somebody with the unit's key could make."""
    other = samples.build(sequence=9)
    other_header = packet.parse_header(other).pack()
    header = packet.parse_header(samples.build(sequence=3)).pack()
    inner = sign1.sign(b"x", signer=UNIT_KEY, unit=UNIT, header=header)
    message = cbor.decode(inner)
    assert isinstance(message, list)
    protected, _, payload, proof = message
    transplanted = header + other[80:-64]
    return {
        "sealed to another key": (_seal(header, inner, key=OTHER_SEAL), "seal-open"),
        "a body under another header": (transplanted + UNIT_KEY.sign(OUTER, transplanted), "seal-open"),
        "length beyond the plaintext": (_seal(header, inner, length=60_000), "packet-length"),
        "length of four gigabytes": (_seal(header, inner, length=2**32 - 1), "packet-length"),
        "padding not zero": (_seal(header, inner, length=len(inner) - 1), "packet-padding"),
        "nothing inside": (_seal(header, b""), "cbor-short"),
        "inner signature for another header": (
            _seal(header, sign1.sign(b"x", signer=UNIT_KEY, unit=UNIT, header=other_header)), "sign1-signature"),
        "inner signature by a stranger": (
            _seal(header, sign1.sign(b"x", signer=STRANGER, unit=UNIT, header=header)), "sign1-signature"),
        "inner key id of another unit": (
            _seal(header, sign1.sign(b"x", signer=UNIT_KEY, unit=bytes(16), header=header)), "sign1-header"),
        "something unprotected": (_seal(header, cbor.encode([protected, {4: b""}, payload, proof])), "sign1-header"),
        "three elements": (_seal(header, cbor.encode([protected, {}, payload])), "sign1-form"),
        "payload is text": (_seal(header, cbor.encode([protected, {}, "x", proof])), "sign1-form"),
        "signature of 63 bytes": (_seal(header, cbor.encode([protected, {}, payload, b"1" * 63])), "sign1-signature"),
        "COSE with its tag": (_seal(header, b"\xd2" + inner), "cbor-tag"),
        "COSE with a byte more": (_seal(header, inner + b"\0"), "cbor-trailing"),
        "COSE in a long form": (_seal(header, b"\x98\x04" + inner[1:]), "cbor-not-minimal"),
    }  # fmt: skip


def _seal(header: bytes, inner: bytes, *, key: suite.SealKey = SEAL, length: int | None = None) -> bytes:
    told = len(inner) if length is None else length
    plaintext = (struct.pack(">I", told) + inner).ljust(4096 - packet.OVERHEAD_BYTES, b"\0")
    body = header + suite.seal(plaintext, key.public, packet.INFO + header)
    return body + UNIT_KEY.sign(OUTER, body)


def evidence_vectors() -> list[Vector]:
    good = packet.open_packet(samples.build(b"x"), UNIT_KEY.public, SEAL).evidence
    return [
        vector("good", good, payload="78"),
        vector("header alone", good[:80], "evidence-short"),
        vector("another sequence", good[:47] + b"\2" + good[48:], "sign1-signature"),
        vector("another version", good[:4] + b"\2" + good[5:], "packet-version"),
        vector("cut", good[:-1], "cbor-short"),
        vector("payload altered", flip(good, good.index(b"\x41x") + 1), "sign1-signature"),
    ]
