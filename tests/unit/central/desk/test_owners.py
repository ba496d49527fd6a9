"""The register of owners: a file for trials, and a server to which both sides prove who they are."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kirpik.errors import ConfigError
from kirpik_central.config import RegistryTable
from kirpik_central.desk.owners import CsvRegistry, Owner, RegistryError, open_registry
from kirpik_provisioning.pki import Certified, issue_broker, issue_client, new_authority

NOW = datetime.now(UTC)
ANSWERS = {
    "/owner/123ABC01": (200, b'{"name": "A. Owner", "address": "Abay 10", "more": 1}'),
    "/owner/404": (404, b""),
    "/owner/500": (500, b""),
    "/owner/302": (302, b""),
    "/owner/LIST": (200, b"[]"),
    "/owner/HALF": (200, b'{"name": "A. Owner"}'),
    "/owner/JUNK": (200, b"\xff{"),
    "/owner/LONG": (200, b'{"name": "' + b"x" * 70_000 + b'"}'),
    "/owner/%2F..%2F%3Fx": (200, b'{"name": "quoted", "address": ""}'),
}


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        if status == 302:
            self.send_header("location", "http://127.0.0.1/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No plate on anybody's screen."""


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Its folder of certificates, and its port."""
    folder = tmp_path_factory.mktemp("register")
    authority, stranger = (new_authority(name, now=NOW) for name in ("register", "somebody else"))
    (folder / "ca.pem").write_bytes(authority.certificate_pem())
    _write(folder, "server", issue_broker(authority, ["localhost"], now=NOW))
    _write(folder, "desk", issue_client(authority, "desk", now=NOW))
    _write(folder, "stranger", issue_client(stranger, "desk", now=NOW))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, server.server_port
    server.shutdown()
    server.server_close()


def _write(folder: Path, stem: str, certified: Certified) -> None:
    (folder / f"{stem}.pem").write_bytes(certified.certificate_pem())
    (folder / f"{stem}.key").write_bytes(certified.key_pem())


def ask(register: tuple[Path, int], plate: str, *, as_: str = "desk", host: str = "localhost") -> Owner | None:
    folder, port = register
    table = RegistryTable(
        url=f"https://{host}:{port}/owner/{{plate}}", ca="ca.pem", certificate=f"{as_}.pem", key=f"{as_}.key"
    )
    registry = open_registry(table, folder)
    assert registry is not None
    return registry.owner(plate)


def test_the_owner_is_told_to_whoever_has_the_certificate(register: tuple[Path, int]) -> None:
    assert ask(register, "123ABC01") == Owner("A. Owner", "Abay 10")
    assert ask(register, "404") is None


@pytest.mark.parametrize(("as_", "host"), [("stranger", "localhost"), ("desk", "127.0.0.1")])
def test_a_stranger_and_a_server_of_another_name_get_nothing(register: tuple[Path, int], as_: str, host: str) -> None:
    with pytest.raises(RegistryError, match="does not answer"):
        ask(register, "123ABC01", as_=as_, host=host)


@pytest.mark.parametrize("plate", ["500", "302", "LIST", "HALF", "JUNK", "LONG"])
def test_an_answer_that_makes_no_sense_is_one_sentence_and_no_redirect_is_followed(
    register: tuple[Path, int], plate: str
) -> None:
    with pytest.raises(RegistryError):
        ask(register, plate)


def test_a_plate_is_quoted_in_the_address(register: tuple[Path, int]) -> None:
    assert ask(register, "/../?x") == Owner("quoted", "")


def test_an_owner_is_not_told_by_its_repr() -> None:
    assert repr(Owner("A. Owner", "Abay 10")) == "Owner()"


def test_the_file_knows_its_plates_and_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text("plate,name,address\n123ABC01,A. Owner,Abay 10\n")
    assert CsvRegistry(path).owner("123ABC01") == Owner("A. Owner", "Abay 10")
    assert CsvRegistry(path).owner("999ZZZ99") is None
    with pytest.raises(RegistryError, match="cannot be read"):
        CsvRegistry(tmp_path / "none.csv").owner("123ABC01")


def test_settings_that_lack_a_side_are_refused(tmp_path: Path) -> None:
    url = "https://register.example/{plate}"
    with pytest.raises(ConfigError, match="both sides prove who they are"):
        open_registry(RegistryTable(url=url), tmp_path)
    with pytest.raises(ConfigError, match="cannot be used"):
        open_registry(RegistryTable(url=url, ca="a", certificate="b", key="c"), tmp_path)
    assert open_registry(RegistryTable(), tmp_path) is None
