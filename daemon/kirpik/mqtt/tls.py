"""The TLS settings with which a broker is called: version 1.3, the fleet's own authority and no other."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from kirpik.errors import ConfigError

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files in PEM: whom to believe, and who we are."""

    ca: Path
    certificate: Path
    key: Path
    more_authorities: bytes = field(default=b"", repr=False)
    """PEM, believed beside `ca`: while an authority is exchanged there are two."""

    def context(self) -> ssl.SSLContext:
        """Raises ConfigError that names the file which cannot be used."""
        for path in (self.ca, self.certificate, self.key):
            _check_readable(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cafile=self.ca)
        except ssl.SSLError as error:
            raise ConfigError(f"{self.ca}: expected certificates in PEM") from error
        if self.more_authorities:
            _believe_too(context, self.more_authorities)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except ssl.SSLError as error:
            raise ConfigError(f"{self.key}: expected the private key of {self.certificate}, both in PEM") from error
        return context

    def name(self) -> str:
        """Return the common name of our certificate, which the broker takes for our user name and client id."""
        _check_readable(self.certificate)
        try:
            subject = x509.load_pem_x509_certificate(self.certificate.read_bytes()).subject
            return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        except (ValueError, IndexError) as error:
            raise ConfigError(f"{self.certificate}: expected a certificate in PEM with a common name") from error


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody without a certificate, in the broker's lobby: the broker proves itself, we only say a name."""

    ca: Path
    visitor: str

    def context(self) -> ssl.SSLContext:
        _check_readable(self.ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cafile=self.ca)
        except ssl.SSLError as error:
            raise ConfigError(f"{self.ca}: expected certificates in PEM") from error
        return context

    def name(self) -> str:
        return self.visitor


def without_dates(flags: ssl.VerifyFlags) -> ssl.VerifyFlags:
    """The same checks of chain and host name, but not of dates: for a unit whose clock was lost with its power."""
    return flags | ssl.VerifyFlags(NO_CHECK_TIME)


def _believe_too(context: ssl.SSLContext, authorities: bytes) -> None:
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError("key set: broker_ca: expected certificates in PEM") from error


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
