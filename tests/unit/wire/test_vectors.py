"""The vectors that other programs are written against: docs/wire/vectors."""

import json
from collections.abc import Callable

import pytest

from kirpik.errors import WireError
from kirpik.wire import cbor, dualsign, ids, packet, suite
from kirpik.wire.keydocs import next_root, open_keyset, open_root
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import decode_record, encode_record
from kirpik.wire.signature import SigningKey
from tests.wire_vectors import FOLDER, Vector


def load(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


def each(name: str) -> Callable[[Callable[[Vector], None]], object]:
    return pytest.mark.parametrize("vector", [pytest.param(v, id=str(v["name"])) for v in load(name)])


IDS: dict[str, str] = json.loads((FOLDER / "ids.json").read_text(encoding="utf-8"))
UNIT_PUBLIC = bytes.fromhex(IDS["unit_public"])
SEAL = suite.SealKey.from_seed(bytes.fromhex(IDS["seal_seed"]))


def outcome(vector: Vector, read: Callable[[bytes], object]) -> object:
    """What `read` makes of it; a refused one must be refused by its very name, and then there is nothing."""
    data = bytes.fromhex(str(vector["hex"]))
    if "refused" not in vector:
        return read(data)
    with pytest.raises(WireError) as caught:
        read(data)
    assert caught.value.name == vector["refused"]
    return None


def test_names_follow_from_keys() -> None:
    assert SigningKey.from_seed(bytes.fromhex(IDS["unit_seed"])).public == UNIT_PUBLIC
    assert ids.unit_id(UNIT_PUBLIC).hex() == IDS["unit_id"]
    assert ids.genesis_link(ids.unit_id(UNIT_PUBLIC)).hex() == IDS["genesis_link"]
    assert SEAL.public.hex() == IDS["seal_public"]
    assert suite.key_id(SEAL.public).hex() == IDS["seal_key_id"]
    assert dualsign.key_id(dualsign.DocumentKey(bytes.fromhex(IDS["holder_seed"])).public).hex() == IDS["holder_key_id"]


@each("cbor")
def test_cbor(vector: Vector) -> None:
    outcome(vector, lambda data: cbor.encode(cbor.decode(data)) == data or pytest.fail("another form"))


@each("packet")
def test_packets(vector: Vector) -> None:
    opened = outcome(vector, lambda data: packet.open_packet(data, UNIT_PUBLIC, SEAL))
    if isinstance(opened, packet.Opened):
        assert opened.payload.hex() == vector["payload"]
        assert opened.evidence.hex() == vector["evidence"]
        assert packet.link(bytes.fromhex(str(vector["hex"]))).hex() == vector["link"]


@each("record")
def test_records(vector: Vector) -> None:
    record = outcome(vector, decode_record)
    if record is None:
        return
    record = decode_record(bytes.fromhex(str(vector["hex"])))
    rows = [[row.time_us, row.exposure_us, row.sigma_mpx, list(row.corners_px32)] for row in record.track]
    told = {"kind": record.kind, "plate": record.plate.reveal(), "speed_m_per_h": record.speed_m_per_h, "track": rows}
    assert told == vector["says"]
    assert encode_record(record).hex() == vector["hex"]


@each("receipt")
def test_receipts(vector: Vector) -> None:
    outcome(vector, lambda data: verify_receipt(data, [bytes.fromhex(IDS["receipt_public"])]))


@each("documents")
def test_documents(vector: Vector) -> None:
    first = open_root(bytes.fromhex(str(load("documents")[0]["hex"])))
    readers: dict[object, Callable[[bytes], object]] = {
        "first": open_root,
        "root": lambda data: next_root(first, data),
        "set": lambda data: open_keyset(data, first),
    }
    outcome(vector, readers[vector["what"]])
