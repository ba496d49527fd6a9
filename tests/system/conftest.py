from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik_provisioning.broker.mosquitto import find_program
from tests.system.ground import Fleet
from tests.system.lobby import Lobby


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A running broker with its fleet. Skips where no Mosquitto is installed."""
    if find_program() is None:
        pytest.skip("mosquitto is not installed")
    fleet = Fleet(tmp_path)
    fleet.start_broker()
    yield fleet
    fleet.broker.kill()


@pytest.fixture
def lobby(tmp_path: Path) -> Iterator[Lobby]:
    lobby = Lobby(tmp_path)
    yield lobby
    lobby.end()
