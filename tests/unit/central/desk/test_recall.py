"""A wrong sign taken back: all of its cases or none, each once, each proven, and no other."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from kirpik.errors import StoreError
from kirpik_central.accounts.command import check
from kirpik_central.decisions import AlreadyDecidedError, Decision, decide_all
from kirpik_central.desk import proofs, recall, signing
from kirpik_central.desk.casefile import words
from kirpik_central.desk.recall import Preview
from kirpik_central.desk.signing import ChangedError
from kirpik_central.desk.tables import DOCKET, DRAFT, SIGNATURE
from kirpik_central.tables import DECISION, LOG
from tests.desk import Stage
from tests.unit.central.desk.test_deciding import count, held, last_words, say, sign
from tests.unit.central.packets import SPEEDING

WRONG = b"w" * 32
BAD = replace(SPEEDING, configuration_sha256=WRONG)


@pytest.fixture(name="desk")
def _desk(stage: Stage) -> Stage:
    """Cases 0, 1 and 2 under the wrong sign, 3 under a right one; A has confirmed 0, L leads."""
    stage.receive(BAD, BAD, BAD, SPEEDING)
    stage.person("A", "officer")
    stage.person("L", "supervisor")
    held(stage, "A", 0)
    say(stage, "A", 0, "confirm")
    sign(stage, "A")
    return stage


def shown(desk: Stage) -> Preview:
    return desk.store.read(lambda connection: recall.preview(connection, WRONG))


def asked(desk: Stage, *, expected: int = 3) -> str:
    """The passkey's answer to what the supervisor is asked to sign."""
    keys = desk.office().passkeys
    options = desk.store.write(lambda c: recall.ask(c, "L", keys, WRONG, "a wrong sign", count=expected))
    return desk.passkeys["L"].get(options, flags=0x01)


def taken_back(desk: Stage, answer: str) -> int:
    keys = desk.office().passkeys
    return desk.store.write(lambda connection: recall.recall(connection, "L", keys, answer))


def test_what_it_touches_is_shown_before(desk: Stage) -> None:
    preview = shown(desk)
    assert (preview.count, preview.by_verdict) == (3, (("confirmed", 1), ("waiting", 2)))
    assert preview.by_site_and_kind == ((BAD.site_id, "speeding", 3),)


def test_one_touch_takes_all_back_each_by_a_word_of_its_own_that_is_proven(desk: Stage) -> None:
    assert taken_back(desk, asked(desk)) == 3
    assert last_words(desk, 0) == [(1, "confirmed", "A"), (2, "recalled", "L")]
    assert last_words(desk, 1) == [(1, "recalled", "L")]
    assert last_words(desk, 3) == []
    assert desk.store.read(lambda c: list(proofs.unproven(c))) == []
    assert list(check(desk.store))[-1].startswith("audit log whole")
    assert shown(desk).count == 0


def test_a_signature_of_a_recall_that_was_altered_is_found(desk: Stage) -> None:
    """The control of the proof above."""
    taken_back(desk, asked(desk))
    spoiled = update(SIGNATURE).where(SIGNATURE.c.account == "L").values(statements=bytes(96))
    desk.store.write(lambda connection: connection.execute(spoiled))
    with pytest.raises(StoreError, match="altered at"):
        list(check(desk.store))


def test_nothing_is_taken_back_twice(desk: Stage) -> None:
    taken_back(desk, asked(desk))
    before = count(desk, DECISION)
    with pytest.raises(ChangedError, match="0 cases are left, expected 3"):
        asked(desk)
    assert count(desk, DECISION) == before


def test_a_case_that_came_after_the_look_is_not_taken_back_unseen(desk: Stage) -> None:
    desk.receive(BAD)
    with pytest.raises(ChangedError, match="4 cases are left, expected 3"):
        asked(desk, expected=3)


@pytest.mark.parametrize("meanwhile", ["another case", "another word"])
def test_what_changes_between_question_and_signature_stops_it_whole(desk: Stage, meanwhile: str) -> None:
    answer = asked(desk)
    if meanwhile == "another case":
        desk.receive(BAD)
    else:
        held(desk, "A", 1)
        say(desk, "A", 1, "confirm")
        sign(desk, "A")
    before = count(desk, DECISION)
    with pytest.raises(ChangedError):
        taken_back(desk, answer)
    assert count(desk, DECISION) == before


def test_a_draft_on_a_recalled_case_is_gone_and_its_signature_signs_nothing(desk: Stage) -> None:
    held(desk, "A", 1)
    say(desk, "A", 1, "confirm")
    keys = desk.office().passkeys
    _, options = desk.store.write(lambda c: signing.ask(c, "A", keys))
    taken_back(desk, asked(desk))
    assert count(desk, DRAFT) == 0
    with pytest.raises(ChangedError):
        desk.store.write(lambda c: signing.sign(c, "A", keys, desk.passkeys["A"].get(options)))
    assert last_words(desk, 1) == [(1, "recalled", "L")]


def test_many_words_are_all_written_or_none(desk: Stage) -> None:
    size = desk.store.read(lambda c: c.execute(select(LOG.c.size)).scalar_one())
    told = [
        Decision(packet=leaf, turn=1, verdict="rejected", officer="A", reason="x", decided_ms=1) for leaf in (1, 2, 0)
    ]
    with pytest.raises(AlreadyDecidedError, match="case 0: turn 1"):
        desk.store.write(lambda connection: decide_all(connection, told))
    assert (last_words(desk, 1), last_words(desk, 2)) == ([], [])
    assert desk.store.read(lambda c: c.execute(select(LOG.c.size)).scalar_one()) == size
    states = desk.store.read(lambda c: c.execute(select(DOCKET.c.state).order_by(DOCKET.c.leaf)).scalars().all())
    assert list(states) == ["done", "waiting", "waiting", "waiting"]


def test_a_recalled_case_can_be_looked_at_by_its_words(desk: Stage) -> None:
    taken_back(desk, asked(desk))
    told = desk.store.read(lambda connection: words(connection, 0))[-1]
    assert (told.verdict, told.reason) == ("recalled", "recall: a wrong sign")
