"""A name is given once; whoever is locked, or has another role, is out at once."""

import pytest

from kirpik.errors import StoreError
from kirpik_central.accounts import people, throttle, tokens
from kirpik_central.accounts.throttle import Limit
from kirpik_central.accounts.tokens import Lifetimes
from tests.desk import Stage

LONG = Lifetimes(3_600_000, 36_000_000)


def session(stage: Stage, cookie: str, lifetimes: Lifetimes = LONG) -> bool:
    return stage.store.read(lambda c: tokens.find_session(c, cookie, lifetimes)) is not None


def test_a_name_is_given_once_and_has_to_be_one(stage: Stage) -> None:
    stage.store.write(lambda c: people.add(c, "Әлия Нұрқызы", "officer"))
    with pytest.raises(StoreError, match="only once"):
        stage.store.write(lambda c: people.add(c, "Әлия Нұрқызы", "auditor"))
    for name in ("", " A", "a\nb", "<b>", "x" * 65, "'; DROP TABLE account; --"):
        with pytest.raises(StoreError, match="expected 1 to 64"):
            stage.store.write(lambda c, name=name: people.add(c, name, "officer"))  # type: ignore[misc]


def test_whoever_is_locked_is_out_at_once_and_stays_out(stage: Stage) -> None:
    cookie = stage.person("A", "officer")
    assert session(stage, cookie)
    stage.store.write(lambda c: people.lock(c, "A", locked=True))
    assert not session(stage, cookie)
    late = stage.store.write(lambda c: tokens.open_session(c, "A", "passkey"))
    assert not session(stage, late)
    stage.store.write(lambda c: people.lock(c, "A", locked=False))
    assert not session(stage, cookie)


def test_another_role_means_to_come_in_anew(stage: Stage) -> None:
    cookie = stage.person("A", "officer")
    stage.store.write(lambda c: people.give_role(c, "A", "auditor"))
    assert not session(stage, cookie)
    assert stage.store.read(lambda c: people.known(c, "A")).role == "auditor"


def test_a_session_ends_when_it_is_not_used_and_after_a_shift(stage: Stage) -> None:
    cookie = stage.person("A", "officer")
    assert not session(stage, cookie, Lifetimes(-1, 36_000_000))
    assert not session(stage, cookie, Lifetimes(3_600_000, -1))
    assert not session(stage, "forged")
    stage.store.write(lambda c: tokens.close_session(c, cookie))
    assert not session(stage, cookie)


def test_an_invitation_is_good_once_and_the_newest_alone(stage: Stage) -> None:
    stage.store.write(lambda c: people.add(c, "A", "officer"))
    first, second = (stage.store.write(lambda c: tokens.invite(c, "A")) for _ in range(2))
    assert stage.store.read(lambda c: tokens.invited(c, first)) is None
    assert stage.store.read(lambda c: tokens.invited(c, second)) is not None
    stage.store.write(lambda c: tokens.use_up(c, second))
    assert stage.store.read(lambda c: tokens.invited(c, second)) is None


def test_a_challenge_is_good_once_for_one_purpose_and_one_person(stage: Stage) -> None:
    for purpose, account, good in (("sign", "A", True), ("enter", "A", False), ("sign", "B", False)):
        stage.store.write(lambda c: tokens.keep_challenge(c, b"c" * 32, "sign", account="A", payload=b"p"))
        told = stage.store.write(lambda c, p=purpose, a=account: tokens.take_challenge(c, b"c" * 32, p, a))  # type: ignore[misc]
        assert (told == b"p") is good
        assert stage.store.write(lambda c: tokens.take_challenge(c, b"c" * 32, "sign", "A")) is None


def test_tries_are_counted_by_whom_and_forgiven(stage: Stage) -> None:
    few = Limit("few", 2, 60)
    assert [stage.store.write(lambda c: throttle.spend(c, few, "x")) for _ in range(3)] == [True, True, False]
    assert stage.store.write(lambda c: throttle.spend(c, few, "y"))
    stage.store.write(lambda c: throttle.forgive(c, few, "x"))
    assert stage.store.write(lambda c: throttle.spend(c, few, "x"))
