"""One case, one officer; what nobody finishes goes back by itself."""

from sqlalchemy import update

from kirpik_central.desk import docket
from kirpik_central.desk.docket import DONE, SECOND, Filters
from kirpik_central.desk.tables import DOCKET
from tests.desk import Stage, road
from tests.unit.central.packets import RED_LIGHT, SPEEDING

ANY = Filters()
HOLD_MS = 60_000


def next_for(stage: Stage, officer: str, filters: Filters = ANY, *, hold_ms: int = HOLD_MS) -> int | None:
    return stage.store.write(lambda c: docket.take_next(c, officer, filters, hold_ms=hold_ms))


def take(stage: Stage, officer: str, leaf: int) -> bool:
    return stage.store.write(lambda c: docket.take(c, officer, leaf, hold_ms=HOLD_MS))


def test_what_comes_in_waits_in_the_order_in_which_it_came(stage: Stage) -> None:
    leaves = stage.receive(*road(3))
    rows = stage.store.read(lambda c: docket.page(c, ANY))
    assert [row.leaf for row in rows] == leaves
    assert {(row.state, row.turn, row.verdict, row.holder) for row in rows} == {("waiting", 0, None, None)}


def test_two_officers_never_get_the_same_case(stage: Stage) -> None:
    leaves = stage.receive(SPEEDING, SPEEDING)
    assert [next_for(stage, name) for name in ("A", "B", "C")] == [*leaves, None]


def test_taking_the_next_gives_the_last_one_back(stage: Stage) -> None:
    first, second = stage.receive(SPEEDING, SPEEDING)
    assert next_for(stage, "A", Filters(kind="speeding")) == first
    assert take(stage, "A", second)
    assert next_for(stage, "B") == first


def test_a_case_that_is_held_cannot_be_taken_until_its_time_has_run_out(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    assert take(stage, "A", leaf)
    assert not take(stage, "B", leaf)
    stage.store.write(lambda c: c.execute(update(DOCKET).values(held_until_ms=1)))
    assert take(stage, "B", leaf)


def test_filters_choose_by_offence_site_and_doubt(stage: Stage) -> None:
    unsure = [record for record in road(60) if min(record.char_confidence_ppm) < docket.DOUBTFUL_PPM][:2]
    leaves = stage.receive(SPEEDING, RED_LIGHT, *unsure)
    assert next_for(stage, "A", Filters(kind="red_light")) == leaves[1]
    assert next_for(stage, "B", Filters(doubtful=True)) == leaves[2]
    assert next_for(stage, "C", Filters(site=unsure[1].site_id, doubtful=True)) in leaves[2:]
    assert next_for(stage, "D", Filters(site="nowhere")) is None


def test_pages_follow_one_another_without_a_case_lost(stage: Stage) -> None:
    leaves = stage.receive(*[SPEEDING] * (docket.PAGE + 3))
    first, following = docket.pages(stage.store.read(lambda c: docket.page(c, ANY)))
    assert following is not None
    second, end = docket.pages(stage.store.read(lambda c: docket.page(c, ANY, after=following)))
    assert [row.leaf for row in (*first, *second)] == leaves
    assert end is None


def test_sites_and_counts_are_told(stage: Stage) -> None:
    records = road(12)
    stage.receive(*records)
    assert stage.store.read(docket.sites) == sorted({record.site_id for record in records})
    assert stage.store.read(lambda c: docket.count(c, ANY)) == 12
    assert stage.store.read(lambda c: docket.count(c, Filters(state=DONE))) == 0
    assert stage.store.read(lambda c: docket.count(c, Filters(state=SECOND))) == 0


def test_a_lead_can_release_what_somebody_holds(stage: Stage) -> None:
    (leaf,) = stage.receive(SPEEDING)
    take(stage, "A", leaf)
    assert [row.holder for row in stage.store.read(docket.held)] == ["A"]
    assert stage.store.write(lambda c: docket.release(c, leaf)) == "A"
    assert take(stage, "B", leaf)
