"""What is published: accusations and outcomes by rule and place, never passages. Small numbers are not told.

A number below the threshold could point at somebody. It is left out, and with it what it could be computed from: where
one cell of a row is hidden, its total is hidden too; sums over many rows are rounded down to multiples of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kirpik_central.desk.tables import CONTROL, DOCKET
from kirpik_central.tables import DECISION

OUTCOMES = ("waiting", "confirmed", "warned", "rejected", "recalled")
OVERTURNED = ("rejected", "recalled")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule at one place; None where a number is too small to be told."""

    site: str
    kind: str
    accused: int | None
    outcomes: Mapping[str, int | None]

    @property
    def rejected_share(self) -> float | None:
        """Of what has been decided; only where all of it is told."""
        decided = [self.outcomes[name] for name in OUTCOMES[1:]]
        if any(number is None for number in decided):
            return None
        total = sum(number or 0 for number in decided)
        return ((self.outcomes["rejected"] or 0) + (self.outcomes["recalled"] or 0)) / total if total else None


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
    smallest: int


def figures(connection: Connection, *, smallest: int) -> Figures:
    counted = _count(connection)
    sites = _fold(counted, lambda site, kind: (site, kind))
    kinds = _fold(counted, lambda _, kind: ("", kind))
    whole = _fold(counted, lambda _site, _kind: ("", ""))
    return Figures(
        lines=tuple(_line(key, cells, smallest) for key, cells in sorted(sites.items())),
        by_kind=tuple(_line(key, _rounded(cells, smallest), smallest) for key, cells in sorted(kinds.items())),
        total=_line(("", ""), _rounded(whole.get(("", ""), {}), smallest), smallest),
        reasons=tuple((code, tell(number, smallest)) for code, number in _reasons(connection)),
        overturned=tell(_overturned(connection), smallest),
        controls=_controls(connection, smallest),
        smallest=smallest,
    )


def tell(number: int, smallest: int) -> int | None:
    """Nought is told: it points at nobody."""
    return number if number == 0 or number >= smallest else None


def _rounded(cells: Mapping[str, int], smallest: int) -> dict[str, int]:
    """So that no hidden cell follows from a sum and the cells that are told."""
    return {name: number // smallest * smallest for name, number in cells.items()}


def _line(key: tuple[str, str], cells: Mapping[str, int], smallest: int) -> Line:
    told = {name: tell(cells.get(name, 0), smallest) for name in OUTCOMES}
    hidden = sum(number is None for number in told.values())
    total = sum(cells.values())
    if hidden == 1:  # it would follow from the total
        return Line(*key, None, told)
    return Line(*key, tell(total, smallest), told)


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
