"""The officers' site over HTTP, on SQLite; what the store promises is tested on both engines elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik_provisioning.provision import ThrowAwayFleet
from tests.desk import Stage
from tests.unit.central.web.visitor import Visitor


@pytest.fixture
def stage(tmp_path: Path, made_file: Path, fleet: ThrowAwayFleet) -> Iterator[Stage]:
    shutil.copy(made_file, tmp_path / "web.db")
    stage = Stage(tmp_path, f"sqlite:///{tmp_path}/web.db", keys_of=fleet)
    yield stage
    stage.engine.dispose()


@pytest.fixture
def visitor(stage: Stage) -> Visitor:
    return Visitor(stage)
