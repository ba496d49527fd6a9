"""`kirpik enrol broker|certify|line`: certificates and settings of those who are no units."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from kirpik.errors import KirpikError
from kirpik_provisioning.cli import bench
from kirpik_provisioning.line import load_settings

WORDS = "a long passphrase"


class Bench:
    def __init__(self, home: Path) -> None:
        self.home, self.desk = home, home / "desk"
        (home / "PASS").write_text(f"{WORDS}\n" * 2)
        self.do("authority", "Almaty roads")

    def __call__(self, *words: str) -> str:
        told = ["enrol", "--desk", str(self.desk), "--passphrases", str(self.home / "PASS"), *words]
        result = CliRunner().invoke(bench, told)
        assert result.exception is None or isinstance(result.exception, KirpikError | SystemExit), result.exception
        said = str(result.exception) if isinstance(result.exception, KirpikError) else result.output
        return f"{result.exit_code} {said}"

    def do(self, *words: str) -> str:
        said = self(*words)
        assert said.startswith("0 "), said
        return said

    def broker(self, *words: str) -> str:
        return self.do("broker", str(self.home / "broker"), "--host", "broker.example", *words)

    def certificate(self, *parts: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.home.joinpath(*parts).read_bytes())


@pytest.fixture
def made(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_broker_has_all_that_mosquitto_takes(made: Bench) -> None:
    said = made.broker("--central", "worker-1", "--central", "worker-2", "--watcher", "fleet")
    folder = made.home / "broker"
    assert {path.name for path in folder.iterdir()} >= {
        "ca.pem", "broker.pem", "broker.key", "crl.pem", "acl", "mosquitto.conf", "lobby.conf", "lobby_acl",
        "lobby_desks",
    }  # fmt: skip
    rights = (folder / "acl").read_text()
    assert all(f"user {name}" in rights for name in ("worker-1", "worker-2", "desk", "fleet"))
    assert f"mosquitto -c {folder / 'mosquitto.conf'}" in said
    names = made.certificate("broker", "broker.pem").extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert (folder / "broker.key").stat().st_mode & 0o077 == 0


def test_a_second_time_keeps_the_brokers_key_and_a_renewal_does_not(made: Bench) -> None:
    made.broker()
    key = (made.home / "broker" / "broker.key").read_bytes()
    made.broker("--central", "another")
    assert (made.home / "broker" / "broker.key").read_bytes() == key
    assert "user another" in (made.home / "broker" / "acl").read_text()
    made.broker("--renew")
    assert (made.home / "broker" / "broker.key").read_bytes() != key


def test_a_central_is_certified_by_its_name_and_its_key_is_never_written_over(made: Bench) -> None:
    made.do("certify", "worker-1", "--out", str(made.home / "central"))
    subject = made.certificate("central", "worker-1.pem").subject
    assert [name.value for name in subject] == ["worker-1"]
    assert "is there already" in made("certify", "worker-1", "--out", str(made.home / "central"))


@pytest.mark.parametrize("name", ["4d22fbdf57f24eefe715e26580c03257", "+", "#", "a/b", "", "two words", "-x"])
def test_a_name_that_could_be_a_units_or_a_filter_is_not_certified(made: Bench, name: str) -> None:
    assert made("certify", "--", name).startswith("2 ")
    assert made("broker", str(made.home / "b"), "--host", "h", "--central", name).startswith("2 ") or not name
    assert not (made.home / "b").exists() or not name


def test_the_desks_own_line_is_written_once(made: Bench) -> None:
    made.do("line", "--host", "broker.example", "--port", "9")
    settings = load_settings(made.desk)
    assert (settings.broker.host, settings.broker.port, settings.broker.certificate) == (
        "broker.example",
        9,
        "desk.pem",
    )
    assert tomllib.loads((made.desk / "desk.toml").read_text())["lobby"]["port"] == 8885
    assert "is there already" in made("line", "--host", "thief.example")
