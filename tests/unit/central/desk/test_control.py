"""Innocent control cases: like any other to the officer, and nowhere else."""

from random import Random

from kirpik_central.desk import control, docket
from kirpik_central.desk.casefile import CaseFile
from kirpik_central.desk.doubts import doubts
from kirpik_central.desk.figures import figures
from kirpik_central.export import Exporter
from kirpik_central.tables import DECISION
from tests.desk import Stage
from tests.unit.central.desk.test_deciding import count, held, say, sign
from tests.unit.central.packets import RED_LIGHT, SPEEDING


def planted(stage: Stage, fault: str) -> int:
    """A control case made from a case that A has closed."""
    (leaf,) = stage.receive(RED_LIGHT if fault == "green_light" else SPEEDING)
    stage.person("A", "officer")
    stage.person("B", "officer")
    held(stage, "A", leaf)
    say(stage, "A", leaf, "confirm")
    sign(stage, "A")

    def plant(connection: object) -> int:
        row = control.candidate(connection, "B", Random(1))  # type: ignore[arg-type]  # noqa: S311
        opened = stage.archive.opened(connection, leaf)  # type: ignore[arg-type]
        assert row is not None
        assert opened is not None
        return control.plant(connection, row, fault, control.put_in(opened, fault, 0))  # type: ignore[arg-type]

    return stage.store.write(plant)


def file_of(stage: Stage, leaf: int) -> CaseFile:
    file = stage.store.read(lambda c: stage.archive.load(c, leaf))
    assert file is not None
    return file


def test_a_letter_differs_from_the_picture_and_is_the_same_whenever_it_is_shown(stage: Stage) -> None:
    leaf = planted(stage, "other_plate")
    plates = {file_of(stage, leaf).opened.plate for _ in range(3)}  # type: ignore[union-attr]
    assert len(plates) == 1
    (plate,) = plates
    assert sum(a != b for a, b in zip(plate, "123ABC01", strict=True)) == 1


def test_no_excess_and_a_green_light_are_there_to_be_seen(stage: Stage) -> None:
    file = file_of(stage, planted(stage, "no_excess"))
    assert file.opened is not None
    assert file.opened.charged_kmh is not None
    assert file.opened.limit_kmh is not None
    assert file.opened.charged_kmh < file.opened.limit_kmh
    assert "no_excess" in [doubt.code for doubt in doubts(file.opened, file.standing)]


def test_the_signal_was_green(stage: Stage) -> None:
    file = file_of(stage, planted(stage, "green_light"))
    assert file.opened is not None
    assert [s.phase for s in file.opened.signals if s.t_s <= 0][-1] == "green"


def test_it_looks_like_any_other_and_goes_nowhere(stage: Stage) -> None:
    leaf = planted(stage, "other_plate")
    row = stage.store.read(lambda c: docket.look_up(c, leaf))
    assert row is not None
    assert (row.state, row.turn, row.verdict) == ("waiting", 0, None)
    assert file_of(stage, leaf).standing.signature
    held(stage, "B", leaf)
    say(stage, "B", leaf, "confirm")
    before = count(stage, DECISION)
    assert sign(stage, "B") == 1
    assert count(stage, DECISION) == before
    assert stage.store.read(lambda c: docket.look_up(c, leaf)) is None
    lines: list[bytes] = []
    assert Exporter(stage.store, stage.units).export(lines.append) == 1
    assert stage.store.read(lambda c: figures(c, smallest=3)).total.outcomes["waiting"] == 0


def test_who_confirms_it_did_not_look_and_who_rejects_it_did(stage: Stage) -> None:
    leaf = planted(stage, "other_plate")
    held(stage, "B", leaf)
    say(stage, "B", leaf, "reject", "plate_wrong")
    sign(stage, "B")
    assert stage.store.read(control.scores) == [control.Score("B", 1, 1)]


def test_nobody_gets_one_that_was_made_from_his_own_case(stage: Stage) -> None:
    leaf = planted(stage, "other_plate")
    assert not stage.store.write(lambda c: docket.take(c, "A", leaf, hold_ms=1000))
    assert stage.store.write(lambda c: docket.take_next(c, "A", docket.Filters(), hold_ms=1000)) is None
    assert stage.store.write(lambda c: docket.take_next(c, "B", docket.Filters(), hold_ms=1000)) == leaf
