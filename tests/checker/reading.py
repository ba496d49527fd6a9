"""Packets, evidence, receipts, key documents, topics, health and chains, step by step as the specification says."""

import hashlib
import json
import math
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from tests.checker import Refused, forms, need
from tests.checker.seal import open_sealed, public_of
from tests.checker.strict import decode, encode

SIZES = {4096, 6144, 8192, 16384}
WRAPPED_SIZES = {6144, 8192, 16384, 18432, 20480, 22528}


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def dual_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        MLDSA65PublicKey.from_public_bytes(public[32:]).verify(signature[64:], message, b"kirpik/1")
    except (InvalidSignature, ValueError):
        return False
    return signed(public[:32], message, signature[:64])


def header(data: bytes) -> dict[str, Any]:
    need(data[:4] == b"KPK1", "packet-magic")
    need(data[4] == 1, "packet-version")
    need(data[5] in (1, 2, 3, 4), "packet-kind")
    need(data[6:12] == bytes.fromhex("647a00010003"), "packet-suite")
    epoch, sequence = int.from_bytes(data[36:40], "big"), int.from_bytes(data[40:48], "big")
    need(epoch and sequence, "packet-place")
    return {
        "bytes": data[:80], "kind": data[5], "recipient": data[12:20], "unit": data[20:36], "epoch": epoch,
        "sequence": sequence, "previous": data[48:80],
    }  # fmt: skip


def packet(data: bytes, public: bytes, seeds: list[bytes]) -> dict[str, Any]:
    """Opened, down to what was sealed first."""
    need(len(data) in SIZES | WRAPPED_SIZES, "packet-size")
    told = header(data)
    need(len(data) in (WRAPPED_SIZES if told["kind"] == 2 else SIZES), "packet-size")
    need(signed(public, b"kirpik/1 outer signature\0" + data[:-64], data[-64:]), "packet-outer-signature")
    by_id = {sha256(b"kirpik/1 kid\0", public_of(seed))[:8]: seed for seed in seeds}
    need(told["recipient"] in by_id, "packet-recipient")
    plain = open_sealed(by_id[told["recipient"]], data[80:-64], b"kirpik/1 sealed packet\0" + data[:80])
    size = int.from_bytes(plain[:4], "big")
    need(size <= len(plain) - 4, "packet-length")
    need(not any(plain[4 + size :]), "packet-padding")
    payload = sign1(plain[4 : 4 + size], told, public)
    if told["kind"] == 2:
        inside = packet(payload, public, seeds)
        need(all(inside[name] == told[name] for name in ("unit", "epoch", "sequence")), "rewrap-place")
        need(inside["link"] == told["previous"], "rewrap-link")
        return inside
    evidence = data[:80] + plain[4 : 4 + size]
    return {**told, "payload": payload, "evidence": evidence, "link": sha256(data)}


def sign1(inner: bytes, told: dict[str, Any], public: bytes) -> bytes:
    message = decode(inner)
    need(isinstance(message, list) and len(message) == 4, "sign1-form")
    assert isinstance(message, list)
    protected, unprotected, payload, proof = message
    need(isinstance(payload, bytes) and isinstance(proof, bytes), "sign1-form")
    need(protected == encode({1: -8, 4: told["unit"]}) and unprotected == {}, "sign1-header")
    to_be_signed = encode(["Signature1", protected, told["bytes"], payload])
    need(signed(public, to_be_signed, proof), "sign1-signature")
    assert isinstance(payload, bytes)
    return payload


def evidence(data: bytes, public: bytes) -> bytes:
    need(len(data) > 80, "evidence-short")
    return sign1(data[80:], header(data[:80]), public)


def contents(opened: dict[str, Any], public: bytes) -> str:
    """What a packet of kind 1, 3 or 4 holds."""
    if opened["kind"] == 3:
        told = forms.versioned(decode(opened["payload"]), forms.KEY_CHANGE)
        need(told[1] != public, "keychange-same")
        need(signed(told[1], b"kirpik/1 key change\0" + opened["bytes"] + told[1], told[2]), "keychange-proof")
        return "key change"
    if opened["kind"] == 4:
        forms.versioned(decode(opened["payload"]), forms.CHECKPOINT)
        return "checkpoint"
    record(opened["payload"])
    return "record"


