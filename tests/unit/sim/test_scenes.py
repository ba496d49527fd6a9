"""The named scenes: lawful where they say so, their site files accepted, nobody inside another."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from kirpik.site import load_site
from tests.sim.scenes import SCENES, scene
from tests.sim.sitefile import text
from tests.sim.truth import Clock, describe

Vehicle = dict[str, Any]


def vehicles(name: str, seed: int, seconds: float | None = None) -> list[Vehicle]:
    return cast("list[Vehicle]", describe(scene(name, seed=seed, seconds=seconds), Clock())["vehicles"])


@pytest.mark.parametrize("name", SCENES)
def test_the_site_file_is_accepted(name: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text(scene(name, seed=3, seconds=8.0).stage))
    site = load_site(path)
    np.testing.assert_allclose(np.linalg.det(np.reshape(site.pose.rotation, (3, 3))), 1.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_innocents_break_no_rule_and_come_near_to_it(seed: int) -> None:
    seen = vehicles("innocents", seed)
    assert not [offence for v in seen for offence in v["violations"]]
    assert {"amber", "grace", "nose_over", "caught_on_green", "near_limit"} <= {v["role"] for v in seen}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_demo_shows_all_three_kinds_and_as_many_innocents(seed: int) -> None:
    seen = vehicles("demo", seed)
    kinds = [offence["kind"] for v in seen for offence in v["violations"] if offence["expect"] == "must"]
    assert sorted(kinds) == ["red_light"] * 2 + ["speeding"] * 3 + ["stop_line"] * 2
    assert sum(not v["violations"] for v in seen) >= 6


def test_a_role_decides_the_offence() -> None:
    wanted = {"runner": {"red_light"}, "beyond_line": {"stop_line"}, "amber": set(), "grace": set(), "stopped": set()}
    for vehicle in vehicles("junction_day", 4):
        if vehicle["role"] in wanted and vehicle["frames"]:
            assert {o["kind"] for o in vehicle["violations"]} == wanted[vehicle["role"]], vehicle["role"]


def test_the_same_seed_gives_the_same_traffic_and_another_one_gives_other() -> None:
    plates = [[v.plate.text for v in scene("day_speed", seed=seed, seconds=10.0).vehicles] for seed in (7, 7, 8)]
    assert plates[0] == plates[1] != plates[2]
