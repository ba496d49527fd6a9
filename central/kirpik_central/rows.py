"""Many new rows at once, in the way that each database takes them fastest; the only file that speaks psycopg itself.

Text instead of SQLAlchemy's statements, because thousands of rows a second are many for its parameters; the names are
the tables' own. Values come in the order of the table's columns, but for an id that counts itself up.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table, Text
from sqlalchemy.exc import DBAPIError

POSTGRESQL_TYPES = {BigInteger: "int8", Integer: "int4", LargeBinary: "bytea", Text: "text"}

Rows = Sequence[tuple[object, ...]]


def add(connection: Connection, table: Table, rows: Rows) -> None:
    """Rows of which none may be there: one that is raises an error, so that nothing gets lost unnoticed."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(insertion(table), list(rows))


def add_new(connection: Connection, table: Table, rows: Rows) -> None:
    """Rows whose keys are not there already; the others are left out."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(unnesting(table), tuple(map(list, zip(*rows, strict=True))))
    else:
        connection.exec_driver_sql(f"{insertion(table)} ON CONFLICT DO NOTHING", list(rows))


def names(table: Table) -> list[str]:
    return [column.name for column in _columns(table)]


@cache
def insertion(table: Table) -> str:
    """For SQLite, one row at a time."""
    marks = ", ".join("?" * len(_columns(table)))
    return f"INSERT INTO {table.name} ({', '.join(names(table))}) VALUES ({marks})"  # noqa: S608


@cache
def unnesting(table: Table) -> str:
    """For PostgreSQL: one statement whose parameters are whole columns."""
    columns = ", ".join(f"%s::{kind}[]" for kind in types(table))
    return (
        f"INSERT INTO {table.name} ({', '.join(names(table))}) "  # noqa: S608
        f"SELECT * FROM unnest({columns}) ON CONFLICT DO NOTHING"
    )


@cache
def types(table: Table) -> list[str]:
    """As PostgreSQL calls those of the columns."""
    return [POSTGRESQL_TYPES[_plain(column.type)] for column in _columns(table)]


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    """By COPY, which takes a seventh of the time of so many insertions."""
    statement = f"COPY {table.name} ({', '.join(names(table))}) FROM STDIN (FORMAT BINARY)"
    line: Any = connection.connection.driver_connection
    try:
        with line.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types(table))
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error) from error


def _columns(table: Table) -> list[Any]:
    return [column for column in table.columns if column.name != "id" or not column.autoincrement]


def _plain(kind: object) -> type:
    return next(plain for plain in POSTGRESQL_TYPES if isinstance(kind, plain))
