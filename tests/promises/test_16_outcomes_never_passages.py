"""Promise 16: accusations and outcomes are published, never passages; numbers that could point at somebody are not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from random import Random

from kirpik.wire import health
from kirpik_central.desk import figures
from kirpik_central.desk.figures import OUTCOMES, Figures, Line
from tests.promises.proof import Effort, Promise, Shown, as_test

PROMISE = Promise(16, "Accusations and outcomes are published, never passages", remains="")
PASSING = ("pass", "vehicle", "traffic", "track", "seen", "suspect", "plate")
SMALLEST = 10
Fold = Callable[[Mapping[str, int]], Line]


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    names = {field.name for kind in (Figures, Line) for field in fields(kind)} | set(OUTCOMES)
    passing = _counting_passages({*names, *health.FIELDS})
    yield Shown(
        "No published number and no number of a heartbeat counts who drove by",
        f"{len(names)} published names and {len(health.FIELDS)} of the heartbeat: {len(passing)} count passages",
        holds=not passing,
        control="a name more: vehicles_seen",
        caught=_counting_passages({*names, "vehicles_seen"}) == ["vehicles_seen"],
    )
    rows = effort.of(5000, 200_000)
    honest, bold = _found_out(lambda cells: figures._line(("s", "k"), cells, SMALLEST), rows), _found_out(_bold, 2000)
    yield Shown(
        f"Rows with counts below {SMALLEST}: nobody can compute what is not told",
        f"{rows} rows: {honest} small numbers told or computable",
        holds=honest == 0,
        control="a table that hides small cells and tells the total",
        caught=bold > 0,
    )


def _counting_passages(names: set[str]) -> list[str]:
    return [name for name in sorted(names) if any(word in name for word in PASSING)]


def _found_out(line: Fold, rows: int) -> int:
    """Small numbers that are told, or follow from the total and the cells that are."""
    chance = Random(16)  # noqa: S311  repeatable
    found = 0
    for _ in range(rows):
        cells = {name: chance.choice([0, 0, 1, 3, 9, 10, 25, 400]) for name in OUTCOMES}
        told = line(cells)
        hidden = [name for name in OUTCOMES if told.outcomes[name] is None]
        found += any(0 < (told.outcomes[name] or 0) < SMALLEST for name in OUTCOMES)
        found += len(hidden) == 1 and told.accused is not None
        found += told.accused is not None and 0 < told.accused < SMALLEST
    return found


def _bold(cells: Mapping[str, int]) -> Line:
    told = {name: figures.tell(cells[name], SMALLEST) for name in OUTCOMES}
    return Line("s", "k", sum(cells.values()), told, None)


test_outcomes_are_published_and_never_passages = as_test(prove)
