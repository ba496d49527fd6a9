"""An officer's way through the pages with forms alone; no script is needed to decide."""

import re
from urllib.parse import urlencode

import pyotp
import pytest

from kirpik_central.accounts.command import manage
from kirpik_central.config import DeskTable
from tests.desk import Stage, road
from tests.passkey import ORIGIN, SoftPasskey
from tests.unit.central.packets import SPEEDING
from tests.unit.central.web.visitor import COOKIE, FROM_US, Visitor

PASSWORD = "long steppe under a wide sky"  # noqa: S105  of a test


def test_a_case_is_taken_decided_signed_and_then_its_owner_is_shown(visitor: Visitor) -> None:
    visitor.stage.receive(SPEEDING)
    visitor.arrive("A")
    assert visitor.post("/next", by="A").headers["location"] == "/case/0"
    page = visitor.get("/case/0", by="A").text
    assert "123ABC01" in re.sub("<[^>]*>", "", page)
    assert "A. Owner" not in page
    assert visitor.post("/case/0/owner", by="A").status_code == 403
    assert visitor.post("/case/0/say", by="A", turn=0, say="confirm").headers["location"] == "/sign"
    assert visitor.post("/case/0/owner", by="A").status_code == 403
    assert visitor.sign("A").headers["location"] == "/"
    assert "A. Owner" in visitor.post("/case/0/owner", by="A").text
    assert visitor.acts()[-2:] == ["confirmed", "owner-looked-up"]


def test_after_a_decision_comes_the_next_case_under_the_same_filter(visitor: Visitor) -> None:
    visitor.stage.receive(*road(20))
    visitor.arrive("A")
    first = visitor.post("/next", by="A", kind="speeding").headers["location"]
    assert first.endswith("?kind=speeding")
    case = first.partition("?")[0]
    following = visitor.post(f"{case}/say", by="A", turn=0, say="confirm", kind="speeding").headers["location"]
    assert following.startswith("/case/")
    assert following.endswith("?kind=speeding")


def test_a_full_batch_is_signed_before_more_is_decided(stage: Stage) -> None:
    stage.table = DeskTable(batch=2, control_percent=0)
    visitor = Visitor(stage)
    stage.receive(*road(4))
    visitor.arrive("A")
    for leaf in range(2):
        visitor.post("/next", by="A")
        where = visitor.post(f"/case/{leaf}/say", by="A", turn=0, say="warn").headers["location"]
    assert where == "/sign"
    assert "warning" in visitor.get("/sign", by="A").text


def test_a_decision_is_taken_back(visitor: Visitor) -> None:
    visitor.stage.receive(*road(2))
    visitor.arrive("A")
    visitor.post("/next", by="A")
    visitor.post("/case/0/reject", by="A", turn=0, code="plate_wrong")
    assert visitor.post("/case/0/undo", by="A").headers["location"] == "/case/0"
    assert 'value="confirm"' in visitor.get("/case/0", by="A").text


def test_a_lead_opens_a_closed_case_again_and_recalls_a_configuration(visitor: Visitor) -> None:
    visitor.stage.receive(*road(6))
    visitor.arrive("A")
    visitor.arrive("L", "supervisor")
    visitor.post("/next", by="A")
    visitor.post("/case/0/say", by="A", turn=0, say="confirm")
    visitor.sign("A")
    assert visitor.post("/case/0/reopen", by="L", turn=1, note="a letter").headers["location"] == "/sign"
    visitor.sign("L")
    assert "to another officer" in visitor.get("/case/0", by="L").text
    hash_ = "00" * 32
    assert "2 cases" in visitor.get(f"/recall/{hash_}", by="L").text
    options = visitor.post(f"/recall/{hash_}/options", by="L", reason="a wrong sign", count=2).text
    answer = visitor.stage.passkeys["L"].get(options, flags=0x01)
    assert visitor.post(f"/recall/{hash_}", by="L", answer=answer).headers["location"] == "/recall"
    assert "Nothing is left" in visitor.get(f"/recall/{hash_}", by="L").text
    assert visitor.acts()[-1] == "recalled"


def test_a_recall_of_other_cases_than_were_shown_is_refused(visitor: Visitor) -> None:
    visitor.stage.receive(*road(3))
    visitor.arrive("L", "supervisor")
    hash_ = "00" * 32
    options = visitor.post(f"/recall/{hash_}/options", by="L", reason="x", count=1).text
    visitor.stage.receive(*road(1))
    before = visitor.state(but=("audit", "leaf", "log", "challenge", "passkey"))
    answer = visitor.stage.passkeys["L"].get(options, flags=0x01)
    assert visitor.post(f"/recall/{hash_}", by="L", answer=answer).status_code == 409
    assert visitor.state(but=("audit", "leaf", "log", "challenge", "passkey")) == before


