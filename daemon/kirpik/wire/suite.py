"""The one sealing suite: HPKE base mode with X-Wing (ML-KEM-768 + X25519), HKDF-SHA256 and ChaCha20-Poly1305.

Whoever seals can not open: the unit holds only the recipient's public key. Suite ids stand in every packet's header, so
that another suite is a new id and not a new format. The library promises the suite only on some builds of OpenSSL,
therefore `self_test` runs at start and the program ends when it fails.
"""

import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from kirpik.errors import TrustError, WireError

SUITE_IDS = (0x647A, 0x0001, 0x0003)
"""HPKE's numbers of the KEM, the KDF and the AEAD."""

SEED_BYTES = 32
MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = MLKEM_PUBLIC_BYTES + 32
ENC_BYTES = 1120
TAG_BYTES = 16
KEY_ID_BYTES = 8

KEY_ID_DOMAIN = b"kirpik/1 kid\0"

TEST_SEED = bytes.fromhex("3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630")
TEST_PUBLIC_SHA256 = bytes.fromhex("ad8aaf3f00d8a39bfeec2947a7d5dde68be08bba19bd301a348a45dc5fcc8341")
"""Of the public key that draft-ietf-hpke-pq gives for the seed above."""


class SealKey:
    """The recipient's private key, kept as X-Wing's 32-byte seed. It does not show itself."""

    def __init__(self, key: hpke.MLKEM768X25519PrivateKey, public: bytes) -> None:
        self._key = key
        self.public = public
        self.id = key_id(public)

    @classmethod
    def from_seed(cls, seed: bytes) -> "SealKey":
        """draft-connolly-cfrg-xwing-kem, expandDecapsulationKey."""
        if len(seed) != SEED_BYTES:
            raise TrustError(f"seal key: {len(seed)} bytes, expected a seed of {SEED_BYTES}")
        parts = hashlib.shake_256(seed).digest(96)
        mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(parts[:64]), X25519PrivateKey.from_private_bytes(parts[64:])
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(hpke.MLKEM768X25519PrivateKey(mlkem, x25519), public)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Raises WireError when anything was altered, or another key or `info` was meant."""
        try:
            return _suite().decrypt(sealed, self._key, info)
        except (InvalidTag, ValueError) as error:
            raise WireError("seal-open", "not sealed to this key, or altered") from error


def seal(plaintext: bytes, public: bytes, info: bytes) -> bytes:
    """enc ‖ ciphertext ‖ tag: ENC_BYTES + TAG_BYTES longer than the plaintext. `info` is bound, not carried."""
    return _suite().encrypt(plaintext, _parse(public), info)


def key_id(public: bytes) -> bytes:
    return hashlib.sha256(KEY_ID_DOMAIN + public).digest()[:KEY_ID_BYTES]


def self_test() -> None:
    """Raises TrustError unless keys expand as published and a seal opens, and only with its own key and info."""
    try:
        key, other = SealKey.from_seed(TEST_SEED), SealKey.from_seed(bytes(SEED_BYTES))
        sealed = seal(b"kirpik", key.public, b"self test")
        good = (
            hashlib.sha256(key.public).digest() == TEST_PUBLIC_SHA256
            and len(sealed) == ENC_BYTES + len(b"kirpik") + TAG_BYTES
            and key.open(sealed, b"self test") == b"kirpik"
            and _refuses(key, sealed, b"another")
            and _refuses(other, sealed, b"self test")
            and _refuses(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"self test")
        )
    except (UnsupportedAlgorithm, AttributeError, WireError) as error:
        raise TrustError("sealing suite: X-Wing is missing, install cryptography 50 from its own wheel") from error
    if not good:
        raise TrustError("sealing suite: the self-test failed, nothing may be sealed with this build of cryptography")


def _refuses(key: SealKey, sealed: bytes, info: bytes) -> bool:
    try:
        key.open(sealed, info)
    except WireError:
        return True
    return False


def _suite() -> hpke.Suite:
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


@lru_cache(maxsize=8)
def _parse(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    """Kept, because ML-KEM expands a matrix from its key each time that it is parsed."""
    if len(public) != PUBLIC_BYTES:
        raise TrustError(f"seal key: {len(public)} bytes, expected a public key of {PUBLIC_BYTES}")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES])
        return hpke.MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:]))
    except ValueError as error:
        raise TrustError("seal key: not an X-Wing public key") from error
