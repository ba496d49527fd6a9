"""A page's time with many cases: the whole way through the application, in this process."""

import random
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, select, text, update
from starlette.testclient import TestClient

from kirpik_central.config import DeskTable
from kirpik_central.desk.tables import DOCKET
from kirpik_central.rows import add
from kirpik_central.tables import LOG, VIOLATION
from tests.bench.desk.ground import timed
from tests.desk import Stage, form, road
from tests.passkey import ORIGIN

KINDS = ("speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping")
SITES = 400
CHUNK = 20_000


def pages(name: str, url: str, cases: int) -> tuple[float, float]:
    """Median milliseconds of the slowest page of the queue, and of a case's own page."""
    with tempfile.TemporaryDirectory(prefix="kirpik-desk-") as folder:
        stage = Stage(Path(folder), url, DeskTable(control_percent=0))
        stage.receive(*road(50))
        stage.checkpoint()
        began = time.perf_counter()
        stage.store.write(lambda connection: _fill(connection, cases))
        print(f"{name}: {cases:,} cases in {time.perf_counter() - began:.0f} s")
        client = TestClient(stage.site().application(), base_url=ORIGIN, follow_redirects=False)
        officer, lead = stage.person("A", "officer"), stage.person("L", "supervisor")
        client.headers["origin"] = ORIGIN
        client.cookies.set("__Host-kirpik", officer)
        middle = cases // 2
        queue = [
            timed(f"{name}: {title}", stage, lambda path=path: client.get(path)).median_ms  # type: ignore[misc]
            for title, path in (
                ("queue, first page", "/"),
                ("queue, by offence", "/queue?kind=wrong_way"),
                ("queue, by site", "/queue?site=site-0077"),
                ("queue, by site and offence", "/queue?site=site-0077&kind=wrong_way"),
                ("queue, doubtful", "/queue?doubtful=1"),
                ("queue, doubtful of a site", "/queue?doubtful=1&site=site-0077"),
                ("queue, from the middle", f"/queue?after={middle}"),
                ("queue, second look", "/queue?state=second"),
            )
        ]
        client.cookies.set("__Host-kirpik", lead)
        timed(f"{name}: closed cases", stage, lambda: client.get("/queue?state=done"))
        client.cookies.set("__Host-kirpik", officer)
        timed(f"{name}: next case", stage, lambda: client.post("/next", data=form(officer)))
        timed(f"{name}: next case, by site", stage,
              lambda: client.post("/next", data=form(officer, site="site-0077", kind="wrong_way")))  # fmt: skip
        client.post("/case/0/take", data=form(officer))
        case = timed(f"{name}: a case", stage, lambda: client.get("/case/0"))
        print(f"{name}: a case's page: {case.size_bytes} bytes")
        client.cookies.set("__Host-kirpik", lead)
        timed(f"{name}: audit log", stage, lambda: client.get("/audit"))
        stage.engine.dispose()
        return max(queue), case.median_ms


def _fill(connection: Connection, cases: int) -> None:
    """Seven of ten are closed, one in thirty waits for a second officer; the others wait. One in forty is doubtful."""
    at = random.Random(1)  # noqa: S311
    first = int(connection.execute(select(LOG.c.size)).scalar_one())
    for start in range(first, first + cases, CHUNK):
        leaves = range(start, min(start + CHUNK, first + cases))
        rows = [_row(leaf, at) for leaf in leaves]
        add(connection, DOCKET, rows)
        add(connection, VIOLATION, [(*row[:4], b"c" * 32) for row in rows])
    connection.execute(update(LOG).values(size=first + cases))
    connection.execute(text("ANALYZE"))


def _row(leaf: int, at: random.Random) -> tuple[object, ...]:
    state = at.choices(("done", "second", "waiting"), (0.7, 0.03, 0.27))[0]
    verdict = {"done": at.choice(("confirmed", "rejected")), "second": "referred", "waiting": None}[state]
    unsure = 940_000 if at.random() < 1 / 40 else 995_000
    site = f"site-{at.randrange(SITES):04d}"
    turn = 0 if verdict is None else 1
    return (leaf, at.choice(KINDS), site, 1_795_363_200_000 + leaf * 1000, "charge", 80_000, 60_000, unsure, state,
            turn, verdict, None, 0)  # fmt: skip
