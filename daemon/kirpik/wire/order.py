"""An order: a verb from a closed list, for one unit or a group, signed by one order key or two.

[payload, [COSE_Sign1…]], each COSE_Sign1 (RFC 9052, 4.2) with detached payload over the same bytes, so that any COSE
library can check each signature by itself. What only a unit can judge, its counter, its clock, its keys, is in `trust`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, sign1, signature
from kirpik.wire.documents import VERBS
from kirpik.wire.ids import UNIT_ID_BYTES

MAX_BYTES = 61440
"""Below the inbox's limit and the broker's."""
MAX_ARGUMENT_BYTES = 49152
KEY_ID_BYTES = 8
KEY_ID_DOMAIN = b"kirpik/1 order kid\0"
CONTEXT = b"kirpik/1 order\0"
"""COSE's external data: an order's signature is good for nothing else."""

DANGEROUS = frozenset(("wipe", "set-models"))
"""Need the signatures of two different keys."""
EVERYBODY = "all"
"""The group that every unit is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    verb: str
    target: bytes | str
    """A unit's id, or a group's name."""
    counter: int
    """Above the last that the unit has obeyed from the same key."""
    not_before_ms: int
    expires_ms: int
    expected: bytes | None = None
    """SHA-256 of what is to be replaced: an order that was written for another state is refused."""
    argument: bytes = field(default=b"", repr=False)
    """The new file of `set-…`."""

    @property
    def signatures_needed(self) -> int:
        return 2 if self.verb in DANGEROUS else 1


TIME_MS = fields.whole(0, 2**53)
ALLOWED = {
    1: ("verb", fields.one_of(*VERBS)),
    3: ("counter", fields.whole(1, 2**63 - 1)),
    4: ("not_before_ms", TIME_MS),
    5: ("expires_ms", TIME_MS),
    6: ("expected", fields.maybe(fields.blob(fields.SHA256_BYTES))),
    7: ("argument", fields.blob(0, MAX_ARGUMENT_BYTES)),
}
UNIT = fields.blob(UNIT_ID_BYTES)
GROUP = fields.text(1, 64)
WRAPPER = fields.row(fields.blob(1, MAX_BYTES), fields.many(lambda _, value: value, 1, 2))


@dataclass(frozen=True, slots=True)
class Signed:
    """An order as it came. `signatures` are not proven yet: key id and proof."""

    order: Order
    payload: bytes = field(repr=False)
    signatures: tuple[tuple[bytes, bytes], ...] = field(repr=False)

    @property
    def digest(self) -> bytes:
        """Names the order, whoever signed it and however often it comes."""
        return order_hash(self.payload)

    def signed_by(self, public: bytes) -> bool:
        key = key_id(public)
        message = sign1.to_be_signed(sign1.protected_header(key), CONTEXT, self.payload)
        return any(who == key and signature.verify(public, b"", message, proof) for who, proof in self.signatures)


def key_id(public: bytes) -> bytes:
    return hashlib.sha256(KEY_ID_DOMAIN + public).digest()[:KEY_ID_BYTES]


def order_hash(payload: bytes) -> bytes:
    return hashlib.sha256(CONTEXT + payload).digest()


def sign_order(order: Order, keys: Iterable[signature.Signer]) -> bytes:
    payload = encode_order(order)
    return cbor.encode([payload, [_signed(payload, key) for key in keys]])


def co_sign(data: bytes, key: signature.Signer) -> bytes:
    """The order with a second key's signature, or as it is when that key has signed already."""
    signed = open_order(data)
    if key_id(key.public) in dict(signed.signatures):
        return data
    others = [_sign1(who, proof) for who, proof in signed.signatures]
    return cbor.encode([signed.payload, [*others, _signed(signed.payload, key)]])


def encode_order(order: Order) -> bytes:
    """Raises WireError for a value out of its range."""
    values = {number: getattr(order, name) for number, (name, _) in ALLOWED.items()} | {2: order.target}
    payload = cbor.encode(values)
    _decode(payload)
    return payload


def open_order(data: bytes) -> Signed:
    """What it says, unproven."""
    if len(data) > MAX_BYTES:
        raise WireError("order-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    payload, messages = WRAPPER("order", cbor.decode(data))
    return Signed(_decode(payload), payload, tuple(map(_open_sign1, messages)))


def _decode(payload: bytes) -> Order:
    values = cbor.decode(payload)
    target = values.pop(2, None) if isinstance(values, dict) else None
    checked = fields.closed_map("order", values, ALLOWED)
    return Order(target=UNIT("target", target) if isinstance(target, bytes) else GROUP("target", target), **checked)


def _signed(payload: bytes, key: signature.Signer) -> list[object]:
    who = key_id(key.public)
    return _sign1(who, key.sign(b"", sign1.to_be_signed(sign1.protected_header(who), CONTEXT, payload)))


def _sign1(who: bytes, proof: bytes) -> list[object]:
    return [sign1.protected_header(who), {}, None, proof]


def _open_sign1(message: object) -> tuple[bytes, bytes]:
    if not isinstance(message, list) or len(message) != 4 or message[1:3] != [{}, None]:
        raise WireError("order-form", "expected COSE_Sign1 with nothing unprotected and its payload detached")
    protected, proof = fields.blob(1, 64)("protected", message[0]), fields.blob(signature.SIGNATURE_BYTES)
    header = cbor.decode(protected)
    who = header.get(sign1.KEY_ID) if isinstance(header, dict) else None
    if not isinstance(who, bytes) or protected != sign1.protected_header(who) or len(who) != KEY_ID_BYTES:
        raise WireError("order-form", "expected EdDSA and the order key's id")
    return who, proof("signature", message[3])