def test_the_first_visit_with_a_passkey_and_coming_in_again(visitor: Visitor) -> None:
    path = manage(visitor.stage.store, ORIGIN, "add", "A", "officer")[0].removeprefix(ORIGIN)
    assert "A, you are invited as officer" in visitor.get(path).text
    passkey = SoftPasskey()
    options = visitor.post(f"{path}/options").text
    answer = visitor.post(f"{path}/passkey", answer=passkey.create(options), label="key")
    assert COOKIE in answer.headers["set-cookie"]
    assert visitor.get(path).status_code == 404
    options = visitor.post("/login/options").text
    answer = visitor.post("/login/passkey", answer=passkey.get(options), to="/queue?kind=speeding")
    assert answer.headers["location"] == "/queue?kind=speeding"
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in answer.headers["set-cookie"]


def test_everybody_goes_on_in_the_language_in_which_he_began_until_he_chooses_another(visitor: Visitor) -> None:
    path = manage(visitor.stage.store, ORIGIN, "add", "A", "officer")[0].removeprefix(ORIGIN)
    kazakh, nobody = {"accept-language": "kk"}, {"accept-language": "en"}
    passkey = SoftPasskey()
    options = visitor.client.post(f"{path}/options", headers=kazakh | FROM_US).text
    answer = {"answer": passkey.create(options), "label": "key"}
    opened = visitor.client.post(f"{path}/passkey", data=answer, headers=kazakh | FROM_US)
    cookie = {"cookie": opened.headers["set-cookie"].partition(";")[0]}
    visitor.client.cookies.clear()
    assert 'lang="kk"' in visitor.client.get("/", headers=cookie | nobody).text
    assert visitor.client.get("/language/en?back=/me", headers=cookie).headers["location"] == "/me"
    visitor.client.cookies.clear()
    assert 'lang="en"' in visitor.client.get("/", headers=cookie | kazakh).text


def test_the_first_visit_with_password_and_code(visitor: Visitor) -> None:
    path = manage(visitor.stage.store, ORIGIN, "add", "A", "officer")[0].removeprefix(ORIGIN)
    told = re.search(r"<code>([A-Z2-7 ]+)</code>", visitor.get(path).text)
    assert told is not None
    code = pyotp.TOTP(told[1].replace(" ", "")).now()
    fields = {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post(f"{path}/password", **fields, code="000000").status_code == 400
    assert visitor.post(f"{path}/password", password="short", again="short", code=code).status_code == 400  # noqa: S106
    assert visitor.post(f"{path}/password", **fields, code=code).headers["location"] == "/"
    assert visitor.post("/login/password", name="A", password=PASSWORD, code=code).status_code == 401
    assert visitor.acts()[-1] == "login-failed"


def test_guessing_is_stopped(visitor: Visitor) -> None:
    answers = [visitor.post("/login/password", name="A", password="x", code="1").status_code for _ in range(10)]  # noqa: S106
    assert answers[:8] == [401] * 8
    assert answers[8:] == [429] * 2


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\nx"])
def test_nobody_is_sent_to_another_site(visitor: Visitor, where: str) -> None:
    assert visitor.get(f"/language/ru?{urlencode({'back': where})}").headers["location"] == "/"


def test_logging_out_ends_the_session(visitor: Visitor) -> None:
    visitor.arrive("A")
    visitor.post("/logout", by="A")
    assert visitor.get("/", by="A").headers["location"] == "/login"


def test_control_cases_come_along_and_look_like_any_other(stage: Stage) -> None:
    stage.receive(SPEEDING, SPEEDING)
    visitor = Visitor(stage)
    for name in ("A", "B"):
        visitor.arrive(name)
    visitor.post("/next", by="A")
    visitor.post("/case/0/say", by="A", turn=0, say="confirm")
    visitor.sign("A")
    visitor.post("/back", by="A")
    stage.table = DeskTable(control_percent=100)
    assert Visitor(stage, visitor.cookies).post("/next", by="B").headers["location"] == "/case/1"
    control = visitor.post("/case/1/say", by="B", turn=0, say="confirm").headers["location"]
    assert control.startswith("/case/")
    page = visitor.get(control, by="B").text
    assert "control" not in re.sub(r"<[^>]*>", "", page).lower()
    visitor.post(f"{control}/reject", by="B", turn=0, code="plate_wrong")
    assert visitor.sign("B").status_code == 303
    assert "found 1" in visitor.get("/me", by="B").text
