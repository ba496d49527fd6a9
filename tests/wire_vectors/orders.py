"""Orders as a unit hears them, and its answers: whose word it is, for whom, and when.

An order is judged at 1500 ms, under the three order keys of ids.json (the third may only `report`), after counter 7 of
the first.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kirpik.wire import cbor, sign1, signature
from kirpik.wire.documents import VERBS, OrderEntry
from kirpik.wire.order import CONTEXT, Order, encode_order, key_id, open_order, sign_order
from kirpik.wire.result import Result, sign_result
from kirpik.wire.signature import OUTER, RECEIPT, SigningKey
from tests.unit.wire.samples import RECEIPT_KEY, UNIT, UNIT_KEY
from tests.wire_vectors import STRANGER, Vector, flip, vector

FIRST, SECOND, CLERK = (SigningKey.from_seed(bytes([number]) * 32) for number in (41, 42, 43))
ENTRIES = tuple(OrderEntry(key.public, verbs) for key, verbs in ((FIRST, VERBS), (SECOND, VERBS), (CLERK, ("report",))))
COUNTERS = {key_id(FIRST.public): 7}
NOW_MS = 1500

PAUSE = Order(verb="pause", target=UNIT, counter=8, not_before_ms=1000, expires_ms=2000)
REPORT, WIPE = replace(PAUSE, verb="report", target="almaty"), replace(PAUSE, verb="wipe")
SITE = replace(PAUSE, verb="set-site", expected=b"h" * 32, argument=b"[site]")
LATER = replace(PAUSE, not_before_ms=1800)

Words = tuple[Order, tuple[SigningKey, ...], str]
CASES: dict[str, Words] = {
    "good": (PAUSE, (FIRST,), ""),
    "good, for a group, by a key that may only that": (REPORT, (CLERK,), ""),
    "good, with a file that replaces a certain one": (SITE, (SECOND,), ""),
    "good, its time has not come": (LATER, (FIRST,), ""),
    "good, dangerous, two keys": (WIPE, (FIRST, SECOND), ""),
    "good, another key's counter does not matter": (replace(PAUSE, counter=1), (SECOND,), ""),
    "by a stranger": (PAUSE, (STRANGER,), "order-signature"),
    "by a key that may not order this": (PAUSE, (CLERK,), "order-verb"),
    "dangerous, one key": (WIPE, (FIRST,), "order-signatures"),
    "dangerous, one key twice": (WIPE, (FIRST, FIRST), "order-signatures"),
    "dangerous, the second may not": (WIPE, (FIRST, CLERK), "order-signatures"),
    "dangerous, the second is a stranger": (WIPE, (FIRST, STRANGER), "order-signatures"),
    "the counter of the last one": (replace(PAUSE, counter=7), (FIRST,), "order-counter"),
    "an old counter, and a second key": (replace(WIPE, counter=7), (FIRST, SECOND), "order-counter"),
    "expired": (replace(PAUSE, expires_ms=NOW_MS), (FIRST,), "order-expired"),
}


def order_vectors() -> list[Vector]:
    return [*[_order(name, words) for name, words in CASES.items()], *_misshapen()]


def _order(name: str, words: Words) -> Vector:
    order, keys, refused = words
    data = sign_order(order, keys)
    target = order.target if isinstance(order.target, str) else order.target.hex()
    return vector(name, data, refused, verb=order.verb, target=target, order=open_order(data).digest.hex())


def _misshapen() -> list[Vector]:
    good = sign_order(PAUSE, [FIRST])
    payload, who = encode_order(PAUSE), key_id(FIRST.public)
    values = cbor.decode(payload)
    assert isinstance(values, dict)
    protected = sign1.protected_header(who)
    proof = FIRST.sign(b"", sign1.to_be_signed(protected, CONTEXT, payload))
    elsewhere = FIRST.sign(b"", sign1.to_be_signed(protected, b"kirpik/1 other\0", payload))
    shapes: dict[str, tuple[object, str]] = {
        "without a signature": ([payload, []], "field-range"),
        "with three": ([payload, [[protected, {}, None, proof]] * 3], "field-range"),
        "its payload attached": ([payload, [[protected, {}, payload, proof]]], "order-form"),
        "something unprotected": ([payload, [[protected, {4: who}, None, proof]]], "order-form"),
        "another algorithm": ([payload, [[cbor.encode({1: -7, 4: who}), {}, None, proof]]], "order-form"),
        "a key id too long": ([payload, [[sign1.protected_header(bytes(16)), {}, None, proof]]], "order-form"),
        "a signature too short": ([payload, [[protected, {}, None, proof[:-1]]]], "field-range"),
        "signed for another purpose": ([payload, [[protected, {}, None, elsewhere]]], "order-signature"),
        "a verb of nobody's": ([cbor.encode(values | {1: "shell"}), [[protected, {}, None, proof]]], "field-range"),
        "a field more": ([cbor.encode(values | {8: b""}), [[protected, {}, None, proof]]], "field-unknown"),
        "without its end": (
            [cbor.encode({k: v for k, v in values.items() if k != 5}), [[protected, {}, None, proof]]], "field-missing"
        ),
        "a target that is a number": ([cbor.encode(values | {2: 7}), [[protected, {}, None, proof]]], "field-type"),
    }  # fmt: skip
    return [
        vector("altered", flip(good, -40), "order-signature"),
        vector("oversized", good.ljust(61441, b"\0"), "order-size"),
        *[vector(name, cbor.encode(shape), refused) for name, (shape, refused) in shapes.items()],
    ]


RESULT = Result(unit=UNIT, order=b"o" * 32, outcome="done", utc_ms=1500, figures=(("waiting", 3), ("keys_v", 4)))


def result_vectors() -> list[Vector]:
    good = sign_result(RESULT, UNIT_KEY)
    values = cbor.decode(good[:-64])
    assert isinstance(values, dict)
    bad = {
        "an outcome of nobody's": (values | {3: "fine"}, "field-range"),
        "a reason without end": (values | {4: "x" * 401}, "field-range"),
        "a figure that is none": (values | {6: [["waiting", "3"]]}, "field-type"),
        "a field more": (values | {7: "123ABC01"}, "field-unknown"),
    }
    refused = replace(RESULT, outcome="refused", reason="order-counter: expected above 8, got 7", figures=())
    return [
        vector("good", good, outcome="done", order=RESULT.order.hex()),
        vector("good, refused", sign_result(refused, UNIT_KEY), outcome="refused", order=RESULT.order.hex()),
        vector("altered", flip(good, 20), "result-signature"),
        vector("by another key", sign_result(RESULT, RECEIPT_KEY), "result-signature"),
        vector("signed as a packet", good[:-64] + UNIT_KEY.sign(OUTER, good[:-64]), "result-signature"),
        vector("signed as a receipt", good[:-64] + UNIT_KEY.sign(RECEIPT, good[:-64]), "result-signature"),
        vector("a signature alone", good[-64:], "result-size"),
        vector("oversized", good.ljust(4097, b"\0"), "result-size"),
        *[vector(name, _signed(told), word) for name, (told, word) in bad.items()],
    ]


def _signed(values: Mapping[Any, Any]) -> bytes:
    body = cbor.encode(dict(values))
    return body + UNIT_KEY.sign(signature.RESULT, body)
