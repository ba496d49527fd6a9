"""The desk with a million cases, and with fifty officers at once: `python -m tests.bench.desk`.

A page's time is that of the whole way through the application, in this process: session, query, template, headers. The
bulk of the packets are stubs, because no page but a case's own reads a packet. Officers work against the real server,
each with a passkey, until the queue is empty; then every case has to be decided exactly once.
"""

import argparse
import http.client
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, select, text, update
from starlette.testclient import TestClient

from kirpik_central.config import DeskTable
from kirpik_central.desk.tables import DOCKET
from kirpik_central.rows import add
from kirpik_central.tables import DECISION, LOG, VIOLATION
from kirpik_central.web.serve import Place, serve
from tests.desk import ORIGIN, Stage, form, road
from tests.postgresql import new_database, server
from tests.system.ground import free_port, listens, wait_until

KINDS = ("speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping")
SITES = 400
ROUNDS = 21
CHUNK = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--officers", type=int, default=50)
    parser.add_argument("--shared", type=int, default=500, help="cases for the officers")
    parser.add_argument("--only", choices=ENGINES, action="append", help="that engine alone")
    parser.add_argument("--part", choices=("pages", "officers"), action="append", help="that part alone")
    options = parser.parse_args()
    for name in options.only or ENGINES:
        if "pages" in (options.part or ("pages",)):
            with ENGINES[name]() as url:
                _pages(name, url, options.cases)
        if "officers" in (options.part or ("officers",)):
            with ENGINES[name]() as url:
                _officers(name, url, options.officers, options.shared)


@contextmanager
def _sqlite() -> Iterator[str]:
    yield "sqlite:///central.db"


@contextmanager
def _postgresql() -> Iterator[str]:
    with server(durable=True) as url:
        yield new_database(url, "desk")


ENGINES = {"SQLite": _sqlite, "PostgreSQL": _postgresql}


def _pages(name: str, url: str, cases: int) -> None:
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
        for title, path in (
            ("queue, first page", "/"),
            ("queue, by offence", "/queue?kind=wrong_way"),
            ("queue, by site", "/queue?site=site-0077"),
            ("queue, by site and offence", "/queue?site=site-0077&kind=wrong_way"),
            ("queue, doubtful", "/queue?doubtful=1"),
            ("queue, doubtful of a site", "/queue?doubtful=1&site=site-0077"),
            ("queue, from the middle", f"/queue?after={middle}"),
            ("queue, second look", "/queue?state=second"),
        ):
            _time(f"{name}: {title}", stage, lambda path=path: client.get(path))  # type: ignore[misc]
        client.cookies.set("__Host-kirpik", lead)
        _time(f"{name}: closed cases", stage, lambda: client.get("/queue?state=done"))
        client.cookies.set("__Host-kirpik", officer)
        _time(f"{name}: next case", stage, lambda: client.post("/next", data=form(officer)))
        _time(f"{name}: next case, by site", stage,
              lambda: client.post("/next", data=form(officer, site="site-0077", kind="wrong_way")))  # fmt: skip
        client.post("/case/0/take", data=form(officer))
        sizes = _time(f"{name}: a case", stage, lambda: client.get("/case/0"))
        print(f"{name}: a case's page: {sizes} bytes")
        client.cookies.set("__Host-kirpik", lead)
        _time(f"{name}: audit log", stage, lambda: client.get("/audit"))
        stage.engine.dispose()


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


def _time(title: str, stage: Stage, ask: Callable[[], object]) -> int:
    """The wall's clock counts other work on the machine; processor time, ours and the database server's, does not."""
    walls, works, size = [], [], 0
    server_ms = _server_ms(stage)
    for _ in range(ROUNDS):
        began, worked = time.perf_counter(), time.process_time()
        answer = ask()
        walls.append(1000 * (time.perf_counter() - began))
        works.append(1000 * (time.process_time() - worked))
        assert answer.status_code in (200, 303), answer.status_code  # type: ignore[attr-defined]
        size = len(answer.content)  # type: ignore[attr-defined]
    own = (_server_ms(stage) - server_ms) / ROUNDS
    wall = f"best {min(walls):.1f} ms, median {statistics.median(walls):.1f} ms, worst {max(walls):.1f} ms of {ROUNDS}"
    work = f"processor {statistics.median(works):.1f} ms, database server's {own:.1f} ms"
    print(f"{title}: {wall}; {work}; {size} bytes", flush=True)
    return size


