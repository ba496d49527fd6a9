"""A wrong sign that has led to tens of thousands of cases: looked at, signed by one touch, taken back, and proven."""

import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.testclient import TestClient

from kirpik.wire import tlog
from kirpik_central.chains import Place
from kirpik_central.config import DeskTable
from kirpik_central.desk import proofs
from kirpik_central.desk.tables import DOCKET
from kirpik_central.ledger import Kept, Ledger
from kirpik_central.rows import add
from kirpik_central.tables import DECISION, LEAF, VIOLATION
from tests.bench.desk.ground import timed
from tests.desk import Stage, form, road
from tests.passkey import ORIGIN

WRONG = b"w" * 32
PART = 5000
OTHERS = 20
"""Cases of other configurations, which must stay as they are."""


def recall(name: str, url: str, cases: int) -> int:
    """How many cases were decided twice by it."""
    with tempfile.TemporaryDirectory(prefix="kirpik-desk-") as folder:
        stage = Stage(Path(folder), url, DeskTable(control_percent=0))
        stage.receive(*road(OTHERS))
        for start in range(0, cases, PART):
            stage.store.write(lambda c, start=start: _fill(c, start, min(PART, cases - start)))  # type: ignore[misc]
        client = TestClient(stage.site().application(), base_url=ORIGIN, follow_redirects=False)
        lead = stage.person("L", "supervisor")
        client.headers["origin"] = ORIGIN
        client.cookies.set("__Host-kirpik", lead)
        path = f"/recall/{WRONG.hex()}"

        def post(where: str, **fields: object) -> Any:  # noqa: ANN401  the client's answer
            return client.post(where, data=form(lead, **fields))

        timed(f"{name}: all configurations", stage, lambda: client.get("/recall"))
        timed(f"{name}: what a recall of {cases} touches", stage, lambda: client.get(path))
        options: list[str] = []
        said = {"reason": "the sign was unlawful", "count": cases}
        timed(f"{name}: asked to sign", stage, lambda: _kept(options, post(f"{path}/options", **said)), rounds=1)
        answer = stage.passkeys["L"].get(options[-1], flags=0x01)
        timed(f"{name}: signed and taken back", stage, lambda: post(path, answer=answer), rounds=1)
        assert post(path, answer=answer).status_code == 400
        assert f"{cases}" not in client.get(path).text
        twice = _look_into(name, stage, cases)
        stage.engine.dispose()
        return twice


def _fill(connection: Connection, start: int, count: int) -> None:
    """Packets that nobody has to open: what a recall needs of them is their links."""
    kept = [
        Kept(Place(b"u" * 16, 1, at + 1), sha256(b"%d" % at).digest(), b"", b"-", None, None)
        for at in range(start, start + count)
    ]
    leaves = Ledger(connection).keep(kept)
    rows = [(leaf, "speeding", f"site-{leaf % 7}", 1_795_363_200_000 + leaf) for leaf in leaves]
    add(connection, VIOLATION, [(*row, WRONG) for row in rows])
    add(connection, DOCKET, [(*row, "charge", 80_000, 60_000, 995_000, "waiting", 0, None, None, 0) for row in rows])


def _kept(options: list[str], answer: Any) -> Any:  # noqa: ANN401  the client's answer
    options.append(answer.text)
    return answer


def _look_into(name: str, stage: Stage, cases: int) -> int:
    """Each case has one word, that word is in the log, and a passkey has signed it."""
    with stage.engine.connect() as connection:
        told = Counter(connection.execute(select(DECISION.c.packet)).scalars())
        logged = connection.execute(
            select(DECISION.c.statement, LEAF.c.entry).join(LEAF, LEAF.c.number == DECISION.c.leaf)
        ).all()
        in_log = sum(tlog.decision_entry(bytes(row.statement)) == bytes(row.entry) for row in logged)
        left = select(func.count()).select_from(DOCKET).where(DOCKET.c.state != "done")
        still_open = connection.execute(left).scalar_one() - OTHERS
        began = time.perf_counter()
        unproven = len(list(proofs.unproven(connection)))
        took = time.perf_counter() - began
    twice = sum(count > 1 for count in told.values())
    print(f"{name}: {cases} cases: {len(told)} taken back, {twice} twice, {in_log} in the log, "
          f"{unproven} without proof (all looked into again in {took:.1f} s); {still_open} still open")  # fmt: skip
    return twice + abs(cases - len(told)) + abs(cases - in_log)
