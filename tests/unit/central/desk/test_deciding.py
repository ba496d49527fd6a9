"""From a draft to a signed word in the log; nothing is decided twice, nothing by halves."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from kirpik_central.accounts.passkeys import PasskeyError
from kirpik_central.config import DeskTable
from kirpik_central.desk import docket, drafts, proofs, signing
from kirpik_central.desk.casefile import words
from kirpik_central.desk.drafts import NotYoursError, Said
from kirpik_central.desk.rules import Rules, rules_of
from kirpik_central.desk.signing import ChangedError
from kirpik_central.desk.tables import DOCKET, DRAFT, SIGNED
from kirpik_central.tables import DECISION
from tests.desk import Stage
from tests.unit.central.packets import SPEEDING

PLAIN = rules_of(DeskTable())
TWO = rules_of(DeskTable(two_persons=True))


def held(stage: Stage, officer: str, leaf: int) -> None:
    assert stage.store.write(lambda c: docket.take(c, officer, leaf, hold_ms=60_000))


def say(
    stage: Stage, officer: str, leaf: int, saying: str, code: str = "", *, turn: int = 0, rules: Rules = PLAIN
) -> str:
    said = Said(leaf, turn, saying, code, "")
    return stage.store.write(lambda c: drafts.put(c, officer, said, rules)).verdict


def sign(stage: Stage, officer: str) -> int:
    keys = stage.office().passkeys
    _, options = stage.store.write(lambda c: signing.ask(c, officer, keys))
    answer = stage.passkeys[officer].get(options, flags=0x01)
    return len(stage.store.write(lambda c: signing.sign(c, officer, keys, answer)).decisions)


def count(stage: Stage, table: object) -> int:
    return int(stage.store.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()))  # type: ignore[arg-type]


def last_words(stage: Stage, leaf: int) -> list[tuple[int, str, str]]:
    return [(w.turn, w.verdict, w.officer) for w in stage.store.read(lambda c: words(c, leaf))]


def test_a_decision_counts_for_nothing_until_it_is_signed(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    stage.person("A", "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    assert count(stage, DECISION) == 0
    assert sign(stage, "A") == 1
    assert last_words(stage, leaf) == [(1, "confirmed", "A")]
    assert stage.store.read(lambda c: list(proofs.unproven(c))) == []
    assert count(stage, DRAFT) == 0


def test_one_touch_signs_several_and_each_can_be_checked_alone(stage: Stage) -> None:
    leaves = stage.receive(SPEEDING, SPEEDING, SPEEDING)
    stage.person("A", "officer")
    for leaf, saying, code in zip(leaves, ("confirm", "reject", "warn"), ("", "plate_wrong", ""), strict=True):
        held(stage, "A", leaf)
        say(stage, "A", leaf, saying, code)
    assert sign(stage, "A") == 3
    verdicts = [last_words(stage, leaf)[0][1] for leaf in leaves]
    assert verdicts == ["confirmed", "rejected", "warned"]
    assert count(stage, SIGNED) == 3
    assert [stage.store.read(lambda c, leaf=leaf: proofs.why_turn_unproven(c, leaf, 1)) for leaf in leaves] == [""] * 3  # type: ignore[misc]


def test_what_changed_after_it_was_shown_is_not_signed(stage: Stage) -> None:
    one, two = stage.receive(SPEEDING, SPEEDING)
    stage.person("A", "officer")
    held(stage, "A", one)
    say(stage, "A", one, "confirm")
    keys = stage.office().passkeys
    _, options = stage.store.write(lambda c: signing.ask(c, "A", keys))
    held(stage, "A", two)
    say(stage, "A", two, "confirm")
    with pytest.raises(ChangedError):
        stage.store.write(lambda c: signing.sign(c, "A", keys, stage.passkeys["A"].get(options)))
    assert count(stage, DECISION) == 0


def test_a_signature_is_good_once_and_by_its_owner_alone(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    for name in ("A", "B"):
        stage.person(name, "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    keys = stage.office().passkeys
    _, options = stage.store.write(lambda c: signing.ask(c, "A", keys))
    with pytest.raises(PasskeyError):
        stage.store.write(lambda c: signing.sign(c, "A", keys, stage.passkeys["B"].get(options)))
    answer = stage.passkeys["A"].get(options)
    stage.store.write(lambda c: signing.sign(c, "A", keys, answer))
    with pytest.raises(PasskeyError):
        stage.store.write(lambda c: signing.sign(c, "A", keys, answer))
    assert last_words(stage, leaf) == [(1, "confirmed", "A")]


@pytest.mark.parametrize(
    ("saying", "code", "turn", "why"),
    [
        ("confirm", "", 1, "decided"),
        ("reject", "", 0, "reason"),
        ("reject", "because", 0, "reason"),
        ("confirm", "plate_wrong", 0, "reason"),
        ("burn", "", 0, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused(stage: Stage, saying: str, code: str, turn: int, why: str) -> None:
    (leaf,) = stage.receive(SPEEDING)
    held(stage, "A", leaf)
    with pytest.raises(NotYoursError, match=why):
        say(stage, "A", leaf, saying, code, turn=turn)
    assert count(stage, DRAFT) == 0


def test_another_officers_case_cannot_be_decided_nor_one_whose_time_ran_out(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    held(stage, "A", leaf)
    with pytest.raises(NotYoursError, match="not-held"):
        say(stage, "B", leaf, "confirm")
    stage.store.write(lambda c: c.execute(update(DOCKET).values(held_until_ms=1)))
    with pytest.raises(NotYoursError, match="not-held"):
        say(stage, "A", leaf, "confirm")


def test_the_same_said_twice_is_said_once(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    held(stage, "A", leaf)
    assert say(stage, "A", leaf, "confirm") == "confirmed"
    assert say(stage, "A", leaf, "reject", "technical") == "confirmed"
    assert count(stage, DRAFT) == 1


def test_a_draft_is_taken_back_and_decided_anew(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    stage.person("A", "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    assert stage.store.write(lambda c: drafts.take_back(c, "A", leaf, PLAIN))
    assert not stage.store.write(lambda c: drafts.take_back(c, "A", leaf, PLAIN))
    say(stage, "A", leaf, "reject", "technical")
    sign(stage, "A")
    assert last_words(stage, leaf) == [(1, "rejected", "A")]


def test_a_draft_whose_time_ran_out_is_void_when_another_takes_the_case(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    for name in ("A", "B"):
        stage.person(name, "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    stage.store.write(lambda c: c.execute(update(DOCKET).values(held_until_ms=1)))
    held(stage, "B", leaf)
    assert sign(stage, "A") == 0
    say(stage, "B", leaf, "reject", "technical")
    sign(stage, "B")
    assert last_words(stage, leaf) == [(1, "rejected", "B")]


def test_two_persons_a_charge_needs_a_second_officer_who_has_not_seen_it(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    for name in ("A", "B"):
        stage.person(name, "officer")
    held(stage, "A", leaf)
    assert say(stage, "A", leaf, "confirm", rules=TWO) == "proposed"
    sign(stage, "A")
    assert not stage.store.write(lambda c: docket.take(c, "A", leaf, hold_ms=1000))
    held(stage, "B", leaf)
    assert say(stage, "B", leaf, "confirm", turn=1, rules=TWO) == "confirmed"
    sign(stage, "B")
    assert last_words(stage, leaf) == [(1, "proposed", "A"), (2, "confirmed", "B")]


def test_two_persons_one_doubt_frees(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    for name in ("A", "B"):
        stage.person(name, "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm", rules=TWO)
    sign(stage, "A")
    held(stage, "B", leaf)
    assert say(stage, "B", leaf, "reject", "speed_doubtful", turn=1, rules=TWO) == "rejected"
    sign(stage, "B")
    row = stage.store.read(lambda c: docket.look_up(c, leaf))
    assert row is not None
    assert (row.state, row.verdict) == ("done", "rejected")


def test_where_the_unit_asks_for_a_warning_no_more_than_a_warning_comes_of_it(stage: Stage) -> None:
    (leaf,) = stage.receive(replace(SPEEDING, outcome="warning"))
    row = stage.store.read(lambda c: docket.look_up(c, leaf))
    assert row is not None
    assert row.outcome == "warning"
    stage.person("A", "officer")
    held(stage, "A", leaf)
    assert say(stage, "A", leaf, "confirm", rules=TWO) == "warned"
    sign(stage, "A")
    assert last_words(stage, leaf) == [(1, "warned", "A")]


def test_a_second_opinion_goes_to_another_officer_and_is_served_first(stage: Stage) -> None:
    first, second = stage.receive(SPEEDING, SPEEDING)
    stage.person("A", "officer")
    held(stage, "A", second)
    assert say(stage, "A", second, "refer") == "referred"
    sign(stage, "A")
    for officer, leaf in (("A", first), ("B", second)):
        assert stage.store.write(lambda c, o=officer: docket.take_next(c, o, docket.Filters(), hold_ms=1000)) == leaf  # type: ignore[misc]


def test_a_closed_case_is_opened_again_after_an_appeal(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    for name in ("A", "Lead"):
        stage.person(name, "supervisor")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    sign(stage, "A")
    stage.store.write(lambda c: drafts.reopen(c, "Lead", leaf, 1, "letter of the 3rd", PLAIN))
    sign(stage, "Lead")
    row = stage.store.read(lambda c: docket.look_up(c, leaf))
    assert row is not None
    assert (row.state, row.verdict, row.turn) == ("second", "referred", 2)


def test_a_code_confirms_less_than_a_passkey_and_says_so(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    stage.store.write(lambda c: signing.confirm_by_code(c, "A", 1))
    assert stage.store.read(lambda c: proofs.why_turn_unproven(c, leaf, 1)) == "code"
