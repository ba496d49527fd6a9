"""What is said on the wire: read as the central, the unit and the link read it, and forged by insiders."""

import json
import struct
from random import Random

from kirpik.errors import WireError
from kirpik.service.hearing import hint_of
from kirpik.wire import cbor, contents, dualsign, health, opening, packet, sign1, suite, tlog, topics
from kirpik.wire.evidence_file import decode_evidence, encode_evidence
from kirpik.wire.keydocs import DOMAINS, next_root, open_keyset, open_root
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import Cover, decode_payload, encode_cover, encode_record
from kirpik.wire.signature import OUTER, RECEIPT
from tests.fuzz import mutate
from tests.fuzz.corpus import seeds
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, UNIT_KEY
from tests.wire_vectors import OTHER_SEAL, log

KEYS = {suite.key_id(key.public): key for key in (SEAL, OTHER_SEAL)}


def read_packet(data: bytes) -> object:
    opened, public = opening.open_any(data, lambda _: [UNIT_KEY.public], KEYS)
    return contents.read_contents(opened, public)


def mostly_of_its_size(data: bytes, chance: Random) -> bytes:
    """Another size is refused before anything is looked at."""
    changed = mutate.bytes_of(data, chance)
    return changed[: len(data)].ljust(len(data), b"\0") if chance.random() < 0.9 else changed


def packet_again(data: bytes, chance: Random) -> bytes:
    """Changed at the header or the body and signed again outside, or changed inside and sealed again."""
    if chance.random() < 0.4 or len(data) not in packet.SIZES + packet.REWRAPPED_SIZES:
        body = mutate.bytes_of(data[:-64], chance)
        body = body[: len(data) - 64].ljust(len(data) - 64, b"\0")
        return body + UNIT_KEY.sign(OUTER, body)
    return sealed_again(data, chance)


def sealed_again(data: bytes, chance: Random) -> bytes:
    try:
        header = packet.parse_header(data)
        opened = packet.open_packet(data, UNIT_KEY.public, KEYS[header.recipient])
    except (WireError, KeyError):
        return mutate.bytes_of(data, chance)
    bound, payload = header.pack(), mutate.fields_of(opened.payload, chance)
    inner = sign1.sign(payload, signer=UNIT_KEY, unit=header.unit, header=bound)
    if chance.random() < 0.4:
        inner = mutate.fields_of(inner, chance)
    room = len(data) - packet.OVERHEAD_BYTES
    plaintext = (struct.pack(">I", len(inner)) + inner)[:room].ljust(room, b"\0")
    if chance.random() < 0.3:
        plaintext = mutate.bytes_of(plaintext, chance)[:room].ljust(room, b"\0")
    body = bound + suite.seal(plaintext, KEYS[header.recipient].public, packet.INFO + bound)
    return body + UNIT_KEY.sign(OUTER, body)


def receipt_again(data: bytes, chance: Random) -> bytes:
    body = mutate.fields_of(data[:-64], chance)
    return body + RECEIPT_KEY.sign(RECEIPT, body)


FIRST = open_root(next(seed.data for seed in seeds() if seed.target == "documents"))


def read_receipt(data: bytes) -> object:
    """Also as the link hears it, which believes nothing and must take anything."""
    hint_of(data)
    return verify_receipt(data, [RECEIPT_KEY.public])


def read_document(data: bytes) -> object:
    """As a root and as a set: the second refusal is the one that counts."""
    try:
        return next_root(FIRST, data)
    except WireError:
        return open_keyset(data, FIRST, after=3)


def document_again(data: bytes, chance: Random) -> bytes:
    try:
        wrapper = cbor.decode(data)
    except WireError:
        return mutate.bytes_of(data, chance)
    if not (isinstance(wrapper, list) and len(wrapper) == 3 and isinstance(wrapper[1], bytes)):
        return mutate.fields_of(data, chance)
    what = chance.choice(list(DOMAINS))
    body, key = mutate.fields_of(wrapper[1], chance), HOLDERS[3 if what == "set" else 0]
    return cbor.encode([what, body, [[dualsign.key_id(key.public), key.sign(DOMAINS[what], body)]]])


def read_record(data: bytes) -> object:
    record = decode_payload(data)
    again = encode_cover(record) if isinstance(record, Cover) else encode_record(record)
    if again != data:
        raise AssertionError("a record has two forms")
    return record


def read_evidence_file(data: bytes) -> object:
    told = decode_evidence(data)
    if encode_evidence(told) != data:
        raise AssertionError("an evidence file has two forms")
    return told


def read_log(data: bytes) -> object:
    """As a proof, and as a note alone. Whatever else stands in it, what is believed is what was signed."""
    text = data.decode("utf-8", "replace")
    try:
        found = tlog.check_proof(text, log.ENTRIES[log.INDEX], [RECEIPT_KEY.public], origin=log.ORIGIN)
    except WireError as error:
        if not error.name.startswith("tlog-proof"):
            raise
        found = tlog.open_checkpoint(text, [RECEIPT_KEY.public], origin=log.ORIGIN)
    if found not in (log.HEAD, log.ALONE):
        raise AssertionError("a head of the log that nobody has signed")
    return found


def read_cbor(data: bytes) -> object:
    value = cbor.decode(data)
    if cbor.encode(value) != data:
        raise AssertionError("a value has two forms")
    return value


def read_health(data: bytes) -> object:
    values = health.decode_health(data)
    if not all(isinstance(value, int | float) for value in values.values()) or not set(values) <= set(health.FIELDS):
        raise AssertionError("health says more than numbers")
    json.dumps(values, allow_nan=False)
    return values


def read_topic(data: bytes) -> object:
    return topics.parse(data.decode("utf-8", "replace"))


def check_evidence(data: bytes) -> object:
    return packet.check_evidence(data, UNIT_KEY.public)
