"""The scene's `site.toml`, as an installer with perfect instruments would have written it."""

import json

from tests.sim.stage import (
    CHARGE_FROM_KMH_OVER,
    CLEAR_M,
    EXIT_M,
    GRACE_S,
    LIMIT_KMH,
    BusLane,
    NoStopping,
    Rule,
    SolidLine,
    Stage,
    WrongWay,
)


def _numbers(values: object) -> str:
    return json.dumps(values)


def _camera(stage: Stage) -> str:
    camera = stage.camera
    return f"""[camera]
width = {camera.width}
height = {camera.height}
fx = {camera.fx}
fy = {camera.fy}
cx = {camera.cx}
cy = {camera.cy}
distortion = {_numbers(list(camera.distortion))}
row_time_us = {float(camera.row_time_us)}
focal_uncertainty_percent = 0.3

[pose]
position_m = {_numbers(camera.position_m.tolist())}
rotation = {_numbers(camera.rotation.ravel().tolist())}
position_uncertainty_m = 0.03
angle_uncertainty_deg = 0.05
"""


def _lanes(stage: Stage) -> str:
    near, far = stage.reach_m
    parts = []
    for lane in stage.lanes:
        if not lane.listed:
            continue
        polygon = [[lane.left_m, near], [lane.right_m, near], [lane.right_m, far], [lane.left_m, far]]
        direction = "away" if lane.way > 0 else "towards"
        parts.append(f"""[[lane]]
name = "{lane.name}"
polygon_m = {_numbers(polygon)}
direction = "{direction}"
class = "{"bus" if lane.name == "bus" else "general"}"
""")
    return "\n".join(parts)


def _speeding(lanes: str) -> str:
    return f"""[[rule]]
kind = "speeding"
lanes = {lanes}
limit_kmh = {LIMIT_KMH}
charge_from_kmh_over = {CHARGE_FROM_KMH_OVER}
legal_basis = "simulated road: speed limit {LIMIT_KMH} km/h"
"""


def _at_the_line(stage: Stage, lanes: str) -> str:
    line_y = stage.line_y_m
    line = [[min(lane.left_m for lane in stage.lanes), line_y], [max(lane.right_m for lane in stage.lanes), line_y]]
    clear_m = CLEAR_M[stage.lanes[0].end]
    common = f"""signal = "A"
lanes = {lanes}
line_m = {_numbers(line)}
exit_m = {EXIT_M}
grace_ms = {round(1000 * GRACE_S)}
clear_m = {clear_m}
"""
    return f"""[[signal]]
name = "A"
source = "replay"

[[rule]]
kind = "red_light"
{common}legal_basis = "simulated road: no entry at red"

[[rule]]
kind = "stop_line"
{common}legal_basis = "simulated road: stop before the line at red"
"""


def _rule(rule: Rule) -> str:
    match rule:
        case BusLane():
            words = f"""kind = "bus_lane"
lanes = ["{rule.lane}"]
min_length_m = {rule.min_length_m}
exempt = {_numbers(rule.exempt)}"""
        case WrongWay():
            words = f"""kind = "wrong_way"
lanes = {_numbers(rule.lanes)}
min_length_m = {rule.min_length_m}"""
        case SolidLine():
            words = f"""kind = "solid_line"
line_m = {_numbers([[rule.x_m, y] for y in rule.y_m])}"""
        case NoStopping():
            (left, right), (near, far) = rule.x_m, rule.y_m
            words = f"""kind = "no_stopping"
polygon_m = {_numbers([[left, near], [right, near], [right, far], [left, far]])}
dwell_s = {rule.dwell_s}"""
    return f"""[[rule]]
{words}
legal_basis = "simulated road"
"""


def text(stage: Stage) -> str:
    """The file's text."""
    lanes = _numbers([lane.name for lane in stage.lanes if lane.listed])
    parts = [
        f'[site]\nid = "sim-{stage.name.replace("_", "-")}"\ntimezone = "Asia/Almaty"\n',
        f"plate_formats = {_numbers(stage.formats)}\n",
        _camera(stage),
        _lanes(stage),
        _speeding(lanes),
    ]
    if stage.line_y_m is not None:
        parts.append(_at_the_line(stage, lanes))
    parts += [_rule(rule) for rule in stage.rules]
    return "\n".join(parts)
