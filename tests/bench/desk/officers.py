"""Fifty officers at once against the real server, until the queue is empty; each case has to be decided once."""

import http.client
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select

from kirpik_central.config import DeskTable
from kirpik_central.tables import DECISION
from kirpik_central.web.serve import Place, serve
from tests.desk import Stage, form, road
from tests.system.ground import free_port, listens, wait_until


def officers_at_once(name: str, url: str, officers: int, cases: int) -> int:
    """How many cases were decided twice."""
    with tempfile.TemporaryDirectory(prefix="kirpik-desk-") as folder:
        port = free_port()
        origin = f"http://localhost:{port}"
        stage = Stage(Path(folder), url, DeskTable(control_percent=0), origin=origin)
        for start in range(0, cases, 100):
            stage.receive(*road(min(100, cases - start), seed=start))
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
        twice = _report(name, stage, waits, failures, officers, cases, took)
        stage.engine.dispose()
        return twice


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
) -> int:
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
    return twice
