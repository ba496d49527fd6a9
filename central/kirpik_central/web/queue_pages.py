"""The queue: what waits, and the next case."""

from collections.abc import Mapping
from urllib.parse import urlencode

from sqlalchemy import Connection

from kirpik.wire.terms import KINDS
from kirpik_central.accounts.people import now_ms
from kirpik_central.desk import control, docket, drafts
from kirpik_central.desk.docket import DONE, SECOND, WAITING, Filters
from kirpik_central.web.ask import Ask, Go, Page, RefusedError, Reply
from kirpik_central.web.office import EVERY_ROLE, Office, note
from kirpik_central.web.site import Route, roles

DECIDING = ("officer", "supervisor")
HOME = {"operator": "/fleet/", "auditor": "/audit"}
MAX_SITE = 64


def home(office: Office, ask: Ask) -> Reply:
    """Each to his own work."""
    return Go(HOME[ask.account.role]) if ask.account.role in HOME else queue(office, ask)


def queue(office: Office, ask: Ask) -> Reply:
    filters = filters_of(ask.query)
    if filters.state == DONE and ask.account.role == "officer":
        raise RefusedError("role")
    after = int(ask.query["after"]) if ask.query.get("after", "").isdigit() and len(ask.query["after"]) < 16 else -1

    def look(connection: Connection) -> Page:
        rows, following = docket.pages(docket.page(connection, filters, after=after))
        return Page(
            "queue.html",
            {
                "filters": filters,
                "rows": rows,
                "following": following,
                "count": docket.count(connection, filters),
                "counted": docket.COUNTED,
                "sites": docket.sites(connection),
                "kinds": KINDS,
                "drafts": drafts.of(connection, ask.name),
                "link": link_of(filters),
                "now": now_ms(),
                "deciding": ask.account.role in DECIDING,
            },
        )

    return office.read(look)


def next_case(office: Office, ask: Ask) -> Reply:
    return go_on(office, ask, filters_of(ask.form))


def go_on(office: Office, ask: Ask, filters: Filters) -> Go:
    """To the next case, or to the queue where none is left."""
    plant_sometimes(office, ask)
    leaf = office.write(lambda connection: take_next(office, ask, connection, filters))
    link = link_of(filters)
    return Go(f"/case/{leaf}{link}" if leaf is not None else f"/{link}")


def take_next(office: Office, ask: Ask, connection: Connection, filters: Filters) -> int | None:
    leaf = docket.take_next(connection, ask.name, filters, hold_ms=office.rules.hold_ms)
    if leaf is not None:
        note(connection, ask, "taken", leaf)
    return leaf


def take(office: Office, ask: Ask) -> Reply:
    leaf = ask.number("leaf")

    def one(connection: Connection) -> bool:
        if not docket.take(connection, ask.name, leaf, hold_ms=office.rules.hold_ms):
            return False
        note(connection, ask, "taken", leaf)
        return True

    if not office.write(one):
        raise RefusedError("not-held")
    return Go(f"/case/{leaf}{link_of(filters_of(ask.form))}")


def give_back(office: Office, ask: Ask) -> Reply:
    office.write(lambda connection: docket.give_back(connection, ask.name))
    return Go("/" + link_of(filters_of(ask.form)))


def filters_of(fields: Mapping[str, str]) -> Filters:
    """Of a query or a form. What makes no sense is no filter."""
    state, kind, site = (fields.get(name, "") for name in ("state", "kind", "site"))
    return Filters(
        state=state if state in (SECOND, DONE) else WAITING,
        kind=kind if kind in KINDS else "",
        site=site[:MAX_SITE] if site.isprintable() else "",
        doubtful=fields.get("doubtful") == "1",
    )


def link_of(filters: Filters) -> str:
    """As the end of an address."""
    told = {"state": filters.state if filters.state != WAITING else "", "kind": filters.kind, "site": filters.site}
    given = {name: value for name, value in told.items() if value} | ({"doubtful": "1"} if filters.doubtful else {})
    return "?" + urlencode(given) if given else ""


def plant_sometimes(office: Office, ask: Ask) -> None:
    """Now and then a control case joins the queue's end."""
    if office.chance.random() < office.rules.control_share:
        office.write(lambda connection: _plant(office, ask, connection))


def _plant(office: Office, ask: Ask, connection: Connection) -> None:
    row = control.candidate(connection, ask.name, office.chance)
    opened = None if row is None else office.archive.opened(connection, row.leaf)
    if row is None or opened is None:
        return
    faults = [name for name, put in control.FAULTS.items() if put(opened, office.chance) is not None]
    if faults:
        fault = office.chance.choice(faults)
        changed = control.FAULTS[fault](opened, office.chance)
        control.plant(connection, row, fault, changed or opened)


ROUTES: list[Route[Office]] = [
    Route("GET", "/", home, roles(*EVERY_ROLE)),
    Route("GET", "/queue", queue, roles("officer", "supervisor", "auditor")),
    Route("POST", "/next", next_case, roles(*DECIDING)),
    Route("POST", "/case/{leaf}/take", take, roles(*DECIDING)),
    Route("POST", "/back", give_back, roles(*DECIDING)),
]
