"""The citizens' site: the accused sees his case and takes the evidence with him; everybody sees the published figures.

A process of its own without keys or sessions, on a database that it only reads. What is typed is used for one look-up
and kept nowhere; how often somebody tries is counted in memory.
"""

import hmac
import json
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from kirpik.wire.evidence_file import SUFFIX
from kirpik_central.accounts.people import now_ms
from kirpik_central.accounts.throttle import CITIZEN_BY_ADDRESS, CITIZEN_BY_CASE, Limit
from kirpik_central.decisions import ACCUSING
from kirpik_central.desk import control
from kirpik_central.desk.casefile import Archive, CaseFile, leaf_of
from kirpik_central.desk.figures import Figures, figures
from kirpik_central.plan import draw_plan
from kirpik_central.store import Store
from kirpik_central.timeline import draw_signals
from kirpik_central.web.ask import Ask, Data, Go, Page, RefusedError, Reply
from kirpik_central.web.case_pages import labels_of
from kirpik_central.web.login_pages import language
from kirpik_central.web.look import Look
from kirpik_central.web.site import NOBODY, Route, Site

FRESH_S = 600.0
LIKE_LATIN = str.maketrans("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI")
"""Whoever types a plate on a Cyrillic keyboard means these."""


class Tries:
    """Counted in memory: a restart forgives, and nothing is written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], tuple[int, float]] = {}

    def spend(self, limit: Limit, who: str) -> None:
        """Raises RefusedError for one try too many."""
        now = time.monotonic()
        with self._lock:
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
            count, until = self._counts.get((limit.name, who), (0, now + limit.within_s))
            self._counts[limit.name, who] = (count + 1, until)
        if count >= limit.tries:
            raise RefusedError("too-often")


@dataclass
class Public:
    store: Store
    archive: Archive
    evidence: Path
    smallest: int
    tries: Tries = field(default_factory=Tries)
    kept: tuple[float, Figures, int] | None = None
    """Figures that were counted lately, and when."""

    def figures(self) -> tuple[Figures, int]:
        """And the UTC milliseconds that they are of."""
        if self.kept is None or time.monotonic() > self.kept[0]:
            counted = self.store.read(lambda connection: figures(connection, smallest=self.smallest))
            self.kept = (time.monotonic() + FRESH_S, counted, now_ms())
        return self.kept[1], self.kept[2]


def start(_public: Public, _ask: Ask) -> Reply:
    return Page("citizen.html", {"failed": False, "number": ""})


def case(public: Public, ask: Ask) -> Reply:
    file = _find(public, ask)
    if file is None or file.opened is None:
        return Page("citizen.html", {"failed": True, "number": ask.text("number", most=40)}, 404)
    labels = labels_of(ask.language)
    values = {
        "file": file,
        "case": file.opened,
        "word": file.words[-1] if file.words else None,
        "accusing": ACCUSING,
        "has_file": _evidence(public, file) is not None,
        "number": ask.text("number", most=40),
        "plan": Markup(draw_plan(file.opened, labels)),  # noqa: S704  draw_plan escapes every text
        "signals": Markup(draw_signals(file.opened, labels)),  # noqa: S704
    }
    return Page("citizen_case.html", values)


def download(public: Public, ask: Ask) -> Reply:
    file = _find(public, ask)
    path = None if file is None else _evidence(public, file)
    if file is None or path is None:
        raise RefusedError("unknown")
    return Data(path.read_bytes(), "application/octet-stream", f"{file.number}{SUFFIX}")


def published(public: Public, _ask: Ask) -> Reply:
    counted, of_ms = public.figures()
    return Page("figures.html", {"figures": counted, "of_ms": of_ms})


def published_json(public: Public, _ask: Ask) -> Reply:
    counted, of_ms = public.figures()
    told: dict[str, Any] = {"of_utc_ms": of_ms, **asdict(counted)}
    return Data(json.dumps(told, ensure_ascii=False).encode(), "application/json")


def _find(public: Public, ask: Ask) -> CaseFile | None:
    """None unless number and plate are both right; what was wrong is not told."""
    public.tries.spend(CITIZEN_BY_ADDRESS, ask.address)
    number, plate = ask.text("number", most=40).upper(), ask.text("plate", most=20).upper()
    leaf = leaf_of(number)
    if leaf is None:
        return None
    public.tries.spend(CITIZEN_BY_CASE, str(leaf))
    file = public.store.read(lambda connection: _load(public, connection, leaf))
    if file is None or file.opened is None:
        return None
    wanted = "".join(plate.split()).translate(LIKE_LATIN)
    right = hmac.compare_digest(file.number, number.strip()) if number.isascii() else False
    return file if right and hmac.compare_digest(wanted.encode(), file.opened.plate.encode()) else None


def _load(public: Public, connection: Connection, leaf: int) -> CaseFile | None:
    return None if control.is_one(connection, leaf) else public.archive.load(connection, leaf)


def _evidence(public: Public, file: CaseFile) -> Path | None:
    """Only of a case whose last word accuses."""
    if file.opened is None or not file.words or file.words[-1].verdict not in ACCUSING:
        return None
    path = public.evidence / f"{file.opened.unit}-{file.opened.epoch}-{file.opened.sequence}{SUFFIX}"
    return path if path.is_file() else None


def _home(_public: Public, _ask: Ask) -> Reply:
    """A page that was reached by a form, asked for again after the language was changed."""
    return Go("/")


ROUTES: list[Route[Public]] = [
    Route("GET", "/", start, NOBODY),
    Route("POST", "/case", case, NOBODY),
    Route("GET", "/case", _home, NOBODY),
    Route("POST", "/case/evidence", download, NOBODY),
    Route("GET", "/figures", published, NOBODY),
    Route("GET", "/figures.json", published_json, NOBODY),
    Route("GET", "/language/{code}", language, NOBODY),
]


def citizens_site(public: Public, *, origin: str, zone: tzinfo) -> Site[Public]:
    return Site(
        desk=public,
        routes=ROUTES,
        look=Look(zone),
        origin=origin,
        session_of=lambda _: None,
        refused=lambda _ask, _refusal: None,
    )
