"""Requests to belong to a fleet, and parts of files that are fetched."""

from collections.abc import Mapping
from typing import Any

from kirpik.wire import cbor, enrol
from kirpik.wire.enrol import ENROL, ENROL_TLS, make_request
from kirpik.wire.part import MAX_BYTES, MAX_FILE_BYTES, PART_BYTES, split
from kirpik.wire.signature import SigningKey
from tests.unit.wire.samples import UNIT_KEY
from tests.wire_vectors import STRANGER, Vector, flip, vector

TLS = SigningKey.from_seed(bytes([44]) * 32)
TOKEN = bytes(range(10))


def enrol_vectors() -> list[Vector]:
    good = make_request(UNIT_KEY, TLS, utc_ms=0, software="0.1", label="Abay 10")
    values = cbor.decode(good[:-64])
    assert isinstance(values, dict)
    told = {"unit": enrol.open_request(good).unit.hex(), "tls": TLS.public.hex(), "label": "Abay 10"}
    with_token = make_request(UNIT_KEY, TLS, utc_ms=0, software="0.1", label="Abay 10", token=TOKEN)
    bad = {
        "the TLS key's word for another unit": (
            values | {8: TLS.sign(ENROL_TLS, STRANGER.public)}, "enrol-tls-proof"
        ),
        "the TLS key's word for another purpose": (values | {8: TLS.sign(ENROL, UNIT_KEY.public)}, "enrol-tls-proof"),
        "somebody else's TLS key": (values | {2: STRANGER.public}, "enrol-tls-proof"),
        "a label without end": (values | {5: "x" * 65}, "field-range"),
        "a key too short": (values | {1: bytes(31)}, "field-range"),
        "a private key": (values | {9: bytes(32)}, "field-unknown"),
    }  # fmt: skip
    return [
        vector("good", good, **told, token=False),
        vector("good, with a site's token", with_token, **told, token=True),
        vector("a token's id without its proof", _signed(values | {6: enrol.token_id(TOKEN)}), **told, token=False),
        vector("altered", flip(good, 40), "enrol-signature"),
        vector("by another unit's key", _signed(values, STRANGER), "enrol-signature"),
        vector("a signature alone", good[-64:], "enrol-size"),
        vector("oversized", good.ljust(4097, b"\0"), "enrol-size"),
        *[vector(name, _signed(changed), refused) for name, (changed, refused) in bad.items()],
    ]  # fmt: skip


def _signed(values: Mapping[Any, Any], key: SigningKey = UNIT_KEY) -> bytes:
    body = cbor.encode(dict(values))
    return body + key.sign(ENROL, body)


def part_vectors() -> list[Vector]:
    first, last = split(bytes(range(256)) * 129)
    shapes: dict[str, tuple[object, str]] = {
        "shorter than its place": ([40_000, 0, bytes(100)], "part-size"),
        "longer than its place": ([100, 0, bytes(101)], "part-size"),
        "behind the end": ([100, 1, b"x"], "part-size"),
        "of a file larger than units take": ([MAX_FILE_BYTES + 1, 0, bytes(PART_BYTES)], "field-range"),
        "of a file of nothing": ([0, 0, b""], "field-range"),
        "a number below zero": ([100, -1, bytes(100)], "field-range"),
        "a map": ({1: 100, 2: 0, 3: bytes(100)}, "field-type"),
    }
    return [
        vector("the last of two", last, size=33024, number=1),
        vector("a whole file", next(split(b"network")), size=7, number=0),
        vector("oversized", first.ljust(MAX_BYTES + 1, b"\0"), "part-size"),
        *[vector(name, cbor.encode(shape), refused) for name, (shape, refused) in shapes.items()],
    ]
