"""Receipts and key documents: whose word it is."""

from dataclasses import replace

from kirpik.wire import cbor, dualsign, keydocs, signature
from kirpik.wire.documents import encode_body
from kirpik.wire.keydocs import DOMAINS, sign_document
from kirpik.wire.receipt import Refusal, sign_receipt
from kirpik.wire.signature import OUTER
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, RECEIPT, RECEIPT_KEY, UNIT_KEY
from tests.wire_vectors import Vector, flip, vector


def receipt_vectors() -> list[Vector]:
    full = replace(RECEIPT, selective=((4, b"a" * 32),), refused=(Refusal(5, b"c" * 32, "record"),))
    good = sign_receipt(full, RECEIPT_KEY)
    values = cbor.decode(good[:-64])
    assert isinstance(values, dict)
    bad = {
        "unit too short": (values | {1: b"short"}, "field-range"),
        "nothing covered, and yet a link": (values | {3: 0}, "receipt-chain"),
        "something covered without a link": (values | {4: bytes(32)}, "receipt-chain"),
        "refused for an unknown reason": (values | {6: [[5, b"c" * 32, "mood"]]}, "field-range"),
        "without its time": ({k: v for k, v in values.items() if k != 7}, "field-missing"),
        "for another unit": (values | {1: bytes(16)}, "receipt-unit"),
    }
    return [
        vector("good", good, up_to=2),
        vector("altered", flip(good, 60), "receipt-signature"),
        vector("by another key", sign_receipt(full, UNIT_KEY), "receipt-signature"),
        vector("signed as a packet", good[:-64] + RECEIPT_KEY.sign(OUTER, good[:-64]), "receipt-signature"),
        vector("a signature alone", good[-64:], "receipt-size"),
        vector("oversized", good.ljust(65537, b"\0"), "receipt-size"),
        *[vector(name, _sign_receipt(cbor.encode(told)), refused) for name, (told, refused) in bad.items()],
    ]


def _sign_receipt(body: bytes) -> bytes:
    return body + RECEIPT_KEY.sign(signature.RECEIPT, body)


def document_vectors() -> list[Vector]:
    """Roles of one holder, to keep the file small. What is a "root" or "set" is judged under the first root."""
    first = samples.root(1, root_role=samples.role(0, threshold=1), keys_role=samples.role(3, threshold=1))
    by_keys, by_root = (sign_document(samples.keyset(4), [HOLDERS[n]]) for n in (3, 0))
    second, third = (sign_document(replace(first, version=v), [HOLDERS[0]]) for v in (2, 3))
    stranger = sign_document(replace(first, version=2), [HOLDERS[1]])
    body = cbor.encode([1])
    two_of_one = cbor.encode(
        ["set", body, [[dualsign.key_id(HOLDERS[3].public), HOLDERS[3].sign(DOMAINS["set"], body)]]]
    )
    documents = (
        ("first", "first root", sign_document(first, [HOLDERS[0]]), ""),
        ("root", "next root", second, ""),
        ("root", "a root left out", third, "root-version"),
        ("root", "root by a stranger", stranger, "document-threshold"),
        ("set", "key set", by_keys, ""),
        ("set", "key set by the root's holder", by_root, "document-threshold"),
        ("set", "key set altered", flip(by_keys, 300), "document-threshold"),
        ("set", "a root as a key set", second, "document-kind"),
        ("set", "the same version again", sign_document(samples.keyset(3), [HOLDERS[3]]), "keyset-version"),
        ("set", "a body that is no map", two_of_one, "field-type"),
        ("set", "a minimum of software that is no version", _for_newest_software(), "field-range"),
        ("set", "oversized", by_keys.ljust(65537, b"\0"), "document-size"),
        ("set", "signed as a root", _crossed(by_keys), "document-threshold"),
        ("root", "a role that cannot be filled", _unfillable(first), "document-role"),
    )
    return [{"what": what, **vector(name, data, refused)} for what, name, data, refused in documents]


def _for_newest_software() -> bytes:
    told = cbor.decode(encode_body(samples.keyset(4)))
    assert isinstance(told, dict)
    body = cbor.encode(told | {10: "newest"})
    return cbor.encode(["set", body, [[dualsign.key_id(HOLDERS[3].public), HOLDERS[3].sign(DOMAINS["set"], body)]]])


def _crossed(document: bytes) -> bytes:
    """The right holder's signature, given for another purpose."""
    told = cbor.decode(document)
    assert isinstance(told, list)
    body = told[1]
    assert isinstance(body, bytes)
    return cbor.encode(["set", body, [[dualsign.key_id(HOLDERS[3].public), HOLDERS[3].sign(DOMAINS["root"], body)]]])


def _unfillable(first: keydocs.Root) -> bytes:
    told = cbor.decode(encode_body(replace(first, version=2)))
    assert isinstance(told, dict)
    body = cbor.encode(told | {5: [2, [HOLDERS[3].public]]})
    return cbor.encode(["root", body, [[dualsign.key_id(HOLDERS[0].public), HOLDERS[0].sign(DOMAINS["root"], body)]]])
