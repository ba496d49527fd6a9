import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from kirpik_provisioning.pki import NEVER, Certified, issue_broker, issue_client, new_authority

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
