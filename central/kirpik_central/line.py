"""Where the central's broker is, and the TLS 1.3 settings with which it is called."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from kirpik.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Line:
    """Where the broker is and how we call it. Files are PEM."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    share: str = ""
    """Group of workers; empty for a single central."""

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cafile=self.ca)
            context.load_cert_chain(self.certificate, self.key)
        except ssl.SSLError as error:
            files = f"{self.ca}, {self.certificate}, {self.key}"
            raise ConfigError(
                f"{files}: expected an authority, a certificate and its private key, all in PEM"
            ) from error
        except OSError as error:
            raise ConfigError(f"{self._missing()}: cannot be read: {error.strerror}") from error
        return context

    def name(self) -> str:
        """Return our certificate's common name, which the broker takes for our client id."""
        subject = x509.load_pem_x509_certificate(self.certificate.read_bytes()).subject
        names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not names:
            raise ConfigError(f"{self.certificate}: expected a certificate with a common name")
        return str(names[0].value)

    def _missing(self) -> Path:
        return next((path for path in (self.ca, self.certificate, self.key) if not path.is_file()), self.ca)


def why(error: OSError | ValueError) -> str:
    """What a failed connection means, for the operator."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is not the one expected: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS 1.3 connection: {error.reason}"
        case ConnectionRefusedError():
            return "nobody listens there"
        case TimeoutError():
            return "no answer"
        case socket.gaierror():
            return f"the host's name is not known: {error.strerror}"
    return str(error)
