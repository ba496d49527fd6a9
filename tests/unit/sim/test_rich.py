"""Scenes full of offenders: every rule is broken before every camera, by day and night, and the table tells of each."""

from collections import Counter
from typing import Any, cast

import pytest

from kirpik.rules.verdicts import DOUBTS
from tests.bench.causes import Cause, Judged
from tests.bench.hours import figures, table
from tests.bench.legible import legible, legible_plates
from tests.bench.traffic import at_rate
from tests.sim.plates import Plate
from tests.sim.rich import PLACES
from tests.sim.scenes import scene
from tests.sim.score import KINDS
from tests.sim.telling import Clock
from tests.sim.truth import describe

CELLS = range(2 * len(PLACES))
"""Seeds that take every camera by day and by night."""


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("rich_reds", {"red_light", "stop_line"}),
        ("rich_lanes", {"bus_lane", "solid_line"}),
        ("rich_against", {"wrong_way"}),
        ("rich_parked", {"no_stopping"}),
    ],
)
@pytest.mark.parametrize("seed", range(len(PLACES)))
def test_before_every_camera_somebody_breaks_the_rule(name: str, kinds: set[str], seed: int) -> None:
    played = at_rate(scene(name, seed=seed, seconds=35.0), 6)
    vehicles = cast("list[Any]", describe(played, Clock())["vehicles"])
    must = Counter(o["kind"] for v in vehicles for o in v["violations"] if o["expect"] == "must")
    assert must.keys() >= kinds


def test_every_camera_is_taken_by_day_and_by_night() -> None:
    seen = {(scene("rich_reds", seed=s, seconds=1.0).stage.camera.fx, s // len(PLACES) % 2) for s in CELLS}
    nights = [scene("rich_reds", seed=s, seconds=1.0).stage.light.night for s in CELLS]
    assert len(seen) == 2 * len(PLACES)
    assert sum(nights) == len(PLACES)


def test_a_plate_is_legible_where_three_frames_show_it_large_and_nothing_hides_it() -> None:
    clean = Plate("123ABC01", "kz2012_private", 0.8, 0.05, None)
    hidden = Plate("123ABC01", "kz2012_private", 0.8, 0.05, None, covered=(0.2, 0.4))
    assert legible(clean, [12.0, 13.0, 12.5, 4.0])
    assert not legible(clean, [12.0, 13.0, 11.9, 4.0])
    assert not legible(hidden, [20.0] * 9)


def test_who_never_comes_near_is_not_legible() -> None:
    played = scene("wide_day", seed=3, seconds=10.0)
    truth = describe(played, Clock())
    clear = legible_plates(played, truth)
    widest = {v["plate"]: max((row[-1] for row in v["frames"]), default=0.0) for v in cast("Any", truth)["vehicles"]}
    assert clear
    assert all(widest[plate] >= 80 for plate in clear)


def test_the_reason_of_a_miss_is_the_doubt_that_freed() -> None:
    doubt = DOUBTS[0]
    assert Cause("wrong_way 1", 9, [Judged([]), Judged([], withheld=(doubt,))]).reason == doubt
    assert Cause("wrong_way 1", 9, [Judged([])]).reason == "no rule tripped"
    assert Cause("wrong_way 1", 9, []).reason == "never followed"


def test_the_table_rounds_down_and_names_false_ones_by_rule() -> None:
    line: dict[str, Any] = {
        "scene": "rich_reds", "seed": 7, "seconds": 60, "frames": 720, "vehicles": 9, "view": "a camera, day",
        "must": {"red_light": 3000}, "found": {"red_light": 2999}, "allowed": {}, "withheld": {}, "cpu_s": 1.0,
        "readable": {"red_light": 10}, "readable_found": {"red_light": 10}, "why": {"red_light: unreadable": 1},
        "why_readable": {},
        "missed": ["red_light 1: never"], "false": ["red_light 2 (true None)"], "misread": [], "twice": [],
        "overcharged": [], "late": [], "speed_error_kmh": [0.3], "speed_error_in_u": [0.4],
    }  # fmt: skip
    shown = table([line])
    row = next(one for one in shown.splitlines() if one.startswith("red_light"))
    assert row.split() == ["red_light", "3000", "2999", "0.999", "10", "10", "1.000", "0", "1"]
    assert "2999 of 3000" in shown
    assert "missed: red_light: unreadable, 1, of them readable 0" in shown
    assert next(one for one in shown.splitlines() if one.startswith("all")).split()[1:4] == ["3000", "2999", "0.999"]
    assert "false: rich_reds 7: red_light 2 (true None)" in shown
    assert figures([line])["recall_readable"] == {"red_light": 1.0}
    assert figures([line])["speed_worst_kmh"] == 0.3
    assert "speed_worst_kmh" not in figures([line | {"speed_error_kmh": [], "speed_error_in_u": []}])
    assert len(KINDS) == 7
