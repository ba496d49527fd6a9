"""The central's signed word on what it holds for good. Only on this word does the eye delete a packet.

A receipt speaks of one epoch of one unit: it covers sequences 1 to `up_to`, provided that the eye's own packet there
has the hash `chain`, and single packets by their hashes. CBOR map ‖ Ed25519 over "kirpik/1 receipt\\0" ‖ map.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, signature
from kirpik.wire.ids import UNIT_ID_BYTES
from kirpik.wire.packet import LINK_BYTES

MAX_BYTES = 65536
MAX_LISTED = 256

REASONS = ("signature", "recipient", "seal", "record", "revoked", "fork", "policy")
"""Why a packet was refused; the list is closed."""

NO_CHAIN = bytes(LINK_BYTES)
"""The chain hash where `up_to` is 0."""


@dataclass(frozen=True, slots=True)
class Refusal:
    sequence: int
    link: bytes
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    unit: bytes
    epoch: int
    up_to: int
    """Every sequence from 1 to this one is stored for good, or refused and listed so at the time."""
    chain: bytes
    """Link of the packet at `up_to`."""
    selective: tuple[tuple[int, bytes], ...] = ()
    """Other packets that are stored for good, as (sequence, link): those beyond a gap, and those that came again."""
    refused: tuple[Refusal, ...] = ()
    central_utc_ms: int
    root_version: int
    """Newest that the central knows of: a unit that has older ones is being kept from them."""
    keyset_version: int


SEQUENCE = fields.whole(1)
LINK = fields.blob(LINK_BYTES)
ALLOWED = {
    1: ("unit", fields.blob(UNIT_ID_BYTES)),
    2: ("epoch", fields.whole(1, 2**32 - 1)),
    3: ("up_to", fields.whole()),
    4: ("chain", LINK),
    5: ("selective", fields.many(fields.row(SEQUENCE, LINK), 0, MAX_LISTED)),
    6: ("refused", fields.many(fields.row(SEQUENCE, LINK, fields.one_of(*REASONS)), 0, MAX_LISTED)),
    7: ("central_utc_ms", fields.whole()),
    8: ("root_version", fields.whole()),
    9: ("keyset_version", fields.whole()),
}


def sign_receipt(receipt: Receipt, key: signature.SigningKey) -> bytes:
    refused = [[item.sequence, item.link, item.reason] for item in receipt.refused]
    values = {number: getattr(receipt, name) for number, (name, _) in ALLOWED.items()} | {6: refused}
    body = cbor.encode(values)
    _parse(body)
    return body + key.sign(signature.RECEIPT, body)


def verify_receipt(data: bytes, receipt_publics: Iterable[bytes]) -> Receipt:
    """Raises WireError unless one of the receipt keys signed exactly these bytes."""
    if not signature.SIGNATURE_BYTES < len(data) <= MAX_BYTES:
        raise WireError("receipt-size", f"{len(data)} bytes")
    body, proof = data[: -signature.SIGNATURE_BYTES], data[-signature.SIGNATURE_BYTES :]
    if not any(signature.verify(public, signature.RECEIPT, body, proof) for public in receipt_publics):
        raise WireError("receipt-signature")
    return _parse(body)


def receipt_hash(data: bytes) -> bytes:
    """By which the unit's next packet says what it was told."""
    return hashlib.sha256(data).digest()


def told_place(data: bytes) -> tuple[int, int, bytes] | None:
    """Epoch, up_to and chain of a receipt that was verified when it came; None when it covers nothing, or is none."""
    try:
        told = _parse(data[: -signature.SIGNATURE_BYTES])
    except WireError:
        return None
    return (told.epoch, told.up_to, told.chain) if told.up_to else None


def _parse(body: bytes) -> Receipt:
    values = fields.closed_map("receipt", cbor.decode(body), ALLOWED)
    values["refused"] = tuple(Refusal(*item) for item in values["refused"])
    receipt = Receipt(**values)
    if (receipt.up_to == 0) != (receipt.chain == NO_CHAIN):
        raise WireError("receipt-chain", "the chain hash is zero where nothing is covered, and only there")
    return receipt
