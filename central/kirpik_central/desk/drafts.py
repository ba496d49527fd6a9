"""What an officer has said and not signed yet: it binds nobody, and can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from kirpik.errors import StoreError
from kirpik_central.accounts.people import now_ms
from kirpik_central.desk import docket
from kirpik_central.desk.rules import REASONS, Rules, reason_of, verdict_of
from kirpik_central.desk.tables import DOCKET, DRAFT


class NotYoursError(StoreError):
    """The case is another's, was decided, or was shown too long ago; nothing was written. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Draft:
    leaf: int
    turn: int
    verdict: str
    reason: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """As it came from the page: `turn` is how often the case had been decided on when it was shown."""

    leaf: int
    turn: int
    saying: str
    code: str
    note: str


def put(connection: Connection, officer: str, said: Said, rules: Rules) -> Draft:
    """Raises NotYoursError. The same said twice is said once."""
    row = docket.look_up(connection, said.leaf, hold=True)
    if row is None:
        raise NotYoursError("unknown")
    earlier = _drafted(connection, officer, said.leaf)
    if earlier is not None and earlier.turn == said.turn + 1:
        return earlier
    if row.turn != said.turn or row.state == docket.DONE:
        raise NotYoursError("decided")
    if row.held_by(now_ms()) != officer:
        raise NotYoursError("not-held")
    if said.saying not in REASONS or (said.code not in REASONS[said.saying] if REASONS[said.saying] else said.code):
        raise NotYoursError("reason")
    warning = row.outcome == "warning"
    verdict = verdict_of(said.saying, warning=warning, proposed=row.verdict == "proposed", rules=rules)
    draft = Draft(said.leaf, said.turn + 1, verdict, reason_of(said.code, said.note), now_ms())
    values = {"leaf": draft.leaf, "account": officer, "turn": draft.turn, "verdict": verdict, "reason": draft.reason}
    connection.execute(insert(DRAFT), {**values, "made_ms": draft.made_ms})
    until = {"held_until_ms": draft.made_ms + rules.draft_ms}
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == said.leaf).values(until))
    return draft


def reopen(connection: Connection, officer: str, leaf: int, turn: int, note: str, rules: Rules) -> None:
    """A case that is done shall be looked at by another, after an appeal. Raises NotYoursError."""
    row = docket.look_up(connection, leaf, hold=True)
    if row is None or row.state != docket.DONE or row.turn != turn:
        raise NotYoursError("decided")
    if row.held_by(now_ms()) not in (None, officer):
        raise NotYoursError("not-held")
    connection.execute(delete(DRAFT).where(DRAFT.c.leaf == leaf))
    values = {"leaf": leaf, "account": officer, "turn": turn + 1, "verdict": "referred", "made_ms": now_ms()}
    connection.execute(insert(DRAFT), {**values, "reason": reason_of("appeal", note)})
    held = {"holder": officer, "held_until_ms": now_ms() + rules.draft_ms}
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == leaf).values(held))


def take_back(connection: Connection, officer: str, leaf: int, rules: Rules) -> bool:
    """The case is his again, undecided. False where there was nothing to take back."""
    mine = (DRAFT.c.leaf == leaf) & (DRAFT.c.account == officer)
    if connection.execute(delete(DRAFT).where(mine)).rowcount == 0:
        return False
    docket.give_back(connection, officer, but=leaf)
    until = {"held_until_ms": now_ms() + rules.hold_ms}
    connection.execute(update(DOCKET).where(DOCKET.c.leaf == leaf, DOCKET.c.holder == officer).values(until))
    return True


def of(connection: Connection, officer: str) -> Sequence[Draft]:
    """Those that are still good, the oldest first."""
    query = (
        select(DRAFT)
        .join(DOCKET, DOCKET.c.leaf == DRAFT.c.leaf)
        .where(DRAFT.c.account == officer, DOCKET.c.holder == officer, DOCKET.c.held_until_ms > now_ms())
        .order_by(DRAFT.c.made_ms, DRAFT.c.leaf)
    )
    return [Draft(r.leaf, r.turn, r.verdict, r.reason, r.made_ms) for r in connection.execute(query)]


def how_many(connection: Connection, officer: str) -> int:
    query = select(func.count()).select_from(DRAFT).where(DRAFT.c.account == officer)
    return int(connection.execute(query).scalar_one())


def _drafted(connection: Connection, officer: str, leaf: int) -> Draft | None:
    return next((draft for draft in of(connection, officer) if draft.leaf == leaf), None)
