"""What a unit answers to an order: signed by the unit, so that nobody on the way can say that it obeyed.

CBOR map ‖ Ed25519 over "kirpik/1 result\\0" ‖ map, by the key that the unit signs packets with.
"""

from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, signature
from kirpik.wire.ids import UNIT_ID_BYTES

MAX_BYTES = 4096
OUTCOMES = ("done", "on-trial", "held", "rolled-back", "refused", "failed")
"""`held`: good, and obeyed when its time has come; `on-trial`: in force, and taken back unless the eye stays well;
`rolled-back`: it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    unit: bytes
    order: bytes
    """Hash of the order's payload."""
    outcome: str
    reason: str = ""
    """A stable name and a sentence; empty where there is nothing to explain."""
    utc_ms: int
    figures: tuple[tuple[str, int], ...] = ()
    """Of a report, by name."""


ALLOWED = {
    1: ("unit", fields.blob(UNIT_ID_BYTES)),
    2: ("order", fields.blob(fields.SHA256_BYTES)),
    3: ("outcome", fields.one_of(*OUTCOMES)),
    4: ("reason", fields.text(0, 400)),
    5: ("utc_ms", fields.whole(0, 2**53)),
    6: ("figures", fields.many(fields.row(fields.text(1, 32), fields.whole(-(2**63), 2**63 - 1)), 0, 64)),
}


def sign_result(result: Result, signer: signature.Signer) -> bytes:
    body = cbor.encode({number: getattr(result, name) for number, (name, _) in ALLOWED.items()})
    _parse(body)
    return body + signer.sign(signature.RESULT, body)


def read_result(data: bytes) -> Result:
    """What it says, unproven: for one's own, whose key may have changed since."""
    return _parse(data[: -signature.SIGNATURE_BYTES])


def verify_result(data: bytes, unit_public: bytes) -> Result:
    """Raises WireError unless the unit signed exactly these bytes."""
    if not signature.SIGNATURE_BYTES < len(data) <= MAX_BYTES:
        raise WireError("result-size", f"{len(data)} bytes")
    body, proof = data[: -signature.SIGNATURE_BYTES], data[-signature.SIGNATURE_BYTES :]
    if not signature.verify(unit_public, signature.RESULT, body, proof):
        raise WireError("result-signature")
    return _parse(body)


def _parse(body: bytes) -> Result:
    return Result(**fields.closed_map("result", cbor.decode(body), ALLOWED))
