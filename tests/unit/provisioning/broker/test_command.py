"""`kirpik broker` as operators call it: what lies there afterwards, and a sentence when it is used wrongly."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.x509.oid import NameOID

from kirpik.errors import KirpikError
from kirpik_provisioning.broker.clients import read_clients
from kirpik_provisioning.cli import bench
from kirpik_provisioning.enrol.bench import write_authority
from kirpik_provisioning.line import load_settings
from kirpik_provisioning.pki import new_authority

PASSPHRASE = "correct horse battery"  # noqa: S105  of keys that die with the test


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A desk with an authority, and nothing else: no root, no units."""
    (tmp_path / "answers").write_text(f"{PASSPHRASE}\n{PASSPHRASE}\n")
    (tmp_path / "desk").mkdir()
    made = new_authority("Almaty roads", now=datetime.now(UTC))
    write_authority(tmp_path / "desk", made, PASSPHRASE.encode(), work=10)
    return tmp_path


def run(home: Path, group: str, *words: str) -> Result:
    told = [group, "--desk", str(home / "desk"), "--passphrases", str(home / "answers"), *words]
    return CliRunner().invoke(bench, [word.replace("HOME", str(home)) for word in told])


def do(home: Path, *words: str) -> str:
    result = run(home, "broker", *words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(home: Path, *words: str) -> str:
    result = run(home, "broker", *words)
    assert result.exit_code != 0
    assert isinstance(result.exception, KirpikError | SystemExit), result.exception
    return str(result.exception) if isinstance(result.exception, KirpikError) else result.output


def subject(path: Path) -> str:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def revoked(home: Path) -> set[int]:
    return {entry.serial_number for entry in x509.load_pem_x509_crl((home / "broker/crl.pem").read_bytes())}


def test_a_new_broker_has_all_that_mosquitto_asks_for_and_the_desk_knows_where_it_is(home: Path) -> None:
    do(home, "new", "HOME/broker", "--host", "broker.example", "--port", "9883")
    names = {path.name for path in (home / "broker").iterdir()}
    assert names >= {"mosquitto.conf", "acl", "ca.pem", "broker.pem", "broker.key", "crl.pem", "lobby.conf"}
    assert names >= {"kirpik-broker.service", "kirpik-lobby.service"}
    assert stat.S_IMODE((home / "broker/broker.key").stat().st_mode) == 0o600
    assert (subject(home / "desk/desk.pem"), subject(home / "desk/fleet.pem")) == ("desk", "fleet")
    line = load_settings(home / "desk")
    assert (line.broker.host, line.broker.port) == ("broker.example", 9883)
    assert line.fleet is not None
    assert line.fleet.certificate == "fleet.pem"


def test_a_broker_is_not_written_over(home: Path) -> None:
    do(home, "new", "HOME/broker", "--host", "broker.example")
    key = (home / "broker/broker.key").read_bytes()
    assert "has a broker already" in refused(home, "new", "HOME/broker", "--host", "broker.example")
    assert (home / "broker/broker.key").read_bytes() == key


def test_workers_get_a_certificate_each_and_one_name_for_their_group_that_nobody_can_guess(home: Path) -> None:
    said = do(home, "admit", "central-1", "central-2", "--as", "central", "--out", "HOME/out")
    for name in ("central-1", "central-2"):
        assert subject(home / "out" / name / "central.pem") == name
        assert (home / "out" / name / "ca.pem").exists()
    share = read_clients(home / "desk").share
    assert len(bytes.fromhex(share)) == 16
    assert f'share = "{share}"' in said
    assert stat.S_IMODE((home / "desk/clients.json").stat().st_mode) == 0o600
    do(home, "admit", "central-3", "--as", "central", "--out", "HOME/out")
    assert read_clients(home / "desk").share == share


def test_who_is_dismissed_loses_his_rights_and_his_certificates(home: Path) -> None:
    do(home, "new", "HOME/broker", "--host", "broker.example")
    do(home, "admit", "central-1", "central-2", "--as", "central", "--out", "HOME/out")
    do(home, "dismiss", "central-2")
    do(home, "refresh", "HOME/broker")
    acl = (home / "broker/acl").read_text()
    assert "\nuser central-2\ntopic deny #\n" in acl
    assert "\nuser central-1\ntopic read" in acl
    (serial,) = read_clients(home / "desk").names["central-2"].serials
    assert revoked(home) == {int(serial, 16)}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("admit", "aa" * 16, "--as", "central", "--out", "HOME/x"), "expected a small letter"),
        (("admit", "Central", "--as", "central", "--out", "HOME/x"), "expected a small letter"),
        (("admit", "central/+", "--as", "central", "--out", "HOME/x"), "expected a small letter"),
        (("admit", "desk", "--as", "central", "--out", "HOME/x"), "desk: is a desk already"),
        (("admit", "central-1", "--as", "unit", "--out", "HOME/x"), "'unit' is not one of"),
        (("dismiss", "nobody"), "nobody: nobody of that name; known are: desk, fleet"),
        (("refresh", "HOME/none"), "does not exist"),
        (("new", "HOME/other", "--host", "x", "--port", "0"), "not in the range"),
    ],
)  # fmt: skip
def test_used_wrongly(home: Path, words: tuple[str, ...], sentence: str) -> None:
    do(home, "new", "HOME/broker", "--host", "broker.example")
    assert sentence in refused(home, *words)


def test_a_name_that_was_dismissed_is_never_given_again(home: Path) -> None:
    do(home, "admit", "central-1", "--as", "central", "--out", "HOME/out")
    do(home, "dismiss", "central-1")
    assert "is dismissed already" in refused(home, "admit", "central-1", "--as", "central", "--out", "HOME/again")
    assert not (home / "again").exists()


def test_clients_that_make_no_sense_are_told_with_their_file(home: Path) -> None:
    (home / "desk/clients.json").write_text(json.dumps({"share": "x", "names": {"a": {"part": "king"}}}))
    assert "clients.json: Invalid enum value 'king'" in refused(home, "dismiss", "a")
