"""What officers have confirmed, handed on: a line of JSON a case, and a file that proves it to whoever doubts.

Only the last word on a case counts, and only `confirmed` and `warned` leave. What was rejected, or not looked at,
stays; so does a case whose rule names no legal basis. What has left and is taken back since, by an appeal or a recall,
is told as withdrawn, and its file is taken away.
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
from kirpik_central.store import Store, case_of, cases_query
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


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """Which case: the place of its packet, and the decision by which it had left. No plate: whoever got it knows it."""

    unit: str
    epoch: int
    sequence: int
    exported_leaf: int


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    decision: Decided
    withdrawn: Withdrawn


@dataclass(frozen=True, slots=True)
class Exporter:
    store: Store
    units: Units
    binder: Binder | None = None
    """Writes the evidence files, where they are asked for."""

    def export(self, write: Callable[[bytes], object], *, after: int = -1) -> int:
        """Write a line for each case whose last decision has a number above `after`. Return how many.

        A case that was accused by a decision up to `after`, and is no longer, is told as withdrawn.
        """
        count = 0
        for row in self._last_words(after):
            accused = row.verdict in ACCUSING
            line = self._line(row) if accused else self._withdrawal(row, told_up_to=after)
            if line is not None:
                write(msgspec.json.encode(line) + b"\n")
                count += 1
        return count

    def _line(self, row: Any) -> Exported | None:  # noqa: ANN401  a row of `_page`
        case = case_of(row)
        opened = open_case(case, public_of(case, self.units))
        if opened is None:
            raise WireError("record-cover", f"case {case.leaf} accuses nobody")
        if not opened.legal_basis:
            log.warning("case=%d exported=no why='its rule names no legal basis'", case.leaf)
            return None
        evidence = None if self.binder is None else self.binder.bind(case)
        return Exported(decision=_decided(row), case=opened, evidence=evidence)

    def _withdrawal(self, row: Any, *, told_up_to: int) -> TakenBack | None:  # noqa: ANN401  a row of `_page`
        """None where nobody was told of it yet; its file goes all the same."""
        case = case_of(row)
        if self.binder is not None:
            self.binder.take_away(case)
        if row.accused_leaf > told_up_to:
            return None
        place = Withdrawn(
            unit=case.place.unit.hex(), epoch=case.place.epoch, sequence=case.place.sequence,
            exported_leaf=row.accused_leaf,
        )  # fmt: skip
        return TakenBack(decision=_decided(row), withdrawn=place)

    def _last_words(self, after: int) -> Iterator[Any]:
        """Rows of `_page`, all of them."""
        while rows := self.store.read(lambda connection, after=after: _page(connection, after)):  # type: ignore[misc]
            yield from rows
            after = rows[-1].decision_leaf


def _page(connection: Connection, after: int) -> list[Any]:
    """Packets that were ever accused, with their last decision and the first that accused, in the decisions' order."""
    words = DECISION.alias()
    of_packet = words.c.packet == PACKET.c.leaf
    last = select(func.max(words.c.turn)).where(of_packet).scalar_subquery()
    accused = select(func.min(words.c.leaf)).where(of_packet, words.c.verdict.in_(ACCUSING)).scalar_subquery()
    columns = [DECISION.c[name] for name in ("turn", "verdict", "officer", "reason", "decided_ms")]
    query = (
        cases_query()
        .add_columns(DECISION.c.leaf.label("decision_leaf"), accused.label("accused_leaf"), *columns)
        .join(DECISION, (DECISION.c.packet == PACKET.c.leaf) & (DECISION.c.turn == last))
        .where(DECISION.c.leaf > after, accused.is_not(None))
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
