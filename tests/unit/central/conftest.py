"""Whatever the central's store promises, it promises on both engines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kirpik_central.accounts.tables
import kirpik_central.desk.tables  # noqa: F401  both add to METADATA
from kirpik_central.database import migrate, open_database
from kirpik_central.tables import METADATA
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.postgresql import new_database, run, server
from tests.unit.central.intake_desk import Desk

CLEAR = (
    f"TRUNCATE {', '.join(table.name for table in METADATA.sorted_tables)} RESTART IDENTITY",
    "INSERT INTO log (id, size) VALUES (1, 0)",
    "INSERT INTO reader (id, next) VALUES (1, 0)",
)
"""Much cheaper than another database."""


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def made_database(postgresql_server: str) -> str:
    url = new_database(postgresql_server, "made")
    _migrate(url)
    return url


@pytest.fixture(scope="session")
def bare_database(postgresql_server: str) -> str:
    return new_database(postgresql_server, "bare")


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "central.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        url = request.getfixturevalue("bare_database")
        yield url
        run(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with its tables."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("made_file"), path)
        yield f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("made_database")
        yield url
        run(url, *CLEAR)


def _migrate(url: str) -> None:
    engine = open_database(url, beside=Path("/"))
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> ThrowAwayFleet:
    """Keys and documents that any number of centrals can use, for whoever only adds units to it."""
    return new_fleet(tmp_path_factory.mktemp("fleet") / "fleet", port=1883)


@pytest.fixture
def desk(tmp_path: Path, store_url: str) -> Iterator[Desk]:
    desk = Desk(tmp_path, store_url)
    yield desk
    desk.engine.dispose()
