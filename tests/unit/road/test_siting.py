"""What `kirpikd check` says of a site: nothing of a good one, and of each bad one what is wrong, where."""

import re
from pathlib import Path

import pytest

from kirpik.commands import check
from kirpik.errors import ConfigError
from kirpik.road.siting import complaints
from kirpik.site_file import load_site
from tests.sim.scenes import SCENES, scene
from tests.sim.sitefile import text

GOOD = """
[site]
id = "t"

[camera]
width = 1456
height = 1088
fx = 4638.0
fy = 4638.0
cx = 727.5
cy = 543.5

[pose]
position_m = [0.0, 0.0, 6.0]
rotation = [1.0, 0.0, 0.0,  0.0, -0.22, -0.9755,  0.0, 0.9755, -0.22]

[[lane]]
name = "1"
polygon_m = [[-1.75, 10.0], [1.75, 10.0], [1.75, 60.0], [-1.75, 60.0]]
direction = "away"

[[signal]]
name = "A"

[[rule]]
kind = "speeding"
limit_kmh = 60

[[rule]]
kind = "red_light"
signal = "A"
line_m = [[-1.75, 30.0], [1.75, 30.0]]

[[rule]]
kind = "wrong_way"

[[rule]]
kind = "solid_line"
line_m = [[1.75, 15.0], [1.75, 45.0]]

[[rule]]
kind = "no_stopping"
polygon_m = [[-1.0, 20.0], [1.0, 20.0], [1.0, 30.0], [-1.0, 30.0]]
"""


def said(folder: Path, site: str, *, fps: float = 25.0) -> list[str]:
    path = folder / "site.toml"
    path.write_text(site)
    return [f"{one.field}: {one.said}" for one in complaints(load_site(path), fps=fps)]


def test_a_good_site_is_good(tmp_path: Path) -> None:
    assert said(tmp_path, GOOD) == []


LANE = "[[-1.75, 10.0], [1.75, 10.0], [1.75, 60.0], [-1.75, 60.0]]"
BAD = [
    (LANE, "[[-1, 10], [1, 10], [1, 20], [-1, 20]]", "rule[0].lanes: in lane '1' plates can be measured over"),
    (LANE, "[[41, 10], [43, 10], [43, 60], [41, 60]]", "lane[0].polygon_m: lane '1' lies wholly outside"),
    ("[-1.75, 30.0], [1.75, 30.0]", "[-1.75, 3.0], [1.75, 3.0]", "rule[1].line_m: the line lies wholly outside"),
    ("[-1.75, 30.0], [1.75, 30.0]", "[2.2, 30.0], [2.6, 30.0]", "rule[1].line_m: the line crosses none of the rule's"),
    ("[[1.75, 15.0], [1.75, 45.0]]", "[[1.75, 2.0], [1.75, 4.0]]", "rule[3].line_m: 0.0 m of the line"),
    ("[[-1.0, 20.0], [1.0, 20.0], [1.0, 30.0], [-1.0, 30.0]]", "[[30, 1], [31, 1], [31, 2]]", "rule[4].polygon_m: the"),
    ('kind = "wrong_way"', 'kind = "wrong_way"\nmin_length_m = 60.0', "rule[2].min_length_m: plates can be followed"),
    ("limit_kmh = 60", "limit_kmh = 200\ncharge_from_kmh_over = 100", "rule[0].limit_kmh: a plate is seen in"),
    ("fx = 4638.0", "fx = 900.0", "lane[0].polygon_m: plates in lane '1' are at most"),
    ('name = "A"', 'name = "A"\nlamp_px = [1400, 10, 100, 30]', "signal[0].lamp_px"),
    ("position_m = [0", "angle_uncertainty_deg = 2.0\nposition_m = [0", "pose.angle_uncertainty_deg: 2.0 ° is too"),
    ('signal = "A"\n', 'signal = "A"\nexit_m = 40.0\n', "rule[1].exit_m: 40.0 m beyond the line nothing is in"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD, ids=[case[2][:40] for case in BAD])
def test_what_cannot_be_measured_is_said(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    fps = 10.0 if "200" in new else 25.0
    assert any(one.startswith(expected) for one in said(tmp_path, GOOD.replace(old, new, 1), fps=fps))


def test_a_lane_that_no_rule_is_for_is_named(tmp_path: Path) -> None:
    more = re.sub(r'(kind = ".*")', r'\1\nlanes = ["1"]', GOOD)
    outline = "[[1.75, 20.0], [3.5, 20.0], [3.5, 60.0], [1.75, 60.0]]"
    lane = f'[[lane]]\nname = "2"\npolygon_m = {outline}\ndirection = "away"\n'
    assert said(tmp_path, more + lane) == ["lane[1].name: no rule can see lane '2': name it in a rule or leave it out"]


@pytest.mark.parametrize("name", [name for name in SCENES if name not in ("towards_cm3", "towards_night")])
def test_the_simulators_sites_can_measure_what_their_rules_ask(name: str, tmp_path: Path) -> None:
    stage = scene(name, seed=2, seconds=1.0).stage
    assert said(tmp_path, text(stage), fps=stage.fps) == []


def test_the_command_names_file_line_and_field_and_tells_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD.replace("fx = 4638.0", "fx = 900.0").replace("[-1.75, 30.0], [1.75, 30.0]", "[-1, 3], [1, 3]"))
    with pytest.raises(ConfigError, match=r"site.toml:\d+: rule\[2\].min_length_m: plates can be followed over"):
        check._site(path)
    told = capsys.readouterr().out
    assert re.search(r"site: .*site.toml:\d+: lane\[0\].polygon_m: plates in lane '1'", told)
    assert re.search(r"site: .*site.toml:\d+: rule\[1\].line_m: the line lies wholly outside the picture", told)
