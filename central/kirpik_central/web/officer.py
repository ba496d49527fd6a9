"""The officers' site: all its routes, with the roles that may use each."""

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from kirpik_central.fleetview import pages
from kirpik_central.store import Store
from kirpik_central.web import case_pages, lead_pages, login_pages, me_pages, queue_pages, sign_pages
from kirpik_central.web.look import Look
from kirpik_central.web.office import Office
from kirpik_central.web.site import Below, Route, Site, all_of, roles

ROUTES: list[Route[Office]] = all_of(
    login_pages.ROUTES,
    queue_pages.ROUTES,
    case_pages.ROUTES,
    sign_pages.ROUTES,
    me_pages.ROUTES,
    lead_pages.ROUTES,
)


def fleet_pages(store: Store, cards: Path) -> Below:
    """The operators' map and table of units, below ours. `cards` is the folder of the units' keys."""
    return Below("/fleet", pages.routes(store, cards), roles("operator", "supervisor"))


def officers_site(office: Office, *, origin: str, zone: tzinfo, others: Sequence[Below] = ()) -> Site[Office]:
    """`others` are whole sites of their own below ours."""
    return Site(
        desk=office,
        routes=ROUTES,
        look=Look(zone),
        origin=origin,
        session_of=office.session_of,
        refused=office.refused,
        others=others,
    )
