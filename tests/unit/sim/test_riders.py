"""Motorcycles among cars: what they break is known, what they keep to is too, and their plates measure no speed."""

from collections import defaultdict
from typing import Any, cast

import numpy as np
import pytest

from kirpik.vision.plates import match
from tests.bench.legible import char_px
from tests.sim.faces import MOTORCYCLES, SMALL_MM, random_motorcycle
from tests.sim.plates import Plate
from tests.sim.scenes import scene
from tests.sim.telling import Clock
from tests.sim.truth import describe


@pytest.fixture(scope="module")
def told() -> dict[str, list[Any]]:
    """Offences of every motorcycle of three clips, by role."""
    found = defaultdict(list)
    for seed in (300, 301, 302):
        for vehicle in cast("list[Any]", describe(scene("riders", seed=seed), Clock())["vehicles"]):
            if vehicle["shape"] == "motorcycle":
                found[vehicle["role"]].append({one["kind"]: one["expect"] for one in vehicle["violations"]})
    return found


def test_who_rides_between_the_lanes_is_innocent(told: dict[str, list[Any]]) -> None:
    assert len(told["between"]) >= 5
    assert not any(told["between"])


def test_who_rides_in_the_bus_lane_or_crosses_the_line_must_be_found(told: dict[str, list[Any]]) -> None:
    assert any(one.get("bus_lane") == "must" for one in told["bus_rider"])
    assert any(one.get("solid_line") == "must" for one in told["crosser"])


def test_no_speed_of_a_motorcycle_must_be_found(told: dict[str, list[Any]]) -> None:
    assert any(one.get("speeding") == "may" for one in told["racer"])
    assert not any(one.get("speeding") == "must" for each in told.values() for one in each)


def test_their_plates_obey_a_grammar_that_a_site_names_in_full() -> None:
    rng = np.random.default_rng(7)
    for text, plate_format in (random_motorcycle(rng) for _ in range(50)):
        assert match(text, [plate_format], rows=2) == plate_format


def test_their_characters_are_as_high_as_they_are_drawn() -> None:
    plate = Plate("12AB02", "kz2012_moto_trailer", rows=2)
    wide, high = MOTORCYCLES[plate.plate_format]
    assert plate.size_mm == (wide, high)
    quad = np.array([(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high)])
    assert char_px(plate, quad) == pytest.approx(SMALL_MM)
