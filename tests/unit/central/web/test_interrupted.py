"""What breaks off halfway: a session that ends, a hold that runs out, a clock that jumps, a click too many."""

import pytest
from sqlalchemy import update

from kirpik_central.accounts.people import now_ms
from kirpik_central.accounts.tables import CHALLENGE, SESSION
from kirpik_central.accounts.tokens import open_session
from kirpik_central.desk.tables import DOCKET
from tests.desk import form, road
from tests.unit.central.web.visitor import Visitor

NOTED = ("audit", "leaf", "log", "throttle")


@pytest.fixture
def officer(visitor: Visitor) -> Visitor:
    """A holds case 0 of four."""
    visitor.stage.receive(*road(4))
    visitor.arrive("A")
    visitor.post("/next", by="A")
    return visitor


def run_out(visitor: Visitor) -> None:
    """All sessions, as after a long pause."""
    visitor.stage.store.write(lambda connection: connection.execute(update(SESSION).values(seen_ms=0)))


def come_in_again(visitor: Visitor, name: str) -> None:
    visitor.cookies[name] = visitor.stage.store.write(lambda connection: open_session(connection, name, "passkey"))


def test_a_decision_after_the_session_has_ended_is_refused_and_is_made_after_coming_in_again(officer: Visitor) -> None:
    run_out(officer)
    before = officer.state()
    assert officer.post("/case/0/say", by="A", turn=0, say="confirm").status_code == 401
    assert officer.state() == before
    come_in_again(officer, "A")
    assert officer.post("/case/0/say", by="A", turn=0, say="confirm").status_code == 303
    assert len(officer.state()["draft"]) == 1


def test_a_page_that_was_open_when_the_session_ended_decides_nothing_in_the_next_session(officer: Visitor) -> None:
    stale = form(officer.cookies["A"], turn=0, say="confirm")
    run_out(officer)
    come_in_again(officer, "A")
    before = officer.state(but=NOTED)
    answer = officer.post("/case/0/say", by="A", **stale)
    assert answer.status_code == 403
    assert "Open the page anew" in answer.text
    assert officer.state(but=NOTED) == before


def test_a_batch_that_the_sessions_end_cuts_is_signed_in_the_next(officer: Visitor) -> None:
    for leaf in (0, 1):
        officer.post(f"/case/{leaf}/say", by="A", turn=0, say="confirm")
    run_out(officer)
    assert officer.post("/case/2/say", by="A", turn=0, say="confirm").status_code == 401
    assert officer.post("/sign/options", by="A").status_code == 401
    come_in_again(officer, "A")
    assert officer.sign("A").headers["location"] == "/"
    assert [row[1] for row in officer.state()["decision"]] == [0, 1]


def test_a_touch_whose_session_ends_before_it_arrives_signs_nothing(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    answer = officer.stage.passkeys["A"].get(officer.post("/sign/options", by="A").text, flags=0x01)
    run_out(officer)
    assert officer.post("/sign", by="A", answer=answer).status_code == 401
    assert officer.state()["decision"] == []


def test_a_touch_that_comes_too_late_signs_nothing(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    answer = officer.stage.passkeys["A"].get(officer.post("/sign/options", by="A").text, flags=0x01)
    officer.stage.store.write(lambda c: c.execute(update(CHALLENGE).values(expires_ms=now_ms() - 1)))
    assert officer.post("/sign", by="A", answer=answer).status_code == 400
    assert officer.state()["decision"] == []


def test_a_case_whose_time_ran_out_goes_to_the_next_and_the_slow_one_is_told(officer: Visitor) -> None:
    officer.arrive("B")
    officer.stage.store.write(lambda c: c.execute(update(DOCKET).values(held_until_ms=now_ms() - 1)))
    assert officer.post("/next", by="B").headers["location"] == "/case/0"
    before = officer.state(but=NOTED)
    assert officer.post("/case/0/say", by="A", turn=0, say="confirm").status_code == 409
    assert officer.state(but=NOTED) == before
    assert officer.post("/case/0/say", by="B", turn=0, say="confirm").status_code == 303


def test_drafts_whose_time_ran_out_are_not_signed(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    options = officer.post("/sign/options", by="A").text
    officer.stage.store.write(lambda c: c.execute(update(DOCKET).values(held_until_ms=now_ms() - 1)))
    answer = officer.stage.passkeys["A"].get(options, flags=0x01)
    assert officer.post("/sign", by="A", answer=answer).status_code == 409
    assert officer.state()["decision"] == []


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_jumps_decides_nothing_and_keeps_what_was_said(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    held = "kirpik_central.accounts.people.time.time_ns"
    jumped = now_ms() * 1_000_000 + hours * 3_600_000_000_000
    with monkeypatch.context() as patch:
        patch.setattr(held, lambda: jumped)
        officer.post("/case/1/say", by="A", turn=0, say="confirm")
        officer.post("/sign/options", by="A")
    assert officer.state()["decision"] == []
    come_in_again(officer, "A")
    assert officer.state()["draft"][0][0] == 0


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/case/0/take", {}), ("/next", {}), ("/back", {}), ("/case/0/say", {"turn": "0", "say": "refer"}),
     ("/case/0/reject", {"turn": "0", "code": "technical"})],
)  # fmt: skip
def test_a_click_too_many_does_what_one_does(officer: Visitor, path: str, fields: dict[str, str]) -> None:
    first = officer.post(path, by="A", **fields)
    after = [row[:2] for row in officer.state()["draft"]]
    second = officer.post(path, by="A", **fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert [row[:2] for row in officer.state()["draft"]] == after
    assert sum(row[11] == "A" for row in officer.state()["docket"]) <= 1 + len(after)


def test_a_recall_that_is_clicked_twice_is_made_once(officer: Visitor) -> None:
    officer.arrive("L", "supervisor")
    path = f"/recall/{'00' * 32}"
    answer = officer.stage.passkeys["L"].get(
        officer.post(f"{path}/options", by="L", reason="x", count=2).text, flags=0x01
    )
    assert [officer.post(path, by="L", answer=answer).status_code for _ in range(2)] == [303, 400]
    assert len(officer.state()["decision"]) == 2


def test_somebody_who_is_locked_out_halfway_signs_nothing(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    answer = officer.stage.passkeys["A"].get(officer.post("/sign/options", by="A").text, flags=0x01)
    locked = "UPDATE account SET locked_ms = 1 WHERE name = 'A'"
    officer.stage.store.write(lambda connection: connection.exec_driver_sql(locked))
    assert officer.post("/sign", by="A", answer=answer).status_code == 401
    assert officer.state()["decision"] == []
