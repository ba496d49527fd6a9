"""What the central keeps for good: written in transactions, read as cases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from kirpik_central.database import unusable
from kirpik_central.ledger import Ledger, Place
from kirpik_central.tables import CHAIN, COUNTER, PACKET


@dataclass(frozen=True, slots=True)
class Case:
    """An opened packet as it lies in the store."""

    number: int
    place: Place
    link: bytes
    evidence: bytes = field(repr=False)
    received_ms: int
    receipted: bool


class Store:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """One transaction. On leaving, all of it is on the disk; on an error, nothing. Raises StoreError."""
        try:
            with self._writer.begin() as connection:
                yield Ledger(connection)
        except SQLAlchemyError as error:
            raise unusable(self._engine, error) from error

    def cases(self, *, after: int = 0) -> list[Case]:
        """Opened packets in the order in which they came, from the one after number `after`."""
        covered = PACKET.c.sequence <= CHAIN.c.up_to
        same_epoch = (CHAIN.c.unit == PACKET.c.unit) & (CHAIN.c.epoch == PACKET.c.epoch)
        query = (
            select(PACKET, covered.label("covered"))
            .join(CHAIN, same_epoch, isouter=True)
            .where(PACKET.c.id > after, PACKET.c.evidence.is_not(None))
            .order_by(PACKET.c.id)
        )
        return [
            Case(
                number=row.id,
                place=Place(row.unit, row.epoch, row.sequence),
                link=row.link,
                evidence=row.evidence,
                received_ms=row.received_ms,
                receipted=bool(row.covered),
            )
            for row in self._read(query)
        ]

    def counters(self) -> dict[str, int]:
        return {row.name: row.value for row in self._read(select(COUNTER))}

    def _read(self, query: Any) -> Sequence[Any]:  # noqa: ANN401  rows have the columns of the query
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except SQLAlchemyError as error:
            raise unusable(self._engine, error) from error
