"""Whatever the central's store promises, it promises on both engines."""

import itertools
from collections.abc import Iterator

import pytest

from tests.postgresql import drop_database, new_database, server

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database's URL."""
    if request.param == "sqlite":
        yield "sqlite:///central.db"
        return
    base = request.getfixturevalue("postgresql_server")
    name = f"kirpik{next(NUMBERS)}"
    yield new_database(base, name)
    drop_database(base, name)
