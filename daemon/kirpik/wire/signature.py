"""Ed25519, always over a named domain, so that no signature can be used for a purpose it was not given for."""

from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64

OUTER = b"kirpik/1 outer signature\0"
RECEIPT = b"kirpik/1 receipt\0"
RESULT = b"kirpik/1 result\0"
KEY_CHANGE = b"kirpik/1 key change\0"


class Signer(Protocol):
    """Whatever holds a private key: memory, or a device that lets nobody read it."""

    @property
    def public(self) -> bytes: ...
    def sign(self, domain: bytes, message: bytes) -> bytes: ...


class SigningKey:
    """A private key. It does not show itself."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    @classmethod
    def from_seed(cls, seed: bytes | memoryview) -> "SigningKey":
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(Ed25519PrivateKey.generate())

    def seed(self) -> bytes:
        return self._key.private_bytes_raw()

    def sign(self, domain: bytes, message: bytes) -> bytes:
        """`domain` is empty only for COSE, whose structure names its own context."""
        return self._key.sign(domain + message)


def verify(public: bytes, domain: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is by `public`. A key that is not a point of the curve verifies nothing."""
    try:
        _parse(public).verify(signature, domain + message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _parse(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
