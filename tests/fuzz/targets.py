"""What reads bytes from outside, each with its own idea of when to accept what was changed."""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kirpik.errors import WireError
from kirpik.service.hearing import hint_of
from kirpik.wire import cbor, contents, dualsign, health, opening, packet, sign1, suite, tlog, topics
from kirpik.wire.evidence_file import decode_evidence, encode_evidence
from kirpik.wire.keydocs import DOMAINS, next_root, open_keyset, open_root
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import Cover, decode_payload, encode_cover, encode_record
from kirpik.wire.signature import OUTER, RECEIPT
from tests.fuzz import mutate, orders
from tests.fuzz.corpus import Seed, seeds
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, UNIT_KEY
from tests.wire_vectors import OTHER_SEAL, log

SPEC = (Path(__file__).parents[2] / "docs/wire/SPEC.md").read_text(encoding="utf-8")
NAMES = frozenset(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", SPEC[SPEC.index("## 9.") : SPEC.index("## 10.")]))
"""The refusals that the specification knows."""

KEYS = {suite.key_id(key.public): key for key in (SEAL, OTHER_SEAL)}


@dataclass(frozen=True, slots=True)
class Target:
    file: str
    read: Callable[[bytes], object]
    change: Callable[[bytes, Random], bytes]
    insider: Callable[[bytes, Random], bytes] | None = None
    """Changes what is inside and signs or seals it again, as somebody with the keys could."""
    accepts: Callable[[bytes], bool] = lambda _: False
    """Whether changed bytes may be accepted: unsigned ones in their one form may, signed ones never."""


def _packet(data: bytes) -> object:
    opened, public = opening.open_any(data, lambda _: [UNIT_KEY.public], KEYS)
    return contents.read_contents(opened, public)


def _mostly_of_its_size(data: bytes, chance: Random) -> bytes:
    """Another size is refused before anything is looked at."""
    changed = mutate.bytes_of(data, chance)
    return changed[: len(data)].ljust(len(data), b"\0") if chance.random() < 0.9 else changed


def _packet_again(data: bytes, chance: Random) -> bytes:
    """Changed at the header or the body and signed again outside, or changed inside and sealed again."""
    if chance.random() < 0.4 or len(data) not in packet.SIZES + packet.REWRAPPED_SIZES:
        body = mutate.bytes_of(data[:-64], chance)
        body = body[: len(data) - 64].ljust(len(data) - 64, b"\0")
        return body + UNIT_KEY.sign(OUTER, body)
    return _sealed_again(data, chance)


def _sealed_again(data: bytes, chance: Random) -> bytes:
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


def _receipt_again(data: bytes, chance: Random) -> bytes:
    body = mutate.fields_of(data[:-64], chance)
    return body + RECEIPT_KEY.sign(RECEIPT, body)


FIRST = open_root(next(seed.data for seed in seeds() if seed.file == "documents"))


def _receipt(data: bytes) -> object:
    """Also as the link hears it, which believes nothing and must take anything."""
    hint_of(data)
    return verify_receipt(data, [RECEIPT_KEY.public])


def _document(data: bytes) -> object:
    """As a root and as a set: the second refusal is the one that counts."""
    try:
        return next_root(FIRST, data)
    except WireError:
        return open_keyset(data, FIRST, after=3)


def _document_again(data: bytes, chance: Random) -> bytes:
    try:
        wrapper = cbor.decode(data)
    except WireError:
        return mutate.bytes_of(data, chance)
    if not (isinstance(wrapper, list) and len(wrapper) == 3 and isinstance(wrapper[1], bytes)):
        return mutate.fields_of(data, chance)
    what = chance.choice(list(DOMAINS))
    body, key = mutate.fields_of(wrapper[1], chance), HOLDERS[3 if what == "set" else 0]
    return cbor.encode([what, body, [[dualsign.key_id(key.public), key.sign(DOMAINS[what], body)]]])


def _record(data: bytes) -> object:
    record = decode_payload(data)
    again = encode_cover(record) if isinstance(record, Cover) else encode_record(record)
    if again != data:
        raise AssertionError("a record has two forms")
    return record


def _evidence_file(data: bytes) -> object:
    told = decode_evidence(data)
    if encode_evidence(told) != data:
        raise AssertionError("an evidence file has two forms")
    return told


def _log(data: bytes) -> object:
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


def _cbor(data: bytes) -> object:
    value = cbor.decode(data)
    if cbor.encode(value) != data:
        raise AssertionError("a value has two forms")
    return value


def _health(data: bytes) -> object:
    values = health.decode_health(data)
    if not all(isinstance(value, int | float) for value in values.values()) or not set(values) <= set(health.FIELDS):
        raise AssertionError("health says more than numbers")
    json.dumps(values, allow_nan=False)
    return values


def _topic(data: bytes) -> object:
    return topics.parse(data.decode("utf-8", "replace"))


def _always(_: bytes) -> bool:
    return True


TARGETS: dict[str, Target] = {
    target.file: target
    for target in (
        Target("packet", _packet, _mostly_of_its_size, _packet_again),
        Target("kinds", _packet, _mostly_of_its_size, _packet_again),
        Target("evidence", lambda d: packet.check_evidence(d, UNIT_KEY.public), mutate.bytes_of),
        Target("evidence_file", _evidence_file, mutate.fields_of, accepts=_always),
        Target("receipt", _receipt, mutate.bytes_of, _receipt_again),
        Target("documents", _document, mutate.fields_of, _document_again),
        Target("orders", orders.order, mutate.fields_of, orders.order_again, accepts=orders.says_what_was_signed),
        Target("results", orders.result, mutate.bytes_of, orders.result_again),
        Target("enrolment", orders.request, mutate.bytes_of, orders.request_again),
        Target("parts", orders.part, mutate.fields_of, accepts=_always),
        Target("record", _record, mutate.fields_of, accepts=_always),
        Target("cbor", _cbor, mutate.fields_of, accepts=_always),
        Target("health", _health, mutate.bytes_of, accepts=_always),
        Target("topics", _topic, mutate.bytes_of, accepts=_always),
        Target("tlog", _log, mutate.bytes_of, accepts=_always),
    )
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`refused` names the refusal. `accepted` and `crash` are faults: what may be accepted is none of the three."""

    refused: str = ""
    accepted: bool = False
    crash: str = ""


def judge(target: Target, data: bytes, *, may_accept: bool) -> Outcome:
    try:
        target.read(data)
    except WireError as error:
        return Outcome(refused=error.name) if error.name in NAMES else Outcome(crash=f"unknown refusal {error.name}")
    except Exception as error:  # noqa: BLE001  the very thing that is looked for
        return Outcome(crash=f"{type(error).__name__}: {error}")
    return Outcome() if may_accept else Outcome(accepted=True)


def one(seed: Seed, chance: Random) -> tuple[bytes, Outcome]:
    """Change a seed in one of its ways, and judge what comes of it."""
    target = TARGETS[seed.file]
    inside = target.insider is not None and chance.random() < INSIDE
    change = target.insider if inside and target.insider is not None else target.change
    data = change(seed.data, chance)
    may_accept = inside or data in ORIGINALS or target.accepts(data)
    return data, judge(target, data, may_accept=may_accept)


ORIGINALS = frozenset(seed.data for seed in seeds())
"""A change can undo what made a refused vector of a good one."""
INSIDE = 0.1
"""Share of inputs that are signed or sealed again; that takes ten times as long as reading them."""
