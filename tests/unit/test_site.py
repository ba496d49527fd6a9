from pathlib import Path

import pytest

from kirpik.errors import ConfigError
from kirpik.site import RedLight, as_recorded
from kirpik.site_file import load_site

GOOD = """
[site]
id = "kz-02-0042"
timezone = "Asia/Almaty"
plate_formats = ["kz", "kg"]

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
class = "general"

[[signal]]
name = "A"

[[rule]]
kind = "speeding"
limit_kmh = 60

[[rule]]
kind = "red_light"
signal = "A"
lanes = ["1"]
line_m = [[-1.75, 25.0], [1.75, 25.0]]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_site_is_read(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, GOOD))
    assert site.header.id == "kz-02-0042"
    assert site.lanes[0].class_ == "general"
    assert isinstance(site.rules[1], RedLight)
    assert site.rules[1].grace_ms == 500
    assert len(site.sha256) == 32


BAD = [
    ("width = 1456", 'width = "wide"', r"site.toml:8: camera.width: 'wide', expected `int`$"),
    ("fy = 4638.0", "fz = 4638.0", r"site.toml:11: camera: Object contains unknown field `fz`$"),
    ("limit_kmh = 60", "limit_kmh = 900", r"site.toml:\d+: rule\[0\].limit_kmh: 900, expected `int` <= 200$"),
    (
        "limit_kmh = 60",
        "limit_kmh = 60\nwarn_from_kmh_over = 10",
        r":\d+: rule\[0\].warn_from_kmh_over: 10 is not below",
    ),
    (
        "limit_kmh = 60",
        'limit_kmh = 60\noutcome = "prison"',
        r":\d+: rule\[0\].outcome: Invalid enum value 'prison'$",
    ),
    (
        "limit_kmh = 60",
        'limit_kmh = 60\nhours = "7-21"',
        r":\d+: rule\[0\].hours: '7-21', expected HH:MM-HH:MM, such as 07:00-21:00$",
    ),
    ('id = "kz', 'id = "kz 02', r"site.toml:\d+: site.id: 'kz 02-02-0042', expected letters, digits, dots, _ and -$"),
    ('lanes = ["1"]', "lanes = [1]", r"site.toml:\d+: rule\[1\].lanes\[0\]: 1, expected `str`$"),
    ("limit_kmh = 60", "", r"missing required field `limit_kmh`"),
    ('kind = "speeding"', 'kind = "sleeping"', r"Invalid value 'sleeping'"),
    ('lanes = ["1"]', 'lanes = ["9"]', r"site.toml:\d+: rule\[1\].lanes: '9' is not a lane"),
    ('signal = "A"', 'signal = "B"', r"site.toml:\d+: rule\[1\].signal: 'B' is not a signal"),
    ("0.9755, -0.22]", "0.5, -0.22]", r"pose.rotation: row"),
    ("[0.0, 0.0, 6.0]", "[0.0, 0.0, -6.0]", r"height -6.0 m, expected above the road"),
    (
        "[1.75, 10.0], [1.75, 60.0]",
        "[1.75, 60.0], [1.75, 10.0]",
        r":\d+: lane\[0\].polygon_m: the polygon crosses itself",
    ),
    ("[1.75, 25.0]]", "[-1.75, 25.0]]", r"site.toml:\d+: rule\[1\].line_m: .* is no line"),
    ("Asia/Almaty", "Asia/Almatty", r"site.toml:4: site.timezone: 'Asia/Almatty' is no time zone"),
    ("60.0], [-1.75, 60.0]]", "nan], [-1.75, 60.0]]", r"lane\[0\].polygon_m: expected finite numbers"),
    ("rotation = [1.0, 0.0", "rotation = [-1.0, 0.0", r"site.toml:\d+: pose.rotation: determinant"),
    ("limit_kmh = 60", 'limit_kmh = 60\nexempt = ["sha256:12"]', r"rule\[0\].exempt: a hashed entry is not sha256"),
    ('name = "A"', 'name = "A"\nsource = "lamp"', r"site.toml:\d+: signal\[0\].source: 'lamp' needs lamp_px"),
    ("[site]", "[site", r"not TOML"),
    ("fx = 4638.0", "fx = nan", r"fx"),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD, ids=[new or old for old, new, _ in BAD])
def test_a_bad_site_is_refused_with_field_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=said):
        load_site(write(tmp_path, GOOD.replace(old, new, 1)))


def test_a_site_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.toml: cannot read the site file: No such file"):
        load_site(tmp_path / "nowhere.toml")


def test_in_a_recording_every_signal_is_told_by_its_table(tmp_path: Path) -> None:
    text = GOOD.replace('name = "A"', 'name = "A"\nsource = "gpio:gpiochip0/17"')
    site = as_recorded(load_site(write(tmp_path, text)))
    assert site.signals[0].source == "replay"
    assert site.sha256 == load_site(write(tmp_path, text)).sha256
