"""What officers have confirmed, handed on: a line of JSON a case, and a file that proves it to whoever doubts.

Only the last word on a case counts, and only `confirmed` and `warned` leave. What was rejected, or not looked at,
stays; so does a case whose rule names no legal basis.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from kirpik.errors import WireError
from kirpik_central.case import Opened, open_case
from kirpik_central.cases import public_of
from kirpik_central.decisions import ACCUSING
from kirpik_central.evidence import Binder
from kirpik_central.keys import Units
from kirpik_central.store import Case, Store, case_of, cases_query
from kirpik_central.tables import DECISION, PACKET

log = logging.getLogger(__name__)

PAGE = 100
"""Cases that are held in memory at a time."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    verdict: str
    officer: str
    reason: str
    decided_utc_ms: int
    turn: int
    leaf: int
    """Its number in the log; an export goes on `--after` it."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    decision: Decided
    case: Opened
    evidence: str | None = None
    """Name of the file beside."""


@dataclass(frozen=True, slots=True)
class Exporter:
    store: Store
    units: Units
    binder: Binder | None = None
    """Writes the evidence files, where they are asked for."""

    def export(self, write: Callable[[bytes], object], *, after: int = -1) -> int:
        """Write a line for each case whose last decision has a number above `after`. Return how many."""
        count = 0
        for decided, case in self._confirmed(after):
            opened = open_case(case, public_of(case, self.units))
            if opened is None:
                raise WireError("record-cover", f"case {case.leaf} accuses nobody")
            if not opened.legal_basis:
                log.warning("case=%d exported=no why='its rule names no legal basis'", case.leaf)
                continue
            evidence = None if self.binder is None else self.binder.bind(case)
            write(msgspec.json.encode(Exported(decision=decided, case=opened, evidence=evidence)) + b"\n")
            count += 1
        return count

    def _confirmed(self, after: int) -> Iterator[tuple[Decided, Case]]:
        while rows := self.store.read(lambda connection, after=after: _page(connection, after)):  # type: ignore[misc]
            for row in rows:
                after = row.decision_leaf
                yield _decided(row), case_of(row)


def _page(connection: Connection, after: int) -> list[Any]:
    """Packets with their last decision, in the order of the decisions."""
    words = DECISION.alias()
    last = select(func.max(words.c.turn)).where(words.c.packet == PACKET.c.leaf).scalar_subquery()
    columns = [DECISION.c[name] for name in ("turn", "verdict", "officer", "reason", "decided_ms")]
    query = (
        cases_query()
        .add_columns(DECISION.c.leaf.label("decision_leaf"), *columns)
        .join(DECISION, (DECISION.c.packet == PACKET.c.leaf) & (DECISION.c.turn == last))
        .where(DECISION.c.verdict.in_(ACCUSING), DECISION.c.leaf > after)
        .order_by(DECISION.c.leaf)
        .limit(PAGE)
    )
    return list(connection.execute(query).all())


def _decided(row: Any) -> Decided:  # noqa: ANN401  a row of `_page`
    return Decided(
        verdict=row.verdict,
        officer=row.officer,
        reason=row.reason,
        decided_utc_ms=row.decided_ms,
        turn=row.turn,
        leaf=row.decision_leaf,
    )
