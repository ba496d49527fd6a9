"""Open the central's database by its URL, SQLite in a file or PostgreSQL, so that what is committed is on the disk."""

import sqlite3
import weakref
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from kirpik.errors import ConfigError, StoreError

BUSY_TIMEOUT_S = 10
"""How long SQLite waits for another writer before it gives up."""
PAGE_BYTES = 8192
"""A packet of the usual size, with its evidence, fits into one page."""
CACHE_KIB = 16384
"""A group of packets is larger than what SQLite keeps of its own accord, and would be written out halfway."""
CHECKPOINT_PAGES = 4000
"""Of the write-ahead log, which are then copied to where they belong."""


def open_database(url: str, *, beside: Path) -> Engine:
    """A relative SQLite file is looked for in the folder `beside`. Nothing is read or written yet."""
    try:
        target = make_url(url)
        if target.get_backend_name() == "postgresql":
            return _open_postgresql(target)
        if target.get_backend_name() != "sqlite":
            raise ConfigError(f"store.url: {target.get_backend_name()}, expected sqlite or postgresql")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"store.url: expected sqlite:///file or postgresql://user@host/database: {error}") from error
    target = target.set(database=str(beside / (target.database or "central.db")))
    engine = create_engine(target, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin_as_writer)
    weakref.finalize(engine, engine.pool.dispose)  # Python 3.13 complains of connections that nobody closed
    return engine


def migrate(engine: Engine, *, to: str = "head") -> str:
    """Bring the schema up to date, or to an older version, and return its version."""
    config = _migrations()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
            connection.commit()
    except SQLAlchemyError as error:
        raise unusable(engine, error) from error
    return newest_version() if to == "head" else to


def check_schema(engine: Engine) -> None:
    """Raises StoreError unless the schema is the one that this program was written for."""
    try:
        with engine.connect() as connection:
            version = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise unusable(engine, error) from error
    if version != newest_version():
        raise StoreError(
            f"{place(engine)}: schema version {version or 'none'}, expected {newest_version()}; "
            "run: kirpik-central migrate --config FILE"
        )


def newest_version() -> str:
    return str(ScriptDirectory.from_config(_migrations()).get_current_head())


def unusable(engine: Engine, error: SQLAlchemyError) -> StoreError:
    """One sentence for what the database says, without statement, parameters or traceback."""
    cause = getattr(error, "orig", None) or error
    return StoreError(f"{place(engine)}: the store cannot be used: {str(cause).splitlines()[0]}")


def place(engine: Engine) -> str:
    return engine.url.database or engine.url.render_as_string(hide_password=True)


def _open_postgresql(target: URL) -> Engine:
    """A server may be set to promise less than a commit on the disk; we ask for it in any case."""
    target = target.set(drivername="postgresql+psycopg")
    options = f"{target.query.get('options', '')} -c synchronous_commit=on".strip()
    return create_engine(target.update_query_dict({"options": options}), pool_pre_ping=True)


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "kirpik_central:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _make_durable(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """What is committed outlives a power cut: the write-ahead log alone would only outlive a crash of the process."""
    connection.isolation_level = None  # we begin transactions ourselves
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a new file
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _begin_as_writer(connection: Connection) -> None:
    """Take the write lock at once: a lock taken halfway can fail where waiting would have helped."""
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
