"""HPKE base mode with X-Wing, from RFC 9180 section 5.1 and draft-connolly-cfrg-xwing-kem, one primitive at a time."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.checker import Refused

SUITE = b"HPKE" + bytes.fromhex("647a00010003")
XWING_LABEL = rb"\.//^" + b"\\"


def public_of(seed: bytes) -> bytes:
    mlkem, x25519 = _expand(seed)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def open_sealed(seed: bytes, sealed: bytes, info: bytes) -> bytes:
    enc, ciphertext = sealed[:1120], sealed[1120:]
    key, nonce = _schedule(_decapsulate(seed, enc), info)
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, b"")
    except InvalidTag as error:
        raise Refused("seal-open") from error


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    parts = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(parts[:64]), X25519PrivateKey.from_private_bytes(parts[64:])


def _decapsulate(seed: bytes, enc: bytes) -> bytes:
    mlkem, x25519 = _expand(seed)
    from_lattice, from_curve = (
        mlkem.decapsulate(enc[:1088]),
        x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:])),
    )
    own = x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(from_lattice + from_curve + enc[1088:] + own + XWING_LABEL).digest()


def _schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180 5.1, mode_base: no PSK, so its hash is that of nothing."""
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    return _grow(secret, b"key", context, 32), _grow(secret, b"base_nonce", context, 12)


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), b"HPKE-v1" + SUITE + label + ikm, "sha256").digest()


def _grow(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(secret)
