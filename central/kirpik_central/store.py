"""What the central keeps for good: written in transactions, read as cases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import SQLAlchemyError

from kirpik_central.chains import Place
from kirpik_central.database import unusable
from kirpik_central.ledger import Ledger
from kirpik_central.tables import CHAIN, COUNTER, PACKET

Result = TypeVar("Result")

COLLISIONS = ("40P01", "40001")
"""PostgreSQL's codes for two transactions that waited for each other, of which one was undone."""
TRIES = 5


@dataclass(frozen=True, slots=True)
class Case:
    """An opened packet as it lies in the store."""

    number: int
    place: Place
    link: bytes
    evidence: bytes = field(repr=False)
    received_ms: int
    receipted: bool
    leaf: int = 0
    """Its number in the log, by which it is decided on."""


def case_of(row: Any) -> Case:  # noqa: ANN401  a row of PACKET, with `covered`
    return Case(
        number=row.id,
        place=Place(row.unit, row.epoch, row.sequence),
        link=row.link,
        evidence=row.evidence,
        received_ms=row.received_ms,
        receipted=bool(row.covered),
        leaf=row.leaf,
    )


def cases_query() -> Select[Any]:
    """Rows for `case_of`."""
    covered = PACKET.c.sequence <= CHAIN.c.up_to
    same_epoch = (CHAIN.c.unit == PACKET.c.unit) & (CHAIN.c.epoch == PACKET.c.epoch)
    held = PACKET.c.evidence.is_not(None) & PACKET.c.refusal.is_(None)
    return select(PACKET, covered.label("covered")).join(CHAIN, same_epoch, isouter=True).where(held)


class Store:
    def __init__(self, engine: Engine) -> None:
        self.engine = self._engine = engine
        self._writer = engine.execution_options(writes=True)

    def write(self, do: Callable[[Connection], Result]) -> Result:
        """Do it in one transaction, from the start again where another writer got in the way.

        When this returns, all of it is on the disk; on an error, nothing. Raises StoreError.
        """
        for _ in range(TRIES):
            try:
                with self._writer.begin() as connection:
                    return do(connection)
            except SQLAlchemyError as error:
                trouble = error
                if getattr(getattr(error, "orig", None), "sqlstate", None) not in COLLISIONS:
                    break
        raise unusable(self._engine, trouble) from trouble

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """The same as a block, tried once."""
        try:
            with self._writer.begin() as connection:
                yield Ledger(connection)
        except SQLAlchemyError as error:
            raise unusable(self._engine, error) from error

    def cases(self, *, after: int = 0, limit: int | None = None) -> list[Case]:
        """Opened packets in the order in which they came, from the one after number `after`."""
        query = cases_query().where(PACKET.c.id > after).order_by(PACKET.c.id).limit(limit)
        return [case_of(row) for row in self.read(lambda connection: connection.execute(query).all())]

    def counters(self) -> dict[str, int]:
        rows = self.read(lambda connection: connection.execute(select(COUNTER)).all())
        return {row.name: row.value for row in rows}

    def read(self, do: Callable[[Connection], Result]) -> Result:
        """The same without the right to write. Raises StoreError."""
        try:
            with self._engine.connect() as connection:
                return do(connection)
        except SQLAlchemyError as error:
            raise unusable(self._engine, error) from error