def record(data: bytes) -> dict[int, Any]:
    value = decode(data)
    if isinstance(value, dict) and 32 in value and len(value) <= 4:
        need(forms.versioned(value, forms.COVER)[32], "field-range")
        raise Refused("record-cover")
    told = forms.versioned(value, forms.RECORD)
    forms.closed(told[9], forms.TERMS[told[2]])
    return told


def receipt(data: bytes, public: bytes, unit: bytes) -> dict[int, Any]:
    need(64 < len(data) <= 65536, "receipt-size")
    need(signed(public, b"kirpik/1 receipt\0" + data[:-64], data[-64:]), "receipt-signature")
    told = forms.closed(decode(data[:-64]), forms.RECEIPT)
    need((told[3] == 0) == (told[4] == bytes(32)), "receipt-chain")
    need(told[1] == unit, "receipt-unit")
    return told


def document(data: bytes, what: str, roles: list[list[Any]] | None) -> dict[int, Any]:
    """A key document, judged by these roles; by its own, where there are none."""
    need(len(data) <= 65536, "document-size")
    value = decode(data)
    forms.fits(value, forms.DOCUMENT)
    assert isinstance(value, list)
    kind, body, proofs = value
    need(kind == what, "document-kind")
    for role in roles or []:
        quorum(role, what, body, proofs)
    told = forms.closed(decode(body), forms.ROOT if what == "root" else forms.KEY_SET)
    if what == "root":
        for threshold, holders in (told[4], told[5]):
            need(len(set(holders)) == len(holders) >= threshold, "document-role")
        quorum(told[4], what, body, proofs)
    return told


def quorum(role: list[Any], what: str, body: bytes, proofs: list[list[bytes]]) -> None:
    threshold, holders = role
    message = f"kirpik/1 {what} document\0".encode() + body
    by_id = {sha256(b"kirpik/1 document kid\0", public)[:8]: public for public in holders}
    good = {key_id for key_id, proof in proofs if key_id in by_id and dual_signed(by_id[key_id], message, proof)}
    need(len(good) >= threshold, "document-threshold")


def topic(name: str) -> None:
    need(re.fullmatch(r"kirpik/1/u/[^/]*/[^/]*/[^/]*", name), "topic-form")
    unit, way, leaf = name.split("/")[3:]
    leaves = {"up": ("v", "health", "standing", "state", "enrol", "result"), "down": ("receipt", "order")}
    need(leaf in leaves.get(way, ()), "topic-leaf")
    need(re.fullmatch(r"[0-9a-f]{32}", unit), "topic-unit")


def health(data: bytes, names: set[str]) -> None:
    need(len(data) <= 4096, "health-size")
    twice = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend([True] * (len(pairs) - len(dict(pairs))))
        return dict(pairs)

    try:
        value = json.loads(data, object_pairs_hook=once)
    except ValueError:
        value = None
    need(isinstance(value, dict) and not twice, "health-json")
    for name, number in value.items():
        need(name in names, "health-field")
        need(type(number) in (int, float) and math.isfinite(number), "health-number")


def chain(packets: list[tuple[bytes, bytes]], unit: bytes) -> None:
    epoch, sequence, last = 0, 0, sha256(b"kirpik/1 genesis\0", unit)
    for told, link in ((header(data), link) for data, link in packets):
        need(told["unit"] == unit, "chain-unit")
        need((told["epoch"], told["sequence"]) > (epoch, sequence), "chain-stale")
        need(told["sequence"] == (sequence + 1 if told["epoch"] == epoch else 1), "chain-gap")
        need(told["previous"] == last, "chain-previous")
        epoch, sequence, last = told["epoch"], told["sequence"], link
