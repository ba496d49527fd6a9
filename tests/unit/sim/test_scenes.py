"""The named scenes: lawful where they say so, their site files accepted, nobody inside another."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from kirpik.site_file import load_site
from tests.sim import stages
from tests.sim.light import DAY
from tests.sim.motion import Profile
from tests.sim.scenes import SCENES, scene
from tests.sim.sitefile import text
from tests.sim.telling import Clock
from tests.sim.traffic import Casting, Part
from tests.sim.truth import describe
from tests.sim.vehicle import Moment, seen
from tests.sim.view import Cover

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


def told(name: str, seed: int, seconds: float) -> dict[str, set[str]]:
    """Role → the kinds of offences that somebody in it is truly to be found guilty of."""
    roles: dict[str, set[str]] = {}
    for vehicle in vehicles(name, seed, seconds):
        roles.setdefault(vehicle["role"], set()).update(
            o["kind"] for o in vehicle["violations"] if o["expect"] == "must"
        )
    return roles


@pytest.mark.parametrize(
    ("name", "seconds", "guilty", "innocent"),
    [
        ("street", 40.0, {("crosser", "solid_line"), ("rider", "bus_lane")}, {"weaver", "late", "merger"}),
        ("two_way", 40.0, {("overtaker", "wrong_way"), ("speeder", "speeding")}, {"reverser", "innocent"}),
        ("kerb", 50.0, {("parker", "no_stopping")}, {"loader", "queued"}),
        ("tow", 30.0, {("abreast", "speeding"), ("tow_truck", "speeding")}, {"loaded", "towed"}),
    ],
)
def test_streets_show_their_offences_and_their_innocents(
    name: str, seconds: float, guilty: set[tuple[str, str]], innocent: set[str]
) -> None:
    seen = told(name, 2, seconds)
    assert {(role, kind) for role, kinds in seen.items() for kind in kinds} >= guilty
    assert not [role for role in innocent if seen.get(role)]


def test_the_bus_on_the_list_may_drive_in_its_lane() -> None:
    assert told("street", 1, 40.0)["bus"] == set()


def test_what_is_carried_is_nobodys_offence_however_fast() -> None:
    carried = [v for v in vehicles("tow", 2, 30.0) if v["carried"]]
    assert {v["role"] for v in carried} >= {"loaded", "towed"}
    assert not [offence for v in carried for offence in v["violations"] if offence["expect"] == "must"]
    assert not [offence for v in carried if v["role"] == "loaded" for offence in v["violations"]]


def test_after_the_camera_was_nudged_nobody_has_to_be_found() -> None:
    nudged = next(s for s in (scene("disturbed", seed=seed, seconds=20.0) for seed in range(9)) if s.nudged)
    at_ns = 10_000_000_000
    described = cast("list[Vehicle]", describe(nudged, Clock())["vehicles"])
    late = [v for v in described if v["frames"] and v["frames"][-1][0] / nudged.stage.fps * 1e9 > at_ns]
    assert not [o for v in late for o in v["violations"] if o["expect"] == "must"]


def test_over_a_bonnet_one_sees_the_plate_ahead_and_through_a_boot_one_does_not() -> None:
    stage = stages.straight(np.random.default_rng(1), DAY, "behind")
    car = Casting(stage, np.random.default_rng(2)).make(
        stage.lanes[0], Profile.steady(at_s=0.0, progress_m=30.0, speed_mps=0.0), Part("towed", shape="saloon")
    )
    cover = Cover(car, stage.camera, Moment(0, 0.0, 500), 250.0)
    box = car.body
    over_bonnet = np.array([[0.0, box.length_m - 0.2, box.height_m - 0.1]])
    boot = np.array([[0.4, 0.0, 0.6]])
    pixels = seen(car, stage.camera, np.concatenate([over_bonnet, boot]), Moment(0, 0.0, 500), 250.0)
    assert cover.hides(pixels).tolist() == [False, True]
