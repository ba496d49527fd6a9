"""The docket: what waits, and who holds what. One case, one officer; what nobody finishes goes back by itself.

An officer holds one case that is not decided yet: taking the next gives the last one back. Nobody looks twice at a case
that he has decided on before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, or_, select, text, update

from kirpik_central.accounts.people import now_ms
from kirpik_central.desk.tables import CONTROL, DOCKET, DRAFT
from kirpik_central.tables import DECISION

WAITING, SECOND, DONE = "waiting", "second", "done"
PAGE = 50
COLUMNS = tuple(column.name for column in DOCKET.columns)
COUNTED = 1000
"""Beyond this a list is only said to be longer."""
DOUBTFUL_PPM = 970_000


HOP_OVER_SITES = text(
    "WITH RECURSIVE hop(site) AS (SELECT min(site) FROM docket WHERE state = :state UNION ALL "
    "SELECT (SELECT min(site) FROM docket WHERE state = :state AND site > hop.site) FROM hop "
    "WHERE hop.site IS NOT NULL) "
    "SELECT site FROM hop WHERE site IS NOT NULL LIMIT :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    state: str = WAITING
    kind: str = ""
    site: str = ""
    doubtful: bool = False

    def where(self) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = [DOCKET.c.state == self.state]
        if self.kind:
            parts.append(DOCKET.c.kind == self.kind)
        if self.site:
            parts.append(DOCKET.c.site == self.site)
        if self.doubtful:
            parts.append(literal_column("confidence_ppm") < literal_column(str(DOUBTFUL_PPM)))
        return and_(*parts)


@dataclass(frozen=True, slots=True)
class Row:
    leaf: int
    kind: str
    site: str
    moment_ms: int | None
    outcome: str
    charged_m_per_h: int | None
    limit_m_per_h: int | None
    confidence_ppm: int
    state: str
    turn: int
    verdict: str | None
    holder: str | None
    held_until_ms: int

    def held_by(self, now: int) -> str | None:
        return self.holder if self.holder is not None and self.held_until_ms > now else None

    @property
    def doubtful(self) -> bool:
        return self.confidence_ppm < DOUBTFUL_PPM


def page(connection: Connection, filters: Filters, *, after: int = -1) -> list[Row]:
    """One more than a page, if there is more. The oldest first; what is done, the newest first."""
    query = select(DOCKET).where(filters.where()).limit(PAGE + 1)
    if filters.state == DONE:
        query = query.where(DOCKET.c.leaf < after) if after >= 0 else query
        query = query.order_by(DOCKET.c.leaf.desc())
    else:
        query = query.where(DOCKET.c.leaf > after).order_by(DOCKET.c.leaf)
    return [_row(row) for row in connection.execute(query)]


def count(connection: Connection, filters: Filters) -> int:
    """COUNTED + 1 stands for more."""
    some = select(literal_column("1")).where(filters.where()).limit(COUNTED + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def sites(connection: Connection, *, limit: int = 200) -> list[str]:
    """Places with waiting cases, by hops over the index: a scan of a million rows would take long."""
    return list(connection.execute(HOP_OVER_SITES, {"state": WAITING, "most": limit}).scalars())


def look_up(connection: Connection, leaf: int, *, hold: bool = False) -> Row | None:
    """With `hold`, ours until the transaction ends."""
    query = select(DOCKET).where(DOCKET.c.leaf == leaf)
    row = connection.execute(query.with_for_update() if hold else query).one_or_none()
    return None if row is None else _row(row)


def take_next(connection: Connection, officer: str, filters: Filters, *, hold_ms: int) -> int | None:
    """The oldest case that is free for him, now his; None where there is none."""
    give_back(connection, officer)
    states = (SECOND, WAITING) if filters.state == WAITING else (filters.state,)
    for state in states:
        at_state = Filters(state=state, kind=filters.kind, site=filters.site, doubtful=filters.doubtful)
        leaf = connection.execute(_free(officer, at_state.where())).scalar_one_or_none()
        if leaf is not None:
            _hold(connection, leaf, officer, hold_ms)
            return int(leaf)
    return None


def take(connection: Connection, officer: str, leaf: int, *, hold_ms: int) -> bool:
    """That very case, unless another holds it or he may not."""
    if connection.execute(_free(officer, DOCKET.c.leaf == leaf)).scalar_one_or_none() is None:
        return False
    give_back(connection, officer, but=leaf)
    _hold(connection, leaf, officer, hold_ms)
    return True


def give_back(connection: Connection, officer: str, *, but: int = -1) -> None:
    """What he holds and has not decided."""
    drafted = select(DRAFT.c.leaf).where(DRAFT.c.leaf == DOCKET.c.leaf, DRAFT.c.account == officer)
    mine = (DOCKET.c.holder == officer) & (DOCKET.c.leaf != but) & ~drafted.exists()
    connection.execute(update(DOCKET).where(mine).values(holder=None, held_until_ms=0))


def release(connection: Connection, leaf: int) -> str | None:
    """Whoever held it holds it no more; his draft is void. Returns who that was."""
    row = look_up(connection, leaf)
    connection.execute(DRAFT.delete().where(DRAFT.c.leaf == leaf))
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == leaf).values(holder=None, held_until_ms=0))
    return None if row is None else row.holder


def held(connection: Connection) -> list[Row]:
    query = select(DOCKET).where(DOCKET.c.holder.is_not(None), DOCKET.c.held_until_ms > now_ms())
    return [_row(row) for row in connection.execute(query.order_by(DOCKET.c.held_until_ms))]


def _free(officer: str, where: ColumnElement[bool]) -> Select[Any]:
    """The first case that he may take; on PostgreSQL nobody else gets it while we look."""
    nobodys = or_(DOCKET.c.holder.is_(None), DOCKET.c.held_until_ms <= now_ms(), DOCKET.c.holder == officer)
    said = select(DECISION.c.leaf).where(DECISION.c.packet == DOCKET.c.leaf, DECISION.c.officer == officer)
    drafted = select(DRAFT.c.leaf).where(DRAFT.c.leaf == DOCKET.c.leaf, DRAFT.c.account == officer)
    mine = (DECISION.c.packet == CONTROL.c.source) & (DECISION.c.officer == officer)
    known = select(CONTROL.c.leaf).where(CONTROL.c.leaf == DOCKET.c.leaf).join(DECISION, mine)
    seen = ~said.exists() & ~drafted.exists() & ~known.exists()
    query = select(DOCKET.c.leaf).where(where, DOCKET.c.state != DONE, nobodys, seen)
    return query.order_by(DOCKET.c.leaf).limit(1).with_for_update(skip_locked=True)


def _hold(connection: Connection, leaf: int, officer: str, hold_ms: int) -> None:
    """A draft of whoever held it before has run out, and is void."""
    connection.execute(DRAFT.delete().where(DRAFT.c.leaf == leaf, DRAFT.c.account != officer))
    values = {"holder": officer, "held_until_ms": now_ms() + hold_ms}
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == leaf).values(values))


def _row(row: Any) -> Row:  # noqa: ANN401  a row of DOCKET
    return Row(**{name: getattr(row, name) for name in COLUMNS})


def pages(rows: Sequence[Row]) -> tuple[Sequence[Row], int | None]:
    """What fits on a page, and where the next one goes on."""
    return (rows, None) if len(rows) <= PAGE else (rows[:PAGE], rows[PAGE - 1].leaf)
