import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from kirpik.errors import TrustError
from kirpik_provisioning.pki import (
    NEVER,
    Certified,
    authority_from,
    certify_client,
    issue_broker,
    issue_client,
    new_authority,
    revocation_list,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Certified:
    return new_authority("a fleet", now=NOW)


def test_a_unit_is_certified_for_ever_and_as_a_client_alone(authority: Certified) -> None:
    unit = issue_client(authority, "ab" * 16, now=NOW).certificate
    unit.verify_directly_issued_by(authority.certificate)
    assert unit.subject.rfc4514_string() == "CN=" + "ab" * 16
    assert unit.not_valid_after_utc == NEVER
    usages = unit.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_broker_is_certified_under_every_name_and_address(authority: Certified) -> None:
    broker = issue_broker(authority, ["broker.example", "127.0.0.1"], now=NOW).certificate
    names = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_another_fleets_authority_did_not_sign_it(authority: Certified) -> None:
    unit = issue_client(authority, "unit", now=NOW).certificate
    with pytest.raises(InvalidSignature):
        unit.verify_directly_issued_by(new_authority("a fleet", now=NOW).certificate)


def test_only_the_owner_may_read_a_written_key_and_openssl_takes_the_pair(authority: Certified, tmp_path: Path) -> None:
    issue_client(authority, "unit", now=NOW).write(tmp_path, "unit")
    assert stat.S_IMODE((tmp_path / "unit.key").stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(tmp_path / "unit.pem", tmp_path / "unit.key")


def test_a_key_does_not_show_when_printed(authority: Certified) -> None:
    assert "key" not in repr(authority)


def test_a_revocation_list_names_certificates_and_is_the_authoritys_own() -> None:
    authority = new_authority("fleet", now=NOW)
    first, second = (issue_client(authority, "ab" * 16, now=NOW).certificate.serial_number for _ in range(2))
    listed = x509.load_pem_x509_crl(revocation_list(authority, [first], number=3, now=NOW))
    assert listed.is_signature_valid(authority.key.public_key())
    assert listed.get_revoked_certificate_by_serial_number(first) is not None
    assert listed.get_revoked_certificate_by_serial_number(second) is None


def test_a_key_made_elsewhere_is_certified_and_stays_there() -> None:
    authority, unit = new_authority("fleet", now=NOW), Ed25519PrivateKey.generate()
    certificate = certify_client(authority, "ab" * 16, unit.public_key().public_bytes_raw(), now=NOW)
    certificate.verify_directly_issued_by(authority.certificate)
    assert certificate.public_key() == unit.public_key()


def test_an_authority_is_its_own_certificate_and_key() -> None:
    one, other = (new_authority("fleet", now=NOW) for _ in range(2))
    assert authority_from(one.certificate_pem(), one.key_pem()).certificate == one.certificate
    with pytest.raises(TrustError, match="not that of the certificate"):
        authority_from(one.certificate_pem(), other.key_pem())
    with pytest.raises(TrustError, match="expected a certificate"):
        authority_from(b"no", one.key_pem())
