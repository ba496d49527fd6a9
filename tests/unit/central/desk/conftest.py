"""A central with cases, on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik_provisioning.provision import ThrowAwayFleet
from tests.desk import Stage


@pytest.fixture
def stage(tmp_path: Path, store_url: str, fleet: ThrowAwayFleet) -> Iterator[Stage]:
    stage = Stage(tmp_path, store_url, keys_of=fleet)
    yield stage
    stage.engine.dispose()
