"""The vectors that other programs are written against, judged by Kirpik and by an independent reader."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kirpik.errors import WireError
from kirpik.trust.orders import check_order
from kirpik.wire import cbor, chain, contents, dualsign, enrol, health, ids, opening, packet, part, suite, tlog, topics
from kirpik.wire.documents import VERBS, OrderEntry
from kirpik.wire.keydocs import next_root, open_keyset, open_root
from kirpik.wire.order import key_id, open_order
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import decode_record, encode_record
from kirpik.wire.result import verify_result
from kirpik.wire.signature import SigningKey
from tests.checker import Refused, forms, log, orders, reading, strict
from tests.wire_vectors import FOLDER, Vector

SPEC = (Path(__file__).parents[3] / "docs/wire/SPEC.md").read_text(encoding="utf-8")
IDS: dict[str, str] = json.loads((FOLDER / "ids.json").read_text(encoding="utf-8"))
PUBLIC, UNIT = bytes.fromhex(IDS["unit_public"]), bytes.fromhex(IDS["unit_id"])
SEEDS = [bytes.fromhex(IDS["seal_seed"]), bytes(32)]
KEYS = {suite.key_id(key.public): key for key in map(suite.SealKey.from_seed, SEEDS)}
RECEIPT_PUBLIC = bytes.fromhex(IDS["receipt_public"])
ORDER_KEYS: dict[bytes, tuple[str, ...]] = {
    bytes.fromhex(IDS[name]): verbs
    for name, verbs in (("order_first", VERBS), ("order_second", VERBS), ("order_clerk", ("report",)))
}
FIRST_COUNTER, ORDERS_NOW_MS, TOKEN = 7, 1500, bytes.fromhex(IDS["token"])
KEY_SET_BEFORE = 3
"""Version of the key set that a newer one of the vectors is judged against."""


def load(name: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


def raw(vector: Vector) -> bytes:
    return bytes.fromhex(str(vector["hex"]))


@dataclass(frozen=True)
class Reader:
    """Two ways to read one file of vectors; each returns what the vector is to say, by its names."""

    ours: Callable[[Vector], dict[str, Any]]
    theirs: Callable[[Vector], dict[str, Any]]


def _cbor(vector: Vector) -> dict[str, Any]:
    assert cbor.encode(cbor.decode(raw(vector))) == raw(vector)
    return {}


def _packet(vector: Vector) -> dict[str, Any]:
    opened = packet.open_packet(raw(vector), PUBLIC, KEYS[suite.key_id(bytes.fromhex(IDS["seal_public"]))])
    link = packet.link(raw(vector))
    return {"payload": opened.payload.hex(), "evidence": opened.evidence.hex(), "link": link.hex()}


def _packet_theirs(vector: Vector) -> dict[str, Any]:
    opened = reading.packet(raw(vector), PUBLIC, SEEDS[:1])
    return {name: opened[name].hex() for name in ("payload", "evidence", "link")}


def _kinds(vector: Vector) -> dict[str, Any]:
    opened, public = opening.open_any(raw(vector), lambda _: [PUBLIC], KEYS)
    name = type(contents.read_contents(opened, public)).__name__
    return {"holds": re.sub(r"(?<=.)([A-Z])", r" \1", name).lower(), "link": packet.link(raw(vector)).hex()}


def _kinds_theirs(vector: Vector) -> dict[str, Any]:
    opened = reading.packet(raw(vector), PUBLIC, SEEDS)
    return {"holds": reading.contents(opened, PUBLIC), "link": opened["link"].hex()}


def _chain(vector: Vector) -> dict[str, Any]:
    follower = chain.Chain(UNIT)
    for told, link in _packets(vector):
        follower.follow(packet.parse_header_bytes(told), link)
    return {}


def _packets(vector: Vector) -> list[tuple[bytes, bytes]]:
    rows = vector["packets"]
    assert isinstance(rows, list)
    return [(bytes.fromhex(told), bytes.fromhex(link)) for told, link in rows]


def _record(vector: Vector) -> dict[str, Any]:
    record = decode_record(raw(vector))
    assert encode_record(record) == raw(vector)
    rows = [[row.time_us, row.exposure_us, row.sigma_mpx, list(row.corners_px32)] for row in record.track]
    return {
        "says": {
            "kind": record.kind, "plate": record.plate.reveal(), "speed_m_per_h": record.speed_m_per_h, "track": rows,
        }
    }  # fmt: skip


def _record_theirs(vector: Vector) -> dict[str, Any]:
    told = reading.record(raw(vector))
    rows = [[*row[:3], row[3:]] for row in forms.read_track(told[23])]
    return {"says": {"kind": told[2], "plate": told[17], "speed_m_per_h": told[11], "track": rows}}


def _receipt(vector: Vector) -> dict[str, Any]:
    told = verify_receipt(raw(vector), [RECEIPT_PUBLIC])
    if told.unit != UNIT:
        raise WireError("receipt-unit")
    return {"up_to": told.up_to}


FIRST = raw(load("documents")[0])
FIRST_ROLES = {"first": None, "root": [4], "set": [5]}


def _document(vector: Vector) -> dict[str, Any]:
    first = open_root(FIRST)
    match vector["what"]:
        case "first":
            open_root(raw(vector))
        case "root":
            next_root(first, raw(vector))
        case "set":
            open_keyset(raw(vector), first, after=KEY_SET_BEFORE)
    return {}


def _document_theirs(vector: Vector) -> dict[str, Any]:
    first, what = reading.document(FIRST, "root", None), str(vector["what"])
    roles = [first[key] for key in FIRST_ROLES[what] or []]
    told = reading.document(raw(vector), "set" if what == "set" else "root", roles)
    if what == "root" and told[1] != first[1] + 1:
        raise Refused("root-version")
    if what == "set" and told[1] <= KEY_SET_BEFORE:
        raise Refused("keyset-version")
    return {}


def _order(vector: Vector) -> dict[str, Any]:
    signed = open_order(raw(vector))
    entries = [OrderEntry(public, verbs) for public, verbs in ORDER_KEYS.items()]
    counters = {key_id(next(iter(ORDER_KEYS))): FIRST_COUNTER}
    check_order(signed, entries, counters=counters, now_ms=ORDERS_NOW_MS)
    target = signed.order.target
    shown = target if isinstance(target, str) else target.hex()
    return {"verb": signed.order.verb, "target": shown, "order": signed.digest.hex()}


def _result(vector: Vector) -> dict[str, Any]:
    told = verify_result(raw(vector), PUBLIC)
    return {"outcome": told.outcome, "order": told.order.hex()}


def _request(vector: Vector) -> dict[str, Any]:
    told = enrol.open_request(raw(vector))
    has = told.token == enrol.token_id(TOKEN) and enrol.holds_token(told, enrol.token_key(TOKEN))
    return {"unit": told.unit.hex(), "tls": told.tls_public.hex(), "label": told.label, "token": has}


def _part(vector: Vector) -> dict[str, Any]:
    told = part.open_part(raw(vector))
    return {"size": told.size, "number": told.number}


def _log(vector: Vector) -> dict[str, Any]:
    match vector["what"]:
        case "proof":
            return {"size": tlog.check_proof(str(vector["text"]), _entry(vector), [RECEIPT_PUBLIC], origin=LOG).size}
        case "note":
            return {"size": tlog.open_checkpoint(str(vector["text"]), [RECEIPT_PUBLIC], origin=LOG).size}
    old, new = (_head(vector[name]) for name in ("old", "new"))
    tlog.check_consistency(old, new, _hashes(vector))
    return {"size": new.size}


def _log_theirs(vector: Vector) -> dict[str, Any]:
    match vector["what"]:
        case "proof":
            return {"size": log.proof(str(vector["text"]), _entry(vector), [RECEIPT_PUBLIC], LOG)}
        case "note":
            return {"size": log.note(str(vector["text"]), [RECEIPT_PUBLIC], LOG)[0]}
    old, new = vector["old"], vector["new"]
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    return {"size": log.growth(old, new, _hashes(vector))}


LOG = "kirpik.example/log"


def _entry(vector: Vector) -> bytes:
    return bytes.fromhex(str(vector["entry"]))


def _head(told: object) -> tlog.Checkpoint:
    assert isinstance(told, dict)
    return tlog.Checkpoint(told["origin"], told["size"], bytes.fromhex(told["root"]))


def _hashes(vector: Vector) -> list[bytes]:
    told = vector["hashes"]
    assert isinstance(told, list)
    return [bytes.fromhex(each) for each in told]


def does(read: Callable[[Vector], object]) -> Callable[[Vector], dict[str, Any]]:
    """For vectors that say nothing but whether they are accepted."""

    def verdict(vector: Vector) -> dict[str, Any]:
        read(vector)
        return {}

    return verdict


READERS: dict[str, Reader] = {
    "cbor": Reader(_cbor, does(lambda v: strict.decode(raw(v)))),
    "packet": Reader(_packet, _packet_theirs),
    "evidence": Reader(
        lambda v: {"payload": packet.check_evidence(raw(v), PUBLIC).payload.hex()},
        lambda v: {"payload": reading.evidence(raw(v), PUBLIC).hex()},
    ),
    "kinds": Reader(_kinds, _kinds_theirs),
    "chain": Reader(_chain, does(lambda v: reading.chain(_packets(v), UNIT))),
    "record": Reader(_record, _record_theirs),
    "receipt": Reader(_receipt, lambda v: {"up_to": reading.receipt(raw(v), RECEIPT_PUBLIC, UNIT)[3]}),
    "documents": Reader(_document, _document_theirs),
    "orders": Reader(
        _order,
        lambda v: orders.order(raw(v), {**ORDER_KEYS}, {next(iter(ORDER_KEYS)): FIRST_COUNTER}, ORDERS_NOW_MS),
    ),
    "results": Reader(_result, lambda v: orders.result(raw(v), PUBLIC)),
    "enrolment": Reader(_request, lambda v: orders.request(raw(v), TOKEN)),
    "parts": Reader(_part, lambda v: orders.part(raw(v))),
    "topics": Reader(does(lambda v: topics.parse(str(v["name"]))), does(lambda v: reading.topic(str(v["name"])))),
    "health": Reader(
        does(lambda v: health.decode_health(raw(v))), does(lambda v: reading.health(raw(v), set(health.FIELDS)))
    ),
    "tlog": Reader(_log, _log_theirs),
}
EVERY = [pytest.param(name, vector, id=f"{name}: {vector['name']}") for name in READERS for vector in load(name)]


@pytest.mark.parametrize(("name", "vector"), EVERY)
def test_kirpik_reads_it_so(name: str, vector: Vector) -> None:
    if "refused" not in vector:
        assert vector.items() <= {**vector, **READERS[name].ours(vector)}.items()
        return
    with pytest.raises(WireError) as caught:
        READERS[name].ours(vector)
    assert caught.value.name == vector["refused"]


@pytest.mark.parametrize(("name", "vector"), EVERY)
def test_an_independent_reader_reads_it_so(name: str, vector: Vector) -> None:
    if "refused" not in vector:
        assert vector.items() <= {**vector, **READERS[name].theirs(vector)}.items()
        return
    with pytest.raises(Refused) as caught:
        READERS[name].theirs(vector)
    assert caught.value.name == re.sub(r"^cbor-.*", "cbor", str(vector["refused"]))


WRITERS_ALONE = {"cbor-range", "cbor-type", "document-body", "packet-too-large"}
"""Refused where something is written, never where it is read."""
BY_STATE = {"order-busy", "order-early", "order-expected", "order-target", "part-number"}
"""Refused by what the unit has and does at that moment, whatever the bytes."""
BESIDE_PACKETS = ("evidence-size", "statement-", "words-")
"""Words, and files for people and auditors: they have tests of their own."""


def test_every_refusal_of_the_specification_has_a_vector() -> None:
    told = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", SPEC[SPEC.index("## 9.") : SPEC.index("## 10.")]))
    shown = {vector["refused"] for name in READERS for vector in load(name) if "refused" in vector}
    assert shown == {name for name in told - WRITERS_ALONE - BY_STATE if not name.startswith(BESIDE_PACKETS)}


def test_the_independent_reader_knows_nothing_of_kirpik() -> None:
    folder = Path(reading.__file__).parent
    assert not [path for path in folder.glob("*.py") if "kirpik." in re.sub(r"#.*|\"[^\"]*\"", "", path.read_text())]


def test_names_follow_from_keys() -> None:
    assert SigningKey.from_seed(bytes.fromhex(IDS["unit_seed"])).public == PUBLIC
    assert reading.ed25519_public(bytes.fromhex(IDS["unit_seed"])) == PUBLIC
    assert ids.unit_id(PUBLIC) == UNIT == reading.sha256(b"kirpik/1 unit\0", PUBLIC)[:16]
    assert ids.genesis_link(UNIT).hex() == IDS["genesis_link"]
    assert suite.SealKey.from_seed(SEEDS[0]).public.hex() == IDS["seal_public"]
    assert suite.key_id(bytes.fromhex(IDS["seal_public"])).hex() == IDS["seal_key_id"]
    assert dualsign.key_id(dualsign.DocumentKey(bytes.fromhex(IDS["holder_seed"])).public).hex() == IDS["holder_key_id"]
