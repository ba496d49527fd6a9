"""The unit's own TLS key and certificate as files in PEM. The key is made here and never leaves."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from kirpik.errors import TrustError
from kirpik.wire.signature import SigningKey


def create_tls_key(path: Path) -> SigningKey:
    """The key that is there, or a new one."""
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_whole(path, data, mode=0o600)
    return _load(path)


def _load(path: Path) -> SigningKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise TrustError(f"{path}: cannot read the key: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise TrustError(f"{path}: expected a private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrustError(f"{path}: expected an Ed25519 key")
    return SigningKey(key)


def is_certified(path: Path, *, unit: bytes, public: bytes) -> bool:
    """Whether a certificate is there that names this unit and this key."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return False
    return _names(certificate, unit, public)


def keep_certificate(path: Path, der: bytes, *, ca: Path, unit: bytes, public: bytes) -> None:
    """Raises TrustError unless the authority on our card certified this very unit and key."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        authority = x509.load_pem_x509_certificate(ca.read_bytes())
        certificate.verify_directly_issued_by(authority)
    except OSError as error:
        raise TrustError(f"{ca}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, InvalidSignature) as error:
        raise TrustError("answer: not a certificate of the authority on this card") from error
    if not _names(certificate, unit, public):
        raise TrustError("answer: a certificate for another unit or key")
    write_whole(path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _names(certificate: x509.Certificate, unit: bytes, public: bytes) -> bool:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    raw = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return len(names) == 1 and names[0].value == unit.hex() and raw.endswith(public)


def write_whole(path: Path, data: bytes, *, mode: int) -> None:
    """What this has returned from survives a power cut: a key that was lost so would make its own unit a stranger."""
    partial = path.with_name(f".{path.name}.adding")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)  # whatever the umask of a service leaves
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise TrustError(f"{path}: cannot be written: {error.strerror}") from error
