"""The short version of `python -m tests.bench.chaos`: all are killed at random, and nothing is lost or doubled."""

import random
from collections.abc import Iterator

import pytest

from tests.bench.chaos import Chaos
from tests.system.ground import Fleet
from tests.system.road import Road


@pytest.fixture
def road(fleet: Fleet) -> Iterator[Road]:
    road = Road(fleet)
    yield road
    road.end()


@pytest.mark.parametrize("variant", ["plain", "disk-full", "torn", "clock"])
def test_nothing_is_lost_or_counted_twice_however_often_what_is_killed(road: Road, variant: str) -> None:
    told = Chaos(road, variant, random.Random(7)).run(60, 6)  # noqa: S311  repeatable
    assert (told["packets"], told["lost"], told["twice"], told["chain_whole"]) == (60, 0, 0, True)
