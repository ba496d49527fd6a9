"""Write docs/wire/vectors/*.json anew: `python -m tests.wire_vectors`. Sealing is random, so packets differ each time.

A vector is either good, with all that must come out, or has `refused`, the name of the one refusal that must come.
"""

import json
import struct
from dataclasses import replace
from pathlib import Path

from kirpik.wire import cbor, dualsign, ids, packet, sign1, signature, suite, terms
from kirpik.wire.keydocs import sign_document
from kirpik.wire.receipt import Refusal, sign_receipt
from kirpik.wire.record import Cover, Record, SignalRow, encode_cover, encode_record
from kirpik.wire.signature import OUTER, SigningKey
from kirpik.wire.track import encode_track
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, RECEIPT, RECEIPT_KEY, RECORD, SEAL, SEAL_SEED, UNIT, UNIT_KEY

FOLDER = Path(__file__).parents[1] / "docs" / "wire" / "vectors"

Vector = dict[str, object]

CBOR_GOOD: tuple[object, ...] = (
    0,
    23,
    24,
    255,
    256,
    2**32,
    2**64 - 1,
    -1,
    -24,
    -25,
    -(2**64),
    "",
    "аы",
    b"",
    b"\0",
    [],
    [1, [2]],
    True,
    None,
)
CBOR_BAD = {
    "trailing byte": ("0000", "cbor-trailing"),
    "nothing": ("", "cbor-short"),
    "text cut": ("6261", "cbor-short"),
    "array cut": ("8201", "cbor-short"),
    "length beyond memory": ("5b7fffffffffffffff", "cbor-short"),
    "23 in two bytes": ("1817", "cbor-not-minimal"),
    "255 in three bytes": ("1900ff", "cbor-not-minimal"),
    "65535 in five bytes": ("1a0000ffff", "cbor-not-minimal"),
    "long form of a length": ("580100", "cbor-not-minimal"),
    "indefinite array": ("9fff", "cbor-indefinite"),
    "indefinite bytes": ("5f4100ff", "cbor-indefinite"),
    "tag": ("c000", "cbor-tag"),
    "float": ("f93c00", "cbor-simple"),
    "undefined": ("f7", "cbor-simple"),
    "break": ("ff", "cbor-simple"),
    "not UTF-8": ("61ff", "cbor-utf8"),
    "duplicate key": ("a200000001", "cbor-duplicate-key"),
    "keys out of order": ("a201000000", "cbor-key-order"),
    "byte string as key": ("a1410000", "cbor-key-type"),
    "true as key": ("a1f500", "cbor-key-type"),
    "too deep": ("81" * 9 + "00", "cbor-depth"),
}


def vector(name: str, data: bytes, refused: str = "", **says: object) -> Vector:
    return {"name": name, "hex": data.hex(), **({"refused": refused} if refused else says)}


def cbor_vectors() -> list[Vector]:
    ordered = {10: 1, 100: 2, -1: 3, "z": 4, "aa": 5}
    good = [vector(f"value {n}", cbor.encode(value)) for n, value in enumerate((*CBOR_GOOD, ordered))]
    return good + [vector(name, bytes.fromhex(data), refused) for name, (data, refused) in CBOR_BAD.items()]


def id_vectors() -> Vector:
    return {
        "unit_seed": UNIT_KEY.seed().hex(), "unit_public": UNIT_KEY.public.hex(), "unit_id": UNIT.hex(),
        "genesis_link": ids.genesis_link(UNIT).hex(), "seal_seed": SEAL_SEED.hex(), "seal_public": SEAL.public.hex(),
        "seal_key_id": suite.key_id(SEAL.public).hex(), "receipt_public": RECEIPT_KEY.public.hex(),
        "holder_seed": (bytes([3]) * 32).hex(), "holder_key_id": dualsign.key_id(HOLDERS[3].public).hex(),
    }  # fmt: skip


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
        vector("one byte short", good[:-1], "packet-size"),
        vector("epoch 0", good[:36] + bytes(4) + good[40:], "packet-place"),
        *[vector(f"{name} altered", _flip(good, at), refused) for name, (at, refused) in flips.items()],
        *[vector(name, data, refused) for name, (data, refused) in _inside().items()],
    ]


def _inside() -> dict[str, tuple[bytes, str]]:
    """Well sealed and well signed outside, wrong within: what only somebody with the unit's key could make."""
    other_header = packet.parse_header(samples.build(sequence=9)).pack()
    header = packet.parse_header(samples.build(sequence=3)).pack()
    inner = sign1.sign(b"x", signer=UNIT_KEY, unit=UNIT, header=header)
    message = cbor.decode(inner)
    assert isinstance(message, list)
    protected, _, payload, proof = message
    stranger = SigningKey.from_seed(b"s" * 32)
    return {
        "sealed to another key": (_seal(header, inner, key=suite.SealKey.from_seed(bytes(32))), "seal-open"),
        "length beyond the plaintext": (_seal(header, inner, length=60_000), "packet-length"),
        "padding not zero": (_seal(header, inner, length=len(inner) - 1), "packet-padding"),
        "inner signature for another header": (
            _seal(header, sign1.sign(b"x", signer=UNIT_KEY, unit=UNIT, header=other_header)), "sign1-signature"),
        "inner signature by a stranger": (
            _seal(header, sign1.sign(b"x", signer=stranger, unit=UNIT, header=header)), "sign1-signature"),
        "inner key id of another unit": (
            _seal(header, sign1.sign(b"x", signer=UNIT_KEY, unit=bytes(16), header=header)), "sign1-header"),
        "something unprotected": (_seal(header, cbor.encode([protected, {4: b""}, payload, proof])), "sign1-header"),
        "three elements": (_seal(header, cbor.encode([protected, {}, payload])), "sign1-form"),
        "payload is text": (_seal(header, cbor.encode([protected, {}, "x", proof])), "sign1-form"),
    }  # fmt: skip


