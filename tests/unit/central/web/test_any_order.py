"""Officers, a supervisor and time itself, in any order: each case is decided once a turn, and every word is proven."""

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import update

from kirpik_central.accounts.people import now_ms
from kirpik_central.config import DeskTable
from kirpik_central.desk import proofs
from kirpik_central.desk.tables import DOCKET
from kirpik_provisioning.provision import ThrowAwayFleet
from tests.desk import Stage, road
from tests.unit.central.web.visitor import Visitor

PEOPLE = st.sampled_from(["A", "B", "L"])
CASES = st.integers(0, 4)
TURNS = st.integers(0, 2)
NEVER = (
    ("a turn that was decided twice", "SELECT packet FROM decision GROUP BY packet, turn HAVING count(*) > 1"),
    ("a gap in the turns", "SELECT packet FROM decision GROUP BY packet HAVING max(turn) <> count(*)"),
    (
        "a docket that says another word than the last",
        "SELECT d.leaf FROM docket d JOIN decision w ON w.packet = d.leaf AND w.turn = d.turn "
        "WHERE w.verdict <> d.verdict",
    ),
    (
        "a docket that has counted other turns",
        "SELECT leaf FROM docket d WHERE turn <> (SELECT count(*) FROM decision w WHERE w.packet = d.leaf)",
    ),
    (
        "a case that is closed without a last word, or open with one",
        "SELECT leaf FROM docket WHERE (state = 'done') <> "
        "(coalesce(verdict, '') IN ('confirmed', 'warned', 'rejected', 'recalled'))",
    ),
    (
        "two cases in one officer's hands",
        "SELECT holder FROM docket WHERE holder IS NOT NULL AND held_until_ms > {now} AND state <> 'done' "
        "AND leaf NOT IN (SELECT leaf FROM draft) GROUP BY holder HAVING count(*) > 1",
    ),
    (
        "a charge that one person alone has made",
        "SELECT w.packet FROM decision w JOIN decision v ON v.packet = w.packet AND v.turn = w.turn - 1 "
        "WHERE w.verdict = 'confirmed' AND v.verdict = 'proposed' AND v.officer = w.officer",
    ),
    (
        "a charge without a proposal before it",
        "SELECT w.packet FROM decision w WHERE w.verdict = 'confirmed' AND NOT EXISTS "
        "(SELECT 1 FROM decision v WHERE v.packet = w.packet AND v.turn = w.turn - 1 AND v.verdict = 'proposed')",
    ),
    ("a log with holes", "SELECT size FROM log WHERE size <> (SELECT count(*) FROM leaf)"),
)