def _server_ms(stage: Stage) -> float:
    """Processor time of all processes of a PostgreSQL server so far; 0 for SQLite, which is in ours."""
    if stage.engine.dialect.name != "postgresql":
        return 0.0
    with stage.engine.connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    parent = _stat(backend)[1]
    ticks = sum(_stat(int(path.name))[11] + _stat(int(path.name))[12] for path in Path("/proc").glob("[0-9]*")
                if _stat(int(path.name))[1] == parent)  # fmt: skip
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[int]:
    """Numbers of /proc/PID/stat from the state on: parent at 1, user and system ticks at 11 and 12."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0] * 20
    return [0, *map(int, words[1:20])]


def _officers(name: str, url: str, officers: int, cases: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kirpik-desk-") as folder:
        port = free_port()
        origin = f"http://localhost:{port}"
        stage = Stage(Path(folder), url, DeskTable(control_percent=0), origin=origin)
        for start in range(0, cases, 100):
            stage.receive(*[replace(one) for one in road(min(100, cases - start), seed=start)])
        names = [f"Officer {number}" for number in range(officers)]
        cookies = {one: stage.person(one, "officer") for one in names}
        stop = threading.Event()
        place = Place("127.0.0.1", port, None, None)
        serving = threading.Thread(target=serve, args=(stage.site().application(), place, stop))
        serving.start()
        wait_until(lambda: listens(port), timeout_s=120, what="the desk listens")
        began = time.perf_counter()
        waits: list[float] = []
        failures = Counter[str]()
        threads = [threading.Thread(target=_work, args=(stage, one, cookies[one], waits, failures)) for one in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        stop.set()
        serving.join()
        _report(name, stage, waits, failures, officers, cases, took)
        stage.engine.dispose()


def _work(stage: Stage, name: str, cookie: str, waits: list[float], failures: Counter[str]) -> None:
    """Next, look, decide; sign when asked to; until nothing is left."""
    desk = Client(stage.origin, cookie)
    while True:
        where = desk.post("/next")
        if not where.startswith("/case/"):
            break
        while where.startswith("/case/"):
            began = time.perf_counter()
            desk.get(where)
            where = desk.post(f"{where}/say", turn=0, say="confirm")
            waits.append(time.perf_counter() - began)
        if where != "/sign":
            failures[where] += 1
        options = desk.ask("/sign/options")
        signed = desk.post("/sign", answer=stage.passkeys[name].get(options, flags=0x01))
        if signed != "/":
            failures[signed] += 1


class Client:
    def __init__(self, origin: str, cookie: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(origin).netloc)
        self._cookie = cookie
        self._headers = {"origin": origin, "cookie": f"kirpik={cookie}"}

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        return body

    def post(self, path: str, **fields: object) -> str:
        """Where it leads to, or the status."""
        answer, _ = self._post(path, fields)
        return answer.headers.get("location", str(answer.status))

    def ask(self, path: str) -> str:
        return self._post(path, {})[1].decode()

    def _post(self, path: str, fields: dict[str, object]) -> tuple[http.client.HTTPResponse, bytes]:
        body = urlencode(form(self._cookie, **fields))
        headers = {**self._headers, "content-type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", path, body=body, headers=headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def _report(
    name: str, stage: Stage, waits: Sequence[float], failures: Counter[str], officers: int, cases: int, took: float
) -> None:
    with stage.engine.connect() as connection:
        told = Counter(connection.execute(select(DECISION.c.packet)).scalars())
        by = Counter(connection.execute(select(DECISION.c.officer)).scalars())
    twice = sum(count > 1 for count in told.values())
    print(f"{name}: {officers} officers at once, {cases} cases: {len(told)} decided, {twice} twice, "
          f"{cases - len(told)} not at all; failures {dict(failures) or 'none'}; "
          f"{min(by.values())} to {max(by.values())} each")  # fmt: skip
    ordered = sorted(1000 * wait for wait in waits)
    late = ordered[int(0.95 * len(ordered))]
    print(f"{name}: look and decide: median {statistics.median(ordered):.0f} ms, 95 % within {late:.0f} ms; "
          f"{cases / took:.1f} decisions a second, clients on the same cores")  # fmt: skip
    assert twice == 0


if __name__ == "__main__":
    main()