def _seal(header: bytes, inner: bytes, *, key: suite.SealKey = SEAL, length: int | None = None) -> bytes:
    told = len(inner) if length is None else length
    plaintext = (struct.pack(">I", told) + inner).ljust(4096 - packet.OVERHEAD_BYTES, b"\0")
    body = header + suite.seal(plaintext, key.public, packet.INFO + header)
    return body + UNIT_KEY.sign(OUTER, body)


def _flip(data: bytes, at: int) -> bytes:
    altered = bytearray(data)
    altered[at] ^= 0x80
    return bytes(altered)


def record_vectors() -> list[Vector]:
    signal = terms.Terms(signal="A", line_mm=((-1750, 25_000), (1750, 25_000)), exit_mm=3000, grace_ms=500, amber=False)
    red = replace(
        RECORD, kind="red_light", terms=signal, signal_changes=(SignalRow(-900_000, "A", "red"),), speed_m_per_h=None
    )
    data = encode_record(RECORD)
    values = cbor.decode(data)
    assert isinstance(values, dict)
    bad = {
        "unknown key": (values | {33: "blue estate car"}, "field-unknown"),
        "text key": (values | {"name": "A. N. Other"}, "field-unknown"),
        "without a clock source": ({k: v for k, v in values.items() if k != 6}, "field-missing"),
        "speed as text": (values | {11: "83410"}, "field-type"),
        "frames as a boolean": (values | {16: True}, "field-type"),
        "kind unknown": (values | {2: "parking"}, "field-range"),
        "plate in lower case": (values | {17: "123abc01"}, "field-range"),
        "terms of another kind": (values | {9: terms.to_map("red_light", signal)}, "field-unknown"),
        "track cut": (values | {23: encode_track(RECORD.track)[:-1]}, "track-short"),
        "a row of the track at the same time": (values | {23: bytes(22)}, "track-time"),
        "covered and yet a record": (values | {32: True}, "field-unknown"),
        "an array": ([1], "field-type"),
    }
    return [
        _record("speeding", RECORD),
        _record("red light", red),
        vector("cover", encode_cover(Cover(keyset_version=3, last_receipt=None)), "record-cover"),
        *[vector(name, cbor.encode(told), refused) for name, (told, refused) in bad.items()],
    ]


def _record(name: str, record: Record) -> Vector:
    rows = [[row.time_us, row.exposure_us, row.sigma_mpx, list(row.corners_px32)] for row in record.track]
    told = {"kind": record.kind, "plate": record.plate.reveal(), "speed_m_per_h": record.speed_m_per_h, "track": rows}
    return vector(name, encode_record(record), says=told)


def receipt_vectors() -> list[Vector]:
    full = replace(RECEIPT, selective=((4, b"a" * 32),), refused=(Refusal(5, b"c" * 32, "record"),))
    good = sign_receipt(full, RECEIPT_KEY)
    values = cbor.decode(good[:-64])
    assert isinstance(values, dict)
    short = cbor.encode(values | {1: b"short"})
    return [
        vector("good", good, up_to=2),
        vector("altered", _flip(good, 60), "receipt-signature"),
        vector("by another key", sign_receipt(full, UNIT_KEY), "receipt-signature"),
        vector("signed as a packet", good[:-64] + RECEIPT_KEY.sign(OUTER, good[:-64]), "receipt-signature"),
        vector("unit too short", short + RECEIPT_KEY.sign(signature.RECEIPT, short), "field-range"),
    ]


def document_vectors() -> list[Vector]:
    """Roles of one holder, to keep the file small. What is a "root" or "set" is judged under the first root."""
    first = samples.root(1, root_role=samples.role(0, threshold=1), keys_role=samples.role(3, threshold=1))
    by_keys, by_root = (sign_document(samples.keyset(4), [HOLDERS[n]]) for n in (3, 0))
    second, third = (sign_document(replace(first, version=v), [HOLDERS[0]]) for v in (2, 3))
    stranger = sign_document(replace(first, version=2), [HOLDERS[1]])
    documents = (
        ("first", "first root", sign_document(first, [HOLDERS[0]]), ""),
        ("root", "next root", second, ""),
        ("root", "a root left out", third, "root-version"),
        ("root", "root by a stranger", stranger, "document-threshold"),
        ("set", "key set", by_keys, ""),
        ("set", "key set by the root's holder", by_root, "document-threshold"),
        ("set", "key set altered", _flip(by_keys, 300), "document-threshold"),
        ("set", "a root as a key set", second, "document-kind"),
    )
    return [{"what": what, **vector(name, data, refused)} for what, name, data, refused in documents]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "ids.json").write_text(json.dumps(id_vectors(), indent=1) + "\n", encoding="utf-8")
    _write("cbor", cbor_vectors())
    _write("packet", packet_vectors())
    _write("record", record_vectors())
    _write("receipt", receipt_vectors())
    _write("documents", document_vectors())


def _write(name: str, vectors: list[Vector]) -> None:
    """One vector a line."""
    lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
