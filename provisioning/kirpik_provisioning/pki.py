"""The fleet's certificates: one authority, the broker, each unit and each central. All Ed25519, all for TLS alone.

They say who may speak, never what may be believed: packets, receipts and orders carry signatures of their own.
A unit's certificate does not expire, because a unit that has slept for years must still be able to call in;
who shall not speak any more is on the broker's list of revoked certificates.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kirpik.errors import TrustError

NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What RFC 5280 writes for a certificate without an end."""
BROKER_LIFE = timedelta(days=10 * 365)
"""Long, because a broker whose certificate ran out cuts off the whole fleet; it can be exchanged at any time."""
BACKDATED = timedelta(days=1)
"""A new certificate is already good for a peer whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A private key and the certificate that was made for it."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey = field(repr=False)

    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def write(self, folder: Path, stem: str) -> None:
        """Write `<stem>.pem`, and `<stem>.key` that only its owner may read."""
        (folder / f"{stem}.pem").write_bytes(self.certificate_pem())
        handle = os.open(folder / f"{stem}.key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self.key_pem())


def new_authority(name: str, *, now: datetime) -> Certified:
    key = Ed25519PrivateKey.generate()
    builder = _builder(name, name, key.public_key(), now=now, until=NEVER)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return Certified(builder.sign(key, None), key)


def issue_broker(authority: Certified, hosts: Sequence[str], *, now: datetime) -> Certified:
    """Certify a broker under the names and addresses by which units call it, the first being its own."""
    return _issue(authority, hosts, ExtendedKeyUsageOID.SERVER_AUTH, now=now, until=now + BROKER_LIFE)


def issue_client(authority: Certified, name: str, *, now: datetime, until: datetime = NEVER) -> Certified:
    """Certify a unit (`name` is its unit id in hex) or a central. The name becomes the broker's user and client id."""
    return _issue(authority, [name], ExtendedKeyUsageOID.CLIENT_AUTH, now=now, until=until)


def certify_client(authority: Certified, name: str, public: bytes, *, now: datetime) -> x509.Certificate:
    """As `issue_client`, for a key that was made elsewhere and stays there. `public` is Ed25519, 32 bytes."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return _certify(authority, [name], key, ExtendedKeyUsageOID.CLIENT_AUTH, now=now, until=NEVER)


def revocation_list(authority: Certified, serials: Sequence[int], *, number: int, now: datetime) -> bytes:
    """In PEM, for the broker's `crlfile`. It does not run out: an old list is better than no broker."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - BACKDATED)
        .next_update(NEVER)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial in sorted(serials):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - BACKDATED).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, None).public_bytes(serialization.Encoding.PEM)


def authority_from(certificate_pem: bytes, key_pem: bytes) -> Certified:
    """Raises TrustError unless the two belong together."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        key = serialization.load_pem_private_key(key_pem, None)
    except ValueError as error:
        raise TrustError("authority: expected a certificate and its private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey) or key.public_key() != certificate.public_key():
        raise TrustError("authority: the private key is not that of the certificate")
    return Certified(certificate, key)


def _issue(
    authority: Certified, names: Sequence[str], purpose: x509.ObjectIdentifier, *, now: datetime, until: datetime
) -> Certified:
    key = Ed25519PrivateKey.generate()
    return Certified(_certify(authority, names, key.public_key(), purpose, now=now, until=until), key)


def _certify(
    authority: Certified, names: Sequence[str], key: Ed25519PublicKey, purpose: x509.ObjectIdentifier, *,
    now: datetime, until: datetime,
) -> x509.Certificate:  # fmt: skip
    issuer = authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    builder = _builder(names[0], str(issuer), key, now=now, until=until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer_id, critical=False)
    if purpose == ExtendedKeyUsageOID.SERVER_AUTH:
        hosts = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = builder.add_extension(hosts, critical=False)
    return builder.sign(authority.key, None)


def _builder(
    subject: str, issuer: str, public: Ed25519PublicKey, *, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
