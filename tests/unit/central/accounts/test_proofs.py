"""Passkeys, passwords and codes: each proof is good for its purpose, for its owner, once."""

import json

import pyotp
import pytest

from kirpik_central.accounts import passwords, people, tokens
from kirpik_central.accounts.passkeys import PasskeyError, is_signed
from tests.desk import Stage
from tests.passkey import SoftPasskey

PASSWORD = "long steppe under a wide sky"  # noqa: S105  of a test
SECRET = pyotp.random_base32()


def with_password(stage: Stage) -> None:
    stage.store.write(lambda c: people.add(c, "A", "officer"))
    code = pyotp.TOTP(SECRET).now()
    assert stage.store.write(lambda c: passwords.set_up(c, "A", PASSWORD, SECRET, code))
    stage.store.write(lambda c: c.exec_driver_sql("UPDATE account SET totp_step = 0"))


def right(stage: Stage, password: str, code: str, name: str = "A") -> bool:
    return stage.store.write(lambda c: passwords.check(c, name, password, code))


def test_password_and_code_are_both_needed_and_a_code_is_good_once(stage: Stage) -> None:
    with_password(stage)
    code = pyotp.TOTP(SECRET).now()
    assert not right(stage, "another password", code)
    assert not right(stage, PASSWORD, "000000" if code != "000000" else "111111")
    assert not right(stage, PASSWORD, code, name="B")
    assert right(stage, PASSWORD, code)
    assert not right(stage, PASSWORD, code)


def test_a_locked_person_does_not_come_in_by_password(stage: Stage) -> None:
    with_password(stage)
    stage.store.write(lambda c: people.lock(c, "A", locked=True))
    assert not right(stage, PASSWORD, pyotp.TOTP(SECRET).now())


def test_the_store_holds_no_password(stage: Stage) -> None:
    with_password(stage)
    kept = stage.store.read(lambda c: c.exec_driver_sql("SELECT password FROM account").scalar_one())
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaa", "Abcabcabcabcabc"[:4] * 4, "Aigerim Saparova", "x" * 201])
def test_short_plain_and_own_names_are_no_passwords(weak: str) -> None:
    assert not passwords.is_strong(weak, "Aigerim Saparova")
    assert passwords.is_strong(PASSWORD, "Aigerim Saparova")


def enter(stage: Stage, passkey: SoftPasskey, **flags: int) -> str:
    keys = stage.office().passkeys
    options = stage.store.write(keys.ask_to_enter)
    return stage.store.write(lambda c: keys.enter(c, passkey.get(options, **flags))).account


def test_a_passkey_says_whose_it_is(stage: Stage) -> None:
    stage.person("A", "officer")
    stage.person("B", "officer")
    assert [enter(stage, stage.passkeys[name]) for name in ("A", "B")] == ["A", "B"]


def test_a_stranger_an_unverified_touch_and_another_site_are_refused(stage: Stage) -> None:
    stage.person("A", "officer")
    mine = stage.passkeys["A"]
    with pytest.raises(PasskeyError):
        enter(stage, SoftPasskey())
    with pytest.raises(PasskeyError, match="verification"):
        enter(stage, mine, flags=0x01)
    mine._origin = "https://desk.example.evil"
    with pytest.raises(PasskeyError, match="origin"):
        enter(stage, mine)


def test_an_answer_is_good_once(stage: Stage) -> None:
    stage.person("A", "officer")
    keys = stage.office().passkeys
    answer = stage.passkeys["A"].get(stage.store.write(keys.ask_to_enter))
    stage.store.write(lambda c: keys.enter(c, answer))
    with pytest.raises(PasskeyError, match="unknown"):
        stage.store.write(lambda c: keys.enter(c, answer))


def test_a_counter_that_goes_back_betrays_a_copied_key(stage: Stage) -> None:
    stage.person("A", "officer")
    enter(stage, stage.passkeys["A"])
    enter(stage, stage.passkeys["A"])
    stage.passkeys["A"].counter = 0
    with pytest.raises(PasskeyError, match="copied"):
        enter(stage, stage.passkeys["A"])


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id":1}', "x" * 40_000, json.dumps({"rawId": "AA", "response": {}})]
)
def test_what_is_no_answer_is_refused(stage: Stage, answer: str) -> None:
    keys = stage.office().passkeys
    with pytest.raises(PasskeyError):
        stage.store.write(lambda c: keys.enter(c, answer))
    with pytest.raises(PasskeyError):
        stage.store.write(lambda c: keys.register(c, "A", answer, "x"))


def test_a_signature_is_of_its_challenge_alone(stage: Stage) -> None:
    stage.person("A", "officer")
    keys = stage.office().passkeys
    options = stage.store.write(lambda c: keys.ask_to_sign(c, "A", b"a" * 32, "sign", b""))
    assertion = stage.store.write(lambda c: keys.sign(c, stage.passkeys["A"].get(options, flags=1), "sign", "A"))
    assert is_signed(assertion, b"a" * 32)
    assert not is_signed(assertion, b"b" * 32)


def test_a_session_knows_how_it_was_opened(stage: Stage) -> None:
    cookie = stage.person("A", "officer")
    told = stage.store.read(lambda c: tokens.find_session(c, cookie, stage.office().lifetimes))
    assert told is not None
    assert told.method == "passkey"
