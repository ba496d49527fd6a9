"""The matrix: every route, every role and nobody. A new route fails here until somebody says who may use it."""

import pytest

from kirpik_central.accounts.people import ROLES
from kirpik_central.web.officer import ROUTES
from tests.desk import road
from tests.unit.central.web.visitor import Visitor

EVERYBODY = "nobody officer supervisor auditor operator"
ALL_ROLES = "officer supervisor auditor operator"
DECIDERS = "officer supervisor"
ALLOWED = {
    "GET /login": EVERYBODY,
    "POST /login/options": EVERYBODY,
    "POST /login/passkey": EVERYBODY,
    "POST /login/password": EVERYBODY,
    "GET /enrol/{invitation}": EVERYBODY,
    "POST /enrol/{invitation}/options": EVERYBODY,
    "POST /enrol/{invitation}/passkey": EVERYBODY,
    "POST /enrol/{invitation}/password": EVERYBODY,
    "GET /language/{code}": EVERYBODY,
    "POST /logout": ALL_ROLES,
    "GET /": ALL_ROLES,
    "GET /queue": "officer supervisor auditor",
    "POST /next": DECIDERS,
    "POST /back": DECIDERS,
    "POST /case/{leaf}/take": DECIDERS,
    "GET /case/{leaf}": "officer supervisor auditor",
    "POST /case/{leaf}/say": DECIDERS,
    "POST /case/{leaf}/reject": DECIDERS,
    "POST /case/{leaf}/undo": DECIDERS,
    "POST /case/{leaf}/reopen": "supervisor",
    "POST /case/{leaf}/owner": DECIDERS,
    "GET /sign": DECIDERS,
    "POST /sign/options": DECIDERS,
    "POST /sign": DECIDERS,
    "POST /sign/code": DECIDERS,
    "GET /me": ALL_ROLES,
    "POST /me/options": ALL_ROLES,
    "POST /me/passkey": ALL_ROLES,
    "GET /team": "supervisor auditor",
    "POST /team/release": "supervisor",
    "GET /audit": "supervisor auditor",
    "GET /recall": "supervisor auditor",
    "GET /recall/{hash}": "supervisor auditor",
    "POST /recall/{hash}/options": "supervisor",
    "POST /recall/{hash}": "supervisor",
    "POST /recall/{hash}/code": "supervisor",
}


def test_every_route_is_in_the_matrix_and_no_other() -> None:
    assert {f"{route.verb} {route.path}" for route in ROUTES} == set(ALLOWED)


def test_the_table_of_routes_says_what_the_matrix_says() -> None:
    for route in ROUTES:
        wanted = ALLOWED[f"{route.verb} {route.path}"]
        assert route.roles == (frozenset() if wanted == EVERYBODY else frozenset(wanted.split())), route.path


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_whoever_may_not_is_refused_by_every_route_and_changes_nothing(visitor: Visitor, who: str) -> None:
    visitor.stage.receive(*road(2))
    by = "" if who == "nobody" else who
    if by:
        visitor.arrive(by, who)  # type: ignore[arg-type]
    closed = [name for name, roles in ALLOWED.items() if who not in roles.split()]
    before = visitor.state()
    for name in closed:
        verb, path = name.split()
        path = path.replace("{leaf}", "0").replace("{hash}", "00" * 32).replace("{invitation}", "x")
        answer = visitor.get(path, by=by) if verb == "GET" else visitor.post(path, by=by, turn=0, say="confirm")
        if by:
            assert answer.status_code == 403, name
        else:
            assert (answer.status_code, answer.headers.get("location", "/login")[:6]) in (
                (303, "/login"),
                (401, "/login"),
            )
    assert visitor.state() == before
    assert visitor.acts().count("refused") == (len(closed) if by else 0)


@pytest.mark.parametrize("who", ROLES)
def test_whoever_may_is_let_in(visitor: Visitor, who: str) -> None:
    visitor.stage.receive(*road(2))
    visitor.arrive(who, who)  # type: ignore[arg-type]
    for name, roles in ALLOWED.items():
        verb, path = name.split()
        if verb == "GET" and who in roles.split() and "{" not in path:
            assert visitor.get(path, by=who).status_code in (200, 303), name


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_the_fleets_pages_are_the_operators_and_the_leads(visitor: Visitor, who: str) -> None:
    if who != "nobody":
        visitor.arrive(who, who)  # type: ignore[arg-type]
    wanted = {"operator": 200, "supervisor": 200, "nobody": 303}.get(who, 403)
    for path in ("/fleet/", "/fleet/units.json"):
        assert visitor.get(path, by="" if who == "nobody" else who).status_code == wanted
    assert visitor.client.post("/fleet/", headers={"origin": "https://desk.example"}).status_code in (401, 403, 405)


def test_an_officer_sees_no_case_that_is_not_his(visitor: Visitor) -> None:
    visitor.stage.receive(*road(2))
    visitor.arrive("A")
    visitor.arrive("B")
    visitor.post("/case/0/take", by="A")
    assert visitor.get("/case/0", by="A").status_code == 200
    assert visitor.get("/case/0", by="B").status_code == 409
    assert visitor.get("/case/1", by="A").status_code == 409
    assert visitor.get("/case/99", by="A").status_code == 404


def test_who_watches_a_case_is_noted(visitor: Visitor) -> None:
    visitor.stage.receive(*road(1))
    visitor.arrive("W", "auditor")
    assert visitor.get("/case/0", by="W").status_code == 200
    assert visitor.acts().count("viewed") == 1
