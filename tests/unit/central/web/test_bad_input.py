"""Forged, stale, doubled, malformed, injected: refused, noted, and nothing is changed."""

import threading
from typing import Any
from urllib.parse import urlencode

import pytest

from kirpik_central.accounts.tokens import open_session
from kirpik_central.config import DeskTable
from kirpik_central.web.ask import form_token
from kirpik_central.web.guard import MAX_BODY_BYTES
from tests.desk import Stage, form, road
from tests.passkey import ORIGIN
from tests.unit.central.web.visitor import Visitor

FORM = "application/x-www-form-urlencoded"
HOSTILE = (
    "'; DROP TABLE account; --",
    '" OR 1=1 --',
    "{{ 7 * 191 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*191}#{7*191}<%= 7*191 %>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../../../etc/passwd\x00",
    "\r\nset-cookie: evil=1",
    "١٢٣",
    "9" * 400,
    "🚗" * 400,
)


@pytest.fixture
def officer(visitor: Visitor) -> Visitor:
    """A holds case 0 of three."""
    visitor.stage.receive(*road(3))
    visitor.arrive("A")
    visitor.post("/next", by="A")
    return visitor


def test_a_forged_session_is_nobodys(officer: Visitor) -> None:
    before = officer.state()
    for forged in ("x", officer.cookies["A"][:-1] + "x", "'; DROP TABLE session; --".replace(";", "%3B")):
        officer.cookies["F"] = forged
        assert officer.post("/case/0/say", by="F", turn=0, say="confirm").status_code == 401
        assert officer.get("/", by="F").headers["location"] == "/login"
    assert officer.state() == before


@pytest.mark.parametrize("token", ["", "0" * 32, form_token("another session"), "'; --"])
def test_a_form_without_the_sessions_token_is_refused_and_noted(officer: Visitor, token: str) -> None:
    before = officer.state()
    fields = {"token": token, "turn": "0", "say": "confirm"}
    answer = officer.send("/case/0/say", urlencode(fields).encode(), {"content-type": FORM, "origin": ORIGIN}, by="A")
    assert answer.status_code == 403
    assert officer.state() == before
    assert officer.acts()[-1] == "refused"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused(officer: Visitor, headers: dict[str, str]) -> None:
    before = officer.state()
    body = urlencode(form(officer.cookies["A"], turn=0, say="confirm")).encode()
    assert officer.send("/case/0/say", body, {"content-type": FORM, **headers}, by="A").status_code == 403
    assert officer.state() == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (
            b"--x\r\ncontent-disposition: form-data; name=say\r\n\r\nconfirm\r\n--x--",
            "multipart/form-data; boundary=x",
            415,
        ),
        (b"--x\r\ncontent-disposition: form-data; name=f; filename=../x\r\n\r\n\xff\xd8", "multipart/form-data", 415),
        (b'{"say": "confirm"}', "application/json", 415),
        (b"<x/>", "text/xml", 415),
        (b"", "", 415),
        (b"say=confirm&say=reject", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"say=%ff%fe", FORM, 400),
        (b"&".join(b"f%d=1" % number for number in range(100)), FORM, 400),
        (b"say=" + b"x" * MAX_BODY_BYTES, FORM, 413),
    ],
)
def test_uploads_and_bodies_that_no_form_of_ours_sends_are_refused(
    officer: Visitor, body: bytes, kind: str, status: int
) -> None:
    before = officer.state()
    headers = {"content-type": kind, "origin": ORIGIN}
    assert officer.send("/case/0/say", body, headers, by="A").status_code == status
    assert officer.state() == before


