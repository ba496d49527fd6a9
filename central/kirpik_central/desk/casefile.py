"""A case as an officer gets it: what the packet says, what is proven, what speaks against it, what was said before."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kirpik.errors import WireError
from kirpik.wire.documents import KeySet
from kirpik_central.case import Opened, open_case
from kirpik_central.cases import public_of
from kirpik_central.desk import control, docket
from kirpik_central.desk.doubts import Doubt, doubts
from kirpik_central.desk.standing import Standing, standing
from kirpik_central.keys import Units
from kirpik_central.store import Case, case_of, cases_query
from kirpik_central.tables import DECISION, PACKET

NUMBER_BYTES = 5


@dataclass(frozen=True, slots=True)
class Word:
    """What was decided before."""

    turn: int
    verdict: str
    officer: str
    reason: str
    decided_ms: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    row: docket.Row
    number: str
    opened: Opened | None
    """None where the evidence does not hold any more."""
    standing: Standing
    doubts: list[Doubt]
    words: list[Word]


@dataclass(frozen=True, slots=True)
class Archive:
    units: Units
    keyset: Callable[[], KeySet]

    def load(self, connection: Connection, leaf: int) -> CaseFile | None:
        """None for a number that is no case's."""
        row = docket.look_up(connection, leaf)
        planted = control.source_of(connection, leaf)
        case = packet(connection, leaf if planted is None else planted[0])
        if row is None or case is None:
            return None
        opened = self._open(case)
        if planted is not None and opened is not None:
            opened = control.put_in(opened, planted[1], leaf)
        known = self.units.history(case.place.unit) is not None
        told = standing(connection, case, self.keyset(), signature=opened is not None, known=known)
        number = case_number(leaf, case.evidence)
        found = [] if opened is None else doubts(opened, told)
        return CaseFile(row, number, opened, told, found, words(connection, leaf))

    def opened(self, connection: Connection, leaf: int) -> Opened | None:
        """Only what the packet of a true case says."""
        case = packet(connection, leaf)
        return None if case is None else self._open(case)

    def _open(self, case: Case) -> Opened | None:
        try:
            return open_case(case, public_of(case, self.units))
        except WireError:
            return None


def packet(connection: Connection, leaf: int) -> Case | None:
    row = connection.execute(cases_query().where(PACKET.c.leaf == leaf)).one_or_none()
    return None if row is None else case_of(row)


def words(connection: Connection, leaf: int) -> list[Word]:
    columns = (DECISION.c[name] for name in ("turn", "verdict", "officer", "reason", "decided_ms"))
    query = select(*columns).where(DECISION.c.packet == leaf).order_by(DECISION.c.turn)
    return [Word(*row) for row in connection.execute(query)]


def case_number(leaf: int, evidence: bytes) -> str:
    """What stands on the notice: nobody can guess it, not even with the public log, and it names the case at once."""
    secret = hashlib.sha256(b"kirpik/1 case number\0" + leaf.to_bytes(8, "big") + evidence).digest()
    code = base64.b32encode(secret[:NUMBER_BYTES]).decode()
    return f"{leaf}-{code[:4]}-{code[4:]}"


def leaf_of(number: str) -> int | None:
    """The place that a case's number names, if it has the form of one."""
    first, _, _ = number.partition("-")
    return int(first) if first.isascii() and first.isdigit() and len(first) < 16 else None
