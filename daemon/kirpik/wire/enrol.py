"""A unit that nobody knows yet asks to belong to the fleet; who answers has seen its fingerprint, or gave it a token.

The request is the unit's own word: signed by the key that it is named after, holding the key of its TLS certificate,
which signs too. A token, one for each site, proves itself by an HMAC over both keys and never travels. The answer is a
certificate, good by the fleet's authority alone, so nobody needs to sign it once more.
"""

import hashlib
import hmac
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, signature
from kirpik.wire.ids import unit_id

MAX_BYTES = 4096
ENROL = b"kirpik/1 enrol\0"
ENROL_TLS = b"kirpik/1 enrol tls\0"
TOKEN_ID = b"kirpik/1 token id\0"
TOKEN_KEY = b"kirpik/1 token key\0"
TOKEN_BYTES, TOKEN_ID_BYTES = 10, 8
"""80 bits: five words to type, single use, short-lived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    public: bytes
    """The unit's first signing key, Ed25519; by its hash the unit is named."""
    tls_public: bytes
    """Ed25519 too; what the certificate is asked for."""
    utc_ms: int
    """By the unit's clock, which may say 1970."""
    software: str
    label: str
    """What was written on its card: a hint for people."""
    token: bytes | None = None
    """Id of a site's token."""
    token_proof: bytes | None = None
    tls_proof: bytes

    @property
    def unit(self) -> bytes:
        return unit_id(self.public)


ALLOWED = {
    1: ("public", fields.blob(signature.PUBLIC_BYTES)),
    2: ("tls_public", fields.blob(signature.PUBLIC_BYTES)),
    3: ("utc_ms", fields.whole(0, 2**53)),
    4: ("software", fields.text(0, 32)),
    5: ("label", fields.text(0, 64)),
    6: ("token", fields.maybe(fields.blob(TOKEN_ID_BYTES))),
    7: ("token_proof", fields.maybe(fields.blob(fields.SHA256_BYTES))),
    8: ("tls_proof", fields.blob(signature.SIGNATURE_BYTES)),
}
ANSWER = fields.row(fields.blob(1, MAX_BYTES))


def make_request(
    identity: signature.Signer, tls: signature.Signer, *, utc_ms: int, software: str, label: str = "",
    token: bytes | None = None,
) -> bytes:  # fmt: skip
    request = Request(
        public=identity.public, tls_public=tls.public, utc_ms=utc_ms, software=software, label=label,
        token=None if token is None else token_id(token),
        token_proof=None if token is None else token_proof(token_key(token), identity.public, tls.public),
        tls_proof=tls.sign(ENROL_TLS, identity.public),
    )  # fmt: skip
    body = cbor.encode({number: getattr(request, name) for number, (name, _) in ALLOWED.items()})
    return body + identity.sign(ENROL, body)


def open_request(data: bytes) -> Request:
    """Raises WireError unless both keys have signed. Whether the unit is welcome is for people to say."""
    if not signature.SIGNATURE_BYTES < len(data) <= MAX_BYTES:
        raise WireError("enrol-size", f"{len(data)} bytes")
    body, proof = data[: -signature.SIGNATURE_BYTES], data[-signature.SIGNATURE_BYTES :]
    request = Request(**fields.closed_map("enrol", cbor.decode(body), ALLOWED))
    if not signature.verify(request.public, ENROL, body, proof):
        raise WireError("enrol-signature")
    if not signature.verify(request.tls_public, ENROL_TLS, request.public, request.tls_proof):
        raise WireError("enrol-tls-proof")
    return request


def token_id(token: bytes) -> bytes:
    return hashlib.sha256(TOKEN_ID + token).digest()[:TOKEN_ID_BYTES]


def token_key(token: bytes) -> bytes:
    """What the desk keeps instead of the token itself."""
    return hashlib.sha256(TOKEN_KEY + token).digest()


def token_proof(key: bytes, public: bytes, tls_public: bytes) -> bytes:
    return hmac.digest(key, ENROL + public + tls_public, "sha256")


def holds_token(request: Request, key: bytes) -> bool:
    proof = token_proof(key, request.public, request.tls_public)
    return request.token_proof is not None and hmac.compare_digest(proof, request.token_proof)


def encode_answer(certificate: bytes) -> bytes:
    """`certificate` is DER."""
    return cbor.encode([certificate])


def decode_answer(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise WireError("enrol-size", f"{len(data)} bytes")
    (certificate,) = ANSWER("answer", cbor.decode(data))
    return bytes(certificate)
