"""Orders, results, requests to belong and parts of files, step by step as the specification says."""

import hashlib
import hmac
from typing import Any

from tests.checker import Refused, forms, need
from tests.checker.reading import sha256, signed
from tests.checker.strict import decode, encode

DANGEROUS = ("wipe", "set-models")


def order(
    data: bytes, keys: dict[bytes, tuple[str, ...] | None], counters: dict[bytes, int], now_ms: int
) -> dict[Any, Any]:
    """`keys`: public key to the verbs that it may order, None for all; `counters` by public key."""
    need(len(data) <= 61440, "order-size")
    value = decode(data)
    forms.fits(value, forms.ORDER_WRAPPER)
    assert isinstance(value, list)
    payload, messages = value
    told = _payload(payload)
    proofs = [_proof(message) for message in messages]
    good = [key for key in keys if any(_by(key, who, proof, payload) for who, proof in proofs)]
    need(good, "order-signature")
    allowed = [key for key in good if (verbs := keys[key]) is None or told[1] in verbs]
    need(allowed, "order-verb")
    need(len(allowed) >= (2 if told[1] in DANGEROUS else 1), "order-signatures")
    need(all(told[3] > counters.get(key, 0) for key in allowed), "order-counter")
    need(now_ms < told[5], "order-expired")
    target = told[2] if isinstance(told[2], str) else told[2].hex()
    return {"verb": told[1], "target": target, "order": sha256(b"kirpik/1 order\0", payload).hex()}


def _payload(payload: bytes) -> dict[Any, Any]:
    value = decode(payload)
    need(isinstance(value, dict), "field-type")
    assert isinstance(value, dict)
    target = value.pop(2, None)
    forms.closed(value, forms.ORDER)
    forms.fits(target, forms.data(16) if isinstance(target, bytes) else forms.text(1, 64))
    return {**value, 2: target}


def _proof(message: Any) -> tuple[bytes, bytes]:  # noqa: ANN401
    need(isinstance(message, list) and len(message) == 4 and message[1:3] == [{}, None], "order-form")
    forms.fits(message[0], forms.data(1, 64))
    header = decode(message[0])
    who = header.get(4) if isinstance(header, dict) else None
    need(isinstance(who, bytes) and len(who) == 8 and message[0] == encode({1: -8, 4: who}), "order-form")
    forms.fits(message[3], forms.data(64))
    assert isinstance(who, bytes)
    return who, message[3]


def _by(key: bytes, who: bytes, proof: bytes, payload: bytes) -> bool:
    to_be_signed = encode(["Signature1", encode({1: -8, 4: who}), b"kirpik/1 order\0", payload])
    return who == sha256(b"kirpik/1 order kid\0", key)[:8] and signed(key, to_be_signed, proof)


def result(data: bytes, public: bytes) -> dict[str, Any]:
    need(64 < len(data) <= 4096, "result-size")
    need(signed(public, b"kirpik/1 result\0" + data[:-64], data[-64:]), "result-signature")
    told = forms.closed(decode(data[:-64]), forms.RESULT)
    return {"outcome": told[3], "order": told[2].hex()}


def request(data: bytes, token: bytes) -> dict[str, Any]:
    """`token` is one that the desk knows."""
    need(64 < len(data) <= 4096, "enrol-size")
    told = forms.closed(decode(data[:-64]), forms.ENROL)
    need(signed(told[1], b"kirpik/1 enrol\0" + data[:-64], data[-64:]), "enrol-signature")
    need(signed(told[2], b"kirpik/1 enrol tls\0" + told[1], told[8]), "enrol-tls-proof")
    key = sha256(b"kirpik/1 token key\0", token)
    proof = hmac.new(key, b"kirpik/1 enrol\0" + told[1] + told[2], hashlib.sha256).digest()
    has = told[6] == sha256(b"kirpik/1 token id\0", token)[:8] and told[7] == proof
    unit = sha256(b"kirpik/1 unit\0", told[1])[:16]
    return {"unit": unit.hex(), "tls": told[2].hex(), "label": told[5], "token": has}


def part(data: bytes) -> dict[str, Any]:
    need(len(data) <= 32832, "part-size")
    value = decode(data)
    forms.fits(value, forms.PART)
    if not isinstance(value, list):
        raise Refused("field-type")
    size, number, told = value
    need(len(told) == min(32768, size - 32768 * number), "part-size")
    return {"size": size, "number": number}
