"""What is published points at nobody: no small number, and none that follows from what is told."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from kirpik_central.desk import recall
from kirpik_central.desk.figures import OUTCOMES, Figures, _fold, _line, _sum, figures, tell
from kirpik_central.desk.tables import DOCKET
from tests.desk import Stage
from tests.unit.central.desk.test_deciding import held, say, sign
from tests.unit.central.packets import SPEEDING

SMALLEST = 10
CELLS = st.dictionaries(st.sampled_from(OUTCOMES), st.integers(0, 40))


def put(stage: Stage, site: str, verdict: str | None, count: int) -> None:
    """Cases as they stand in the docket."""
    state = "waiting" if verdict is None else "done"

    def write(connection: object) -> None:
        taken = connection.exec_driver_sql("SELECT count(*) FROM docket").scalar_one()  # type: ignore[attr-defined]
        rows = [{"leaf": 1000 + taken + at, "kind": "speeding", "site": site, "state": state, "verdict": verdict,
                 "turn": 0} for at in range(count)]  # fmt: skip
        connection.execute(insert(DOCKET), rows)  # type: ignore[attr-defined]

    stage.store.write(write)


def told(stage: Stage) -> Figures:
    return stage.store.read(lambda c: figures(c, smallest=SMALLEST))


def test_accusations_and_outcomes_are_counted_by_site_and_rule(stage: Stage) -> None:
    put(stage, "a", "confirmed", 30)
    put(stage, "a", "rejected", 10)
    put(stage, "b", None, 20)
    first, second = told(stage).lines
    assert (first.site, first.kind, first.accused) == ("a", "speeding", 40)
    assert (first.outcomes["confirmed"], first.outcomes["rejected"], first.dropped_share) == (30, 10, 0.25)
    assert (second.accused, second.outcomes["waiting"], second.dropped_share) == (20, 20, None)


def test_a_small_number_is_not_told_nor_what_it_follows_from(stage: Stage) -> None:
    put(stage, "a", "confirmed", 30)
    put(stage, "a", "rejected", 3)
    (line,) = told(stage).lines
    assert (line.outcomes["confirmed"], line.outcomes["rejected"], line.accused, line.dropped_share) == (
        30,
        None,
        None,
        None,
    )
    assert told(stage).total.outcomes["rejected"] is None


@given(CELLS)
def test_no_hidden_cell_follows_from_its_line(cells: dict[str, int]) -> None:
    line = _line(("a", "speeding"), cells, SMALLEST)
    hidden = [name for name in OUTCOMES if line.outcomes[name] is None]
    assert all(0 < cells[name] < SMALLEST for name in hidden)
    assert not (len(hidden) == 1 and line.accused is not None)
    assert line.dropped_share is None or not set(hidden) - {"waiting"}


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_no_hidden_cell_follows_from_a_sum_and_the_others(sites: list[dict[str, int]]) -> None:
    """Whatever is hidden could have been at least two different numbers."""
    counted = [
        (f"site {at}", "speeding", name, number) for at, cells in enumerate(sites) for name, number in cells.items()
    ]
    sums = _fold(counted, lambda _, kind: ("", kind)).get(("", "speeding"), {})
    for name in OUTCOMES:
        hidden = [cells[name] for cells in sites if name in cells and tell(cells[name], SMALLEST) is None]
        if len(hidden) != 1:
            continue
        others = sum(cells.get(name, 0) for cells in sites) - hidden[0]
        shown = _sum(("", "speeding"), sums, SMALLEST).outcomes[name]
        fits = [n for n in range(1, SMALLEST) if _sum(("", ""), {name: others + n}, SMALLEST).outcomes[name] == shown]
        assert hidden[0] in fits


def test_charges_that_were_taken_back_are_errors(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    stage.person("A", "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    sign(stage, "A")
    assert told(stage).overturned == 0
    wrong = SPEEDING.configuration_sha256
    assert stage.store.write(lambda c: recall.recall_by_code(c, "Lead", wrong, "a wrong sign", count=1)) == 1
    assert stage.store.read(lambda c: figures(c, smallest=1)).overturned == 1
    assert told(stage).overturned is None


@given(CELLS)
def test_a_sum_never_says_nought_or_more_than_there_is(cells: dict[str, int]) -> None:
    line = _sum(("", "speeding"), cells, SMALLEST)
    for name in OUTCOMES:
        told, true = line.outcomes[name], cells.get(name, 0)
        assert (told == 0) == (true == 0)
        assert told is None or told <= true
    dropped = cells.get("rejected", 0) + cells.get("recalled", 0)
    assert not (line.dropped_share == 0.0 and dropped >= SMALLEST and dropped / max(1, sum(cells.values())) > 0.005)
    assert not (line.dropped_share == 0.0 and 0 < dropped < SMALLEST)
