"""Signatures of key documents: Ed25519 and ML-DSA-65 together, each over the same bytes, and both must hold.

Packets need only Ed25519, because a forgery is of no use once a packet has been receipted; who signs key documents can
replace everything, so a quantum computer of the future must not be able to. Rare, so their size does not matter.
"""

import hashlib
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from kirpik.wire import signature

SEED_BYTES = 32
MLDSA_PUBLIC_BYTES = 1952
MLDSA_SIGNATURE_BYTES = 3309
PUBLIC_BYTES = signature.PUBLIC_BYTES + MLDSA_PUBLIC_BYTES
SIGNATURE_BYTES = signature.SIGNATURE_BYTES + MLDSA_SIGNATURE_BYTES
KEY_ID_BYTES = 8

SEED_DOMAIN = b"kirpik/1 document key\0"
KEY_ID_DOMAIN = b"kirpik/1 document kid\0"
MLDSA_CONTEXT = b"kirpik/1"


class DocumentSigner(Protocol):
    """Whoever can sign key documents: from memory, or with one half in a device."""

    @property
    def public(self) -> bytes: ...
    def sign(self, domain: bytes, message: bytes) -> bytes: ...


class TwoPartKey:
    """One holder's key of two halves, each wherever it is kept. It does not show itself."""

    def __init__(self, classic: signature.Signer, lattice_seed: bytes) -> None:
        self._classic = classic
        self._lattice = MLDSA65PrivateKey.from_seed_bytes(lattice_seed)
        self.public = classic.public + self._lattice.public_key().public_bytes_raw()

    def sign(self, domain: bytes, message: bytes) -> bytes:
        return self._classic.sign(domain, message) + self._lattice.sign(domain + message, MLDSA_CONTEXT)


class DocumentKey(TwoPartKey):
    """One holder's private key, from one seed."""

    def __init__(self, seed: bytes) -> None:
        parts = hashlib.shake_256(SEED_DOMAIN + seed).digest(64)
        super().__init__(signature.SigningKey.from_seed(parts[:32]), parts[32:])


def key_id(public: bytes) -> bytes:
    return hashlib.sha256(KEY_ID_DOMAIN + public).digest()[:KEY_ID_BYTES]


def verify(public: bytes, domain: bytes, message: bytes, proof: bytes) -> bool:
    """Whether both halves of `proof` are by `public`."""
    classic, lattice = public[: signature.PUBLIC_BYTES], public[signature.PUBLIC_BYTES :]
    if not signature.verify(classic, domain, message, proof[: signature.SIGNATURE_BYTES]):
        return False
    try:
        _parse(lattice).verify(proof[signature.SIGNATURE_BYTES :], domain + message, MLDSA_CONTEXT)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=32)
def _parse(public: bytes) -> MLDSA65PublicKey:
    return MLDSA65PublicKey.from_public_bytes(public)
