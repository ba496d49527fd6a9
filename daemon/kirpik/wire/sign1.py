"""The inner signature: a COSE_Sign1 (RFC 9052) with EdDSA, untagged, whose external data is the packet's header."""

from functools import lru_cache

from kirpik.errors import WireError
from kirpik.wire import cbor, signature

ALGORITHM, KEY_ID = 1, 4
"""Labels of COSE's common header parameters."""
EDDSA = -8
CONTEXT = "Signature1"


def sign(payload: bytes, *, signer: signature.Signer, unit: bytes, header: bytes) -> bytes:
    protected = protected_header(unit)
    proof = signer.sign(b"", to_be_signed(protected, header, payload))
    return cbor.encode([protected, {}, payload, proof])


def verify(inner: bytes, *, unit_public: bytes, unit: bytes, header: bytes) -> bytes:
    """The payload. Raises WireError unless `unit_public` signed exactly these bytes for exactly this header."""
    message = cbor.decode(inner)
    if not isinstance(message, list) or len(message) != 4:
        raise WireError("sign1-form", "expected an array of four")
    protected, unprotected, payload, proof = message
    if not (isinstance(payload, bytes) and isinstance(proof, bytes)):
        raise WireError("sign1-form", "payload and signature are byte strings")
    if protected != protected_header(unit) or unprotected != {}:
        raise WireError("sign1-header", "expected EdDSA, the unit's id, and nothing unprotected")
    if not signature.verify(unit_public, b"", to_be_signed(protected_header(unit), header, payload), proof):
        raise WireError("sign1-signature")
    return payload


def overhead() -> int:
    """Bytes around a payload of between 256 and 65,535 bytes."""
    return len(cbor.encode([protected_header(bytes(16)), {}, bytes(256), bytes(signature.SIGNATURE_BYTES)])) - 256


@lru_cache(maxsize=4096)
def protected_header(unit: bytes) -> bytes:
    """EdDSA, and whose key: for packets the unit's id. Kept, because a central meets each unit again and again."""
    return cbor.encode({ALGORITHM: EDDSA, KEY_ID: unit})


def to_be_signed(protected: bytes, header: bytes, payload: bytes) -> bytes:
    return cbor.encode([CONTEXT, protected, header, payload])