def test_a_stale_form_is_refused(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    officer.sign("A")
    before = officer.state()
    assert officer.post("/case/0/say", by="A", turn=0, say="warn").status_code == 409
    assert officer.state() == before


def test_a_form_of_an_earlier_session_is_refused(officer: Visitor) -> None:
    old = officer.cookies["A"]
    officer.cookies["A"] = officer.stage.store.write(lambda c: open_session(c, "A", "passkey"))
    body = urlencode(form(old, turn=0, say="confirm")).encode()
    assert officer.send("/case/0/say", body, {"content-type": FORM, "origin": ORIGIN}, by="A").status_code == 403


def test_a_double_click_decides_once_and_never_the_next_case(officer: Visitor) -> None:
    first, second = (officer.post("/case/0/say", by="A", turn=0, say="confirm") for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert [row[0] for row in officer.state()["draft"]] == [0]


def test_a_double_signature_signs_once(officer: Visitor) -> None:
    officer.post("/case/0/say", by="A", turn=0, say="confirm")
    options = officer.post("/sign/options", by="A").text
    answer = officer.stage.passkeys["A"].get(options, flags=0x01)
    assert [officer.post("/sign", by="A", answer=answer).status_code for _ in range(2)] == [303, 400]
    assert len(officer.state()["decision"]) == 1


def test_two_officers_on_one_case_decide_it_once(stage: Stage) -> None:
    stage.table = DeskTable(control_percent=0)
    stage.receive(*road(1))
    visitor = Visitor(stage)
    names = ("A", "B", "C", "D")
    for name in names:
        visitor.arrive(name)
    answers: dict[str, int] = {}

    def try_it(name: str) -> None:
        taken = visitor.post("/case/0/take", by=name).status_code
        said = visitor.post("/case/0/say", by=name, turn=0, say="confirm").status_code
        answers[name] = taken * 1000 + said

    threads = [threading.Thread(target=try_it, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [303303, 409409, 409409, 409409]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_text_or_refused(officer: Visitor, text: str) -> None:
    officer.arrive("L", "supervisor")
    before = officer.state(but=("audit", "leaf", "log", "throttle", "challenge"))
    by_officer: dict[str, dict[str, Any]] = {
        "/case/0/say": {"turn": text, "say": "confirm"},
        "/case/0/reject": {"turn": 0, "code": text},
        "/case/1/take": {"kind": text, "site": text, "state": text, "token": "x"},
        "/case/1/undo": {"leaf": text},
        "/sign": {"answer": text},
        "/sign/code": {"code": text},
        "/me/passkey": {"answer": text, "label": text},
    }
    for path, fields in by_officer.items():
        assert officer.post(path, by="A", **fields).status_code in (400, 403, 409, 413), path
    by_lead: dict[str, dict[str, Any]] = {
        "/case/0/reopen": {"turn": text, "note": text},
        "/team/release": {"leaf": text},
        f"/recall/{'00' * 32}": {"answer": text, "reason": text},
        f"/recall/{'00' * 32}/code": {"count": text, "code": text, "reason": text},
    }
    for path, fields in by_lead.items():
        assert officer.post(path, by="L", **fields).status_code in (400, 403, 409), path
    by_nobody: dict[str, dict[str, Any]] = {
        "/login/password": {"name": text, "password": text, "code": text},
        "/login/passkey": {"answer": text},
    }
    for path, fields in by_nobody.items():
        assert officer.post(path, **fields).status_code in (400, 401), path
    assert officer.state(but=("audit", "leaf", "log", "throttle", "challenge")) == before


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_address_is_harmless(officer: Visitor, text: str) -> None:
    officer.arrive("L", "supervisor")
    told = urlencode({"kind": text, "site": text, "state": text, "after": text, "before": text, "account": text,
                      "act": text, "to": text, "back": text, "doubtful": text})  # fmt: skip
    for path in ("/queue", "/audit", "/", "/team", "/case/0", "/me", "/recall", "/login"):
        answer = officer.get(f"{path}?{told}", by="L")
        assert answer.status_code in (200, 303, 409), path
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "1337" not in answer.text


def test_hostile_text_in_a_note_is_shown_as_text(officer: Visitor) -> None:
    officer.arrive("W", "auditor")
    note = "<script>alert(1)</script>{{ 7 * 191 }}'; DROP TABLE decision; --"
    officer.post("/case/0/reject", by="A", turn=0, code="technical", note=note)
    officer.sign("A")
    page = officer.get("/case/0", by="W").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 191 }}&#39;; DROP TABLE decision; --" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "path", ["/case/abc", "/case/-1", "/case/1e3", "/case/٣", "/recall/zz", "/static/../app.py", "/x"]
)
def test_addresses_that_mean_nothing_are_told_so(officer: Visitor, path: str) -> None:
    officer.arrive("L", "supervisor")
    assert officer.get(path, by="L").status_code in (400, 404)


@pytest.mark.parametrize(
    "path", ["/case/%00/say", "/case/%0d%0ax/say", "/case/%F0%9F%9A%97/undo", "/recall/%3Cb%3E/code", "/case/*/say"]
)
def test_a_form_to_an_address_that_means_nothing_is_refused_and_noted_without_it(officer: Visitor, path: str) -> None:
    officer.arrive("L", "supervisor")
    before = officer.acts().count("refused")
    assert officer.post(path, by="L", turn=0, say="confirm").status_code in (400, 403, 404)
    assert officer.acts().count("refused") == before + 1


def test_what_is_typed_as_a_name_is_noted_only_where_it_is_one(officer: Visitor) -> None:
    for name in ("A", "my secret password"):
        officer.post("/login/password", name=name, password="x", code="1")  # noqa: S106
    with officer.stage.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT subject FROM audit WHERE act = 'login-failed'").scalars().all()
    assert list(told) == ["A", ""]


def test_another_host_name_gets_no_page(officer: Visitor) -> None:
    answer = officer.client.get("/login", headers={"host": "evil.example"})
    assert answer.status_code == 421


def test_every_answer_holds_the_browser_back(officer: Visitor) -> None:
    for answer in (officer.get("/login"), officer.get("/case/0", by="A"), officer.get("/x"), officer.post("/next")):
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        for forbidden in (" style=", "<style", "onclick", "javascript:", "<script>"):
            assert forbidden not in answer.text
