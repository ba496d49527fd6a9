"""The kinds of columns that the tables are made of. Every one must have a value, unless it is a `maybe`."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Text
from sqlalchemy.types import TypeEngine

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows up by itself only in a column that is called INTEGER."""


def counted() -> Column[Any]:
    """`id`, which counts itself up."""
    return Column("id", NUMBER, primary_key=True)


def key(name: str, kind: type[TypeEngine[Any]] = BigInteger, *, of: str | None = None) -> Column[Any]:
    """Part of the primary key, given by us; `of` is the column that it must be found in."""
    more = [] if of is None else [ForeignKey(of)]
    return Column(name, kind, *more, primary_key=True, autoincrement=False)


def whole(name: str, default: int | None = None, *, of: str | None = None) -> Column[Any]:
    return _must(name, BigInteger, default, of)


def small(name: str, default: int | None = None) -> Column[Any]:
    return _must(name, Integer, default, None)


def blob(name: str) -> Column[Any]:
    return _must(name, LargeBinary, None, None)


def words(name: str, default: str | None = None, *, of: str | None = None) -> Column[Any]:
    return _must(name, Text, default, of)


def maybe(name: str, kind: type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, kind)


def pointer(name: str, of: str) -> Column[Any]:
    """The `id` of a row elsewhere."""
    return Column(name, NUMBER, ForeignKey(of), nullable=False)


def place() -> tuple[Column[Any], Column[Any], Column[Any]]:
    """Where a packet belongs: unit, epoch, sequence."""
    return key("unit", LargeBinary), key("epoch"), key("sequence")


def _must(name: str, kind: type[TypeEngine[Any]], default: object, of: str | None) -> Column[Any]:
    more = [] if of is None else [ForeignKey(of)]
    return Column(name, kind, *more, nullable=False, server_default=None if default is None else str(default))