class Shift(RuleBasedStateMachine):
    """`base` is an empty store; two persons have to agree on a charge. `said` counts what was decided."""

    def __init__(self, base: Path, fleet: ThrowAwayFleet, said: Counter[str]) -> None:
        super().__init__()
        self._base, self._fleet, self._said = base, fleet, said
        self._folder = Path(tempfile.mkdtemp(prefix="kirpik-shift-"))

    @initialize()
    def begin(self) -> None:
        shutil.copy(self._base, self._folder / "shift.db")
        url = f"sqlite:///{self._folder}/shift.db"
        table = DeskTable(control_percent=0, batch=3, two_persons=True)
        self.stage = Stage(self._folder, url, table, keys_of=self._fleet)
        self.stage.receive(*road(5))
        self.visitor = Visitor(self.stage)
        for name in ("A", "B"):
            self.visitor.arrive(name)
        self.visitor.arrive("L", "supervisor")

    def teardown(self) -> None:
        with self.stage.engine.connect() as connection:
            self._said.update(connection.exec_driver_sql("SELECT verdict FROM decision").scalars())
        self.stage.engine.dispose()
        shutil.rmtree(self._folder)

    @rule(who=PEOPLE)
    def next(self, who: str) -> None:
        self.does(who, "/next")

    @rule(who=PEOPLE, leaf=CASES)
    def take(self, who: str, leaf: int) -> None:
        self.does(who, f"/case/{leaf}/take")

    @rule(who=PEOPLE, saying=st.sampled_from([*["confirm"] * 4, "warn", "refer", "reject"]), signs=st.booleans())
    def work(self, who: str, saying: str, signs: bool) -> None:
        """As it is meant: the next case, second looks first, a word on it as it was shown, and a signature."""
        seconds = self.visitor.post("/next", by=who, state="second").headers["location"]
        where = seconds if "/case/" in seconds else self.visitor.post("/next", by=who).headers["location"]
        case = where.partition("?")[0]
        if case.startswith("/case/"):
            shown = re.search(r'name="turn" value="(\d+)"', self.visitor.get(case, by=who).text)
            assert shown is not None
            word = {"code": "technical"} if saying == "reject" else {"say": saying}
            path = f"{case}/{'reject' if saying == 'reject' else 'say'}"
            assert self.visitor.post(path, by=who, turn=shown[1], **word).status_code == 303
        if signs:
            self.sign(who)

    @rule(who=PEOPLE, leaf=CASES, turn=TURNS, saying=st.sampled_from(["confirm", "warn", "refer"]))
    def say(self, who: str, leaf: int, turn: int, saying: str) -> None:
        self.does(who, f"/case/{leaf}/say", turn=turn, say=saying)

    @rule(who=PEOPLE, leaf=CASES, turn=TURNS)
    def reject(self, who: str, leaf: int, turn: int) -> None:
        self.does(who, f"/case/{leaf}/reject", turn=turn, code="technical")

    @rule(who=PEOPLE, leaf=CASES)
    def undo(self, who: str, leaf: int) -> None:
        self.does(who, f"/case/{leaf}/undo")

    @rule(who=PEOPLE)
    def back(self, who: str) -> None:
        self.does(who, "/back")

    @rule(who=PEOPLE)
    def sign(self, who: str) -> None:
        assert self.visitor.sign(who).status_code in (303, 409)

    @rule(leaf=CASES, turn=TURNS)
    def reopen(self, leaf: int, turn: int) -> None:
        self.does("L", f"/case/{leaf}/reopen", turn=turn, note="a letter")

    @rule(leaf=CASES)
    def release(self, leaf: int) -> None:
        self.does("L", "/team/release", leaf=leaf)

    @rule(configuration=st.sampled_from(["00", "01", "02"]), count=st.integers(1, 12))
    def recall(self, configuration: str, count: int) -> None:
        """Mostly of another number of cases than there are."""
        path = f"/recall/{configuration * 32}"
        asked = self.visitor.post(f"{path}/options", by="L", reason="a wrong sign", count=count)
        if asked.status_code == 200:
            answer = self.stage.passkeys["L"].get(asked.text, flags=0x01)
            assert self.visitor.post(path, by="L", answer=answer).status_code == 303

    @rule()
    def wait(self) -> None:
        """Until what was held is held no more."""
        passed = update(DOCKET).where(DOCKET.c.held_until_ms > 0).values(held_until_ms=now_ms() - 1)
        self.stage.store.write(lambda connection: connection.execute(passed))

    @invariant()
    def nothing_is_that_must_never_be(self) -> None:
        with self.stage.engine.connect() as connection:
            for name, query in NEVER:
                found = connection.exec_driver_sql(query.replace("{now}", str(now_ms()))).all()
                assert found == [], name
            assert list(proofs.unproven(connection)) == []

    def does(self, who: str, path: str, **fields: int | str) -> None:
        """Done, or refused with a sentence."""
        told = {name: str(value) for name, value in fields.items()}
        assert self.visitor.post(path, by=who, **told).status_code in (303, 400, 409), path


@pytest.mark.timeout(300)
def test_in_any_order_each_case_is_decided_once_a_turn_and_proven(made_file: Path, fleet: ThrowAwayFleet) -> None:
    few = settings(
        max_examples=12, stateful_step_count=40, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    said = Counter[str]()
    run_state_machine_as_test(lambda: Shift(made_file, fleet, said), settings=few)  # type: ignore[arg-type]  # makes one
    missing = [
        verdict
        for verdict in ("proposed", "confirmed", "warned", "rejected", "referred", "recalled")
        if not said[verdict]
    ]
    assert missing == [], said
