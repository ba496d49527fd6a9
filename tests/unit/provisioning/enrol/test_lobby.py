"""Who asks to belong, and as what they are judged: a table of named cases, alarms first."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from kirpik.errors import TrustError
from kirpik.wire import enrol
from kirpik.wire.enrol import Request, decode_answer, make_request, open_request
from kirpik.wire.signature import SigningKey
from kirpik.wire.words import from_words
from kirpik_provisioning.enrol.lobby import MAX_STRANGERS, Lobby, Standing
from kirpik_provisioning.enrol.tokens import TokenSheet
from kirpik_provisioning.pki import new_authority
from kirpik_provisioning.registry import Card, Registry

UNIT, TLS, OTHER_TLS, OTHER_UNIT = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3, 4))
AUTHORITY = new_authority("fleet", now=datetime.now(UTC))


def request(*, unit: SigningKey = UNIT, tls: SigningKey = TLS, token: bytes | None = None) -> Request:
    return open_request(make_request(unit, tls, utc_ms=0, software="0.1.0", label="card", token=token))


def accept(desk: Path, asking: Request, *, label: str = "", groups: tuple[str, ...] = ()) -> bytes:
    lobby = Lobby(desk)
    return lobby.accept(lobby.judge(asking, now_ms=0), AUTHORITY, label=label, groups=groups, by="test")


def token(desk: Path, *, expires_ms: int = 1000) -> bytes:
    ((_, words),) = TokenSheet(desk).make(["Abay 10"], ("almaty",), expires_ms=expires_ms)
    return from_words(words)


def stranger(desk: Path) -> Request:
    del desk
    return request()


def member(desk: Path) -> Request:
    accept(desk, request())
    return request()


def double(desk: Path) -> Request:
    accept(desk, request())
    return request(tls=OTHER_TLS)


def double_with_token(desk: Path) -> Request:
    accept(desk, request())
    return request(tls=OTHER_TLS, token=token(desk))


def rejected(desk: Path) -> Request:
    Lobby(desk).reject(request().unit)
    return request()


def expected(desk: Path) -> Request:
    Lobby(desk).expect(request().unit, Card(label="expected"))
    return request()


def with_token(desk: Path) -> Request:
    return request(token=token(desk))


def late(desk: Path) -> Request:
    return request(token=token(desk, expires_ms=0))


def guessed(desk: Path) -> Request:
    token(desk)
    return request(token=bytes(enrol.TOKEN_BYTES))


def used(desk: Path) -> Request:
    spent = token(desk)
    accept(desk, request(unit=OTHER_UNIT, tls=OTHER_TLS, token=spent))
    return request(token=spent)


CASES: dict[str, tuple[Callable[[Path], Request], Standing]] = {
    "the identity of a member with another TLS key": (double, Standing.DOUBLE),
    "the same, with a good token": (double_with_token, Standing.DOUBLE),
    "rejected": (rejected, Standing.REJECTED),
    "a token that has run out": (late, Standing.STRANGER),
    "a token that was guessed": (guessed, Standing.STRANGER),
    "a token that another unit has used": (used, Standing.STRANGER),
    "nothing known": (stranger, Standing.STRANGER),
    "a good token": (with_token, Standing.TOKEN),
    "expected": (expected, Standing.EXPECTED),
    "belongs already": (member, Standing.MEMBER),
}


@pytest.mark.parametrize("case", CASES)
def test_who_asks(case: str, tmp_path: Path) -> None:
    make, standing = CASES[case]
    assert Lobby(tmp_path).judge(make(tmp_path), now_ms=500).standing is standing


def test_whoever_is_accepted_is_in_the_registry_with_what_was_said_of_it(tmp_path: Path) -> None:
    answer = decode_answer(accept(tmp_path, request(token=token(tmp_path))))
    certificate = x509.load_der_x509_certificate(answer)
    certificate.verify_directly_issued_by(AUTHORITY.certificate)
    known = Registry(tmp_path).get(request().unit)
    assert known is not None
    assert (known.card.label, known.card.groups) == ("Abay 10", ("almaty",))
    assert int(known.card.serial, 16) == certificate.serial_number


def test_a_member_that_asks_again_gets_another_certificate_for_the_same_key(tmp_path: Path) -> None:
    accept(tmp_path, request(), label="Abay 10")
    accept(tmp_path, request())
    known = Registry(tmp_path).get(request().unit)
    assert known is not None
    assert known.card.label == "Abay 10"
    assert len(known.card.serial.split()) == 2


def test_a_double_is_accepted_by_nobody(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="another box has this identity"):
        accept(tmp_path, double(tmp_path))


def test_the_desk_keeps_no_token_and_shows_none(tmp_path: Path) -> None:
    secret = token(tmp_path)
    assert secret not in (tmp_path / "tokens.cbor").read_bytes()
    (kept,) = TokenSheet(tmp_path).all()
    assert kept.key.hex() not in repr(kept)


def test_a_crowd_of_strangers_fills_no_disk(tmp_path: Path) -> None:
    folder = tmp_path / "lobby"
    folder.mkdir()
    for number in range(MAX_STRANGERS):
        (folder / f"{number:032x}.ask").touch()
    data = make_request(UNIT, TLS, utc_ms=0, software="")
    assert Lobby(tmp_path).hear(data) is not None
    assert not (folder / f"{request().unit.hex()}.ask").exists()
    assert Lobby(tmp_path).hear(b"noise") is None
