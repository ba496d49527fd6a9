"""What is published: accusations and outcomes by rule and place, never passages. Small numbers are not told.

A number below the threshold could point at somebody. It is left out, and with it what it could be computed from: where
one cell of a row is hidden, its total is hidden too; sums over many rows are rounded down to multiples of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kirpik.wire.checkpoint import DOUBTS
from kirpik_central.desk.tables import CONTROL, DOCKET
from kirpik_central.tables import DECISION, WITHHELD

OUTCOMES = ("waiting", "confirmed", "warned", "rejected", "recalled")
DECIDED = OUTCOMES[1:]
OVERTURNED = ("rejected", "recalled")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule at one place, or a sum of such; None where a number is too small to be told."""

    site: str
    kind: str
    accused: int | None
    outcomes: Mapping[str, int | None]
    dropped_share: float | None
    """Of what has been decided: rejected or recalled."""
    at_least: bool = False
    """A sum: its numbers are rounded down."""


@dataclass(frozen=True, slots=True)
class Figures:
    lines: tuple[Line, ...]
    total: Line
    by_kind: tuple[Line, ...]
    reasons: tuple[tuple[str, int | None], ...]
    """Why officers rejected."""
    overturned: int | None
    """Charges that were taken back later."""
    controls: tuple[int | None, int | None]
    """Innocent control cases answered, and how many were seen to be innocent."""
    withheld: Mapping[str, int | None]
    """Who tripped a rule and was not accused, by the doubt, as units tell it; empty where none has told anything."""
    smallest: int


def figures(connection: Connection, *, smallest: int) -> Figures:
    counted = _count(connection)
    sites = _fold(counted, lambda site, kind: (site, kind))
    kinds = _fold(counted, lambda _, kind: ("", kind))
    whole = _fold(counted, lambda _site, _kind: ("", ""))
    return Figures(
        lines=tuple(_line(key, cells, smallest) for key, cells in sorted(sites.items())),
        by_kind=tuple(_sum(key, cells, smallest) for key, cells in sorted(kinds.items())),
        total=_sum(("", ""), whole.get(("", ""), {}), smallest),
        reasons=tuple((code, tell(number, smallest)) for code, number in _reasons(connection)),
        overturned=tell(_overturned(connection), smallest),
        controls=_controls(connection, smallest),
        withheld={reason: tell(number, smallest) for reason, number in _withheld(connection)},
        smallest=smallest,
    )


def tell(number: int, smallest: int) -> int | None:
    """Nought is told: it points at nobody."""
    return number if number == 0 or number >= smallest else None


def _line(key: tuple[str, str], cells: Mapping[str, int], smallest: int) -> Line:
    told = {name: tell(cells.get(name, 0), smallest) for name in OUTCOMES}
    hidden = [name for name, number in told.items() if number is None]
    total = None if len(hidden) == 1 else tell(sum(cells.values()), smallest)  # it would follow from the total
    share = None if set(hidden) & set(DECIDED) else _share(cells)
    return Line(*key, total, told, share)


def _sum(key: tuple[str, str], cells: Mapping[str, int], smallest: int) -> Line:
    """Rounded down, so that no hidden cell follows from a sum and the cells that are told."""
    told = {name: _at_least(cells.get(name, 0), smallest) for name in OUTCOMES}
    dropped = sum(cells.get(name, 0) for name in OVERTURNED)
    share = _share(cells) if tell(dropped, smallest) is not None else None
    return Line(*key, _at_least(sum(cells.values()), smallest), told, None if share is None else round(share, 2), True)


def _at_least(number: int, smallest: int) -> int | None:
    told = tell(number, smallest)
    return None if told is None else told // smallest * smallest


def _share(cells: Mapping[str, int]) -> float | None:
    decided = sum(cells.get(name, 0) for name in DECIDED)
    return sum(cells.get(name, 0) for name in OVERTURNED) / decided if decided else None


def _withheld(connection: Connection) -> Iterable[tuple[str, int]]:
    """Nothing, or all reasons."""
    query = select(WITHHELD.c.reason, func.sum(WITHHELD.c.number)).group_by(WITHHELD.c.reason)
    told = {row.reason: int(row[1]) for row in connection.execute(query)}
    return [(reason, told.get(reason, 0)) for reason in DOUBTS] if told else []


def _count(connection: Connection) -> Iterable[tuple[str, str, str, int]]:
    innocent = select(CONTROL.c.leaf).where(CONTROL.c.leaf == DOCKET.c.leaf)
    query = (
        select(DOCKET.c.site, DOCKET.c.kind, DOCKET.c.verdict, func.count())
        .where(~innocent.exists())
        .group_by(DOCKET.c.site, DOCKET.c.kind, DOCKET.c.verdict)
    )
    return [(site, kind, verdict or "waiting", number) for site, kind, verdict, number in connection.execute(query)]


def _fold(counted: Iterable[tuple[str, str, str, int]], key: object) -> dict[tuple[str, str], dict[str, int]]:
    lines: dict[tuple[str, str], dict[str, int]] = {}
    for site, kind, verdict, number in counted:
        cells = lines.setdefault(key(site, kind), {})  # type: ignore[operator]  # a function of both
        name = verdict if verdict in OUTCOMES else "waiting"
        cells[name] = cells.get(name, 0) + number
    return lines


def _reasons(connection: Connection) -> list[tuple[str, int]]:
    query = select(DECISION.c.reason, func.count()).where(DECISION.c.verdict == "rejected").group_by(DECISION.c.reason)
    codes: dict[str, int] = {}
    for reason, number in connection.execute(query):
        code = reason.partition(":")[0]
        codes[code] = codes.get(code, 0) + number
    return sorted(codes.items(), key=lambda item: -item[1])


def _overturned(connection: Connection) -> int:
    earlier = DECISION.alias()
    accused = select(earlier.c.leaf).where(earlier.c.packet == DOCKET.c.leaf, earlier.c.verdict == "confirmed")
    query = select(func.count()).select_from(DOCKET).where(DOCKET.c.verdict.in_(OVERTURNED), DOCKET.c.turn > 1)
    return int(connection.execute(query.where(accused.exists())).scalar_one())


def _controls(connection: Connection, smallest: int) -> tuple[int | None, int | None]:
    answered = select(func.count()).select_from(CONTROL).where(CONTROL.c.verdict.is_not(None))
    seen = answered.where(CONTROL.c.verdict.in_(("rejected", "referred")))
    first, second = (int(connection.execute(query).scalar_one()) for query in (answered, seen))
    told = tell(first, smallest)
    return told, None if told is None else second
