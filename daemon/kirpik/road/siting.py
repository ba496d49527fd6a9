"""Whether a site can measure what its rules ask: each complaint names the field and says what to do.

A line that no camera sees accuses nobody, unnoticed, for years; so the installer is told at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project, rotation
from kirpik.road.path import HEIGHT_PRIOR_M
from kirpik.site import (
    BusLane,
    Lane,
    NoStopping,
    Point,
    RedLight,
    Rule,
    SignalRule,
    Site,
    SolidLine,
    Speeding,
    WrongWay,
)

STEPS = 24
GRID_M = 0.5
FOLLOWED_PX, READ_PX = 24.0, 48.0
"""A narrower plate is not measured; one that never gets wider is not read."""
PLATE_M = 0.52
MEASURED_LEAST_M, FRAMES_LEAST = 10.0, 8
FPS_USUAL = 25.0
"""Where the camera's rate is not known."""
SOLID_LEAST_M = 5.0
DRIVEN_MARGIN_M = 2.0
FOCAL_MOST_PERCENT, ANGLE_MOST_DEG, POSITION_MOST_M = 2.0, 0.5, 0.3
"""Of calibration: beyond these no measure survives its own uncertainty."""


@dataclass(frozen=True, slots=True)
class Complaint:
    field: str
    """As in a message of the site file's reader: `rule[2].line_m`."""
    said: str


def complaints(site: Site, *, fps: float) -> list[Complaint]:
    """Everything that keeps the site from doing its work; none for a good one."""
    found = [*_calibration(site), *_signals(site)]
    for number, lane in enumerate(site.lanes):
        found += _lane(site, number, lane)
    for number, rule in enumerate(site.rules):
        found += [Complaint(f"rule[{number}].{field}", said) for field, said in _rule(site, rule, fps)]
    return found


def _calibration(site: Site) -> Iterator[Complaint]:
    limits = (
        ("camera.focal_uncertainty_percent", site.camera.focal_uncertainty_percent, FOCAL_MOST_PERCENT, "%"),
        ("pose.angle_uncertainty_deg", site.pose.angle_uncertainty_deg, ANGLE_MOST_DEG, "°"),
        ("pose.position_uncertainty_m", site.pose.position_uncertainty_m, POSITION_MOST_M, "m"),
    )
    for field, value, most, unit in limits:
        if value > most:
            yield Complaint(field, f"{value} {unit} is too uncertain to charge anybody, expected at most {most} {unit}")
    if rotation(site.pose)[2, 2] >= 0:
        yield Complaint("pose.rotation", "the camera looks up or level, expected it to look down on the road")


def _signals(site: Site) -> Iterator[Complaint]:
    for number, signal in enumerate(site.signals):
        if signal.lamp_px is not None:
            x, y, width, height = signal.lamp_px
            inside = x >= 0 and y >= 0 and x + width <= site.camera.width and y + height <= site.camera.height
            if not inside or width < 1 or height < 1:
                size = f"{site.camera.width}×{site.camera.height}"
                yield Complaint(f"signal[{number}].lamp_px", f"{signal.lamp_px} lies outside the picture of {size}")


def _lane(site: Site, number: int, lane: Lane) -> Iterator[Complaint]:
    field = f"lane[{number}].polygon_m"
    if not _seen(lane.polygon_m, site) and not len(_followed(lane, site)):
        yield Complaint(field, f"lane '{lane.name}' lies wholly outside the picture")
        return
    if not any(not rule.lanes or lane.name in rule.lanes for rule in site.rules):
        yield Complaint(
            f"lane[{number}].name", f"no rule can see lane '{lane.name}': name it in a rule or leave it out"
        )
    widest = float(_widths(_followed(lane, site), site).max(initial=0.0))
    if widest < READ_PX:
        said = f"plates in lane '{lane.name}' are at most {widest:.0f} px wide, expected {READ_PX:.0f} px to be read"
        yield Complaint(field, f"{said}: a longer lens, or a camera nearer to the lane")


def _rule(site: Site, rule: Rule, fps: float) -> Iterator[tuple[str, str]]:
    lanes = [lane for lane in site.lanes if not rule.lanes or lane.name in rule.lanes]
    match rule:
        case Speeding():
            for lane in lanes:
                yield from _speeding(site, rule, lane, fps)
        case SignalRule():
            yield from _line(site, rule, lanes)
        case BusLane() | WrongWay():
            yield from _driven(site, rule, lanes)
        case SolidLine():
            length = _seen_length(rule.line_m, site)
            if length < SOLID_LEAST_M:
                yield (
                    "line_m",
                    f"{length:.1f} m of the line are in the picture, expected at least {SOLID_LEAST_M:.0f} m",
                )
        case NoStopping():
            if not _seen(rule.polygon_m, site):
                yield "polygon_m", "the zone lies wholly outside the picture"


def _speeding(site: Site, rule: Speeding, lane: Lane, fps: float) -> Iterator[tuple[str, str]]:
    stretch = _stretch(lane, site)
    if 0 < stretch < MEASURED_LEAST_M:
        where = f"in lane '{lane.name}' plates can be measured over {stretch:.1f} m"
        yield "lanes", f"{where} only, expected at least {MEASURED_LEAST_M:.0f} m"
        return
    charged_mps = (rule.limit_kmh + rule.charge_from_kmh_over) / 3.6
    frames = stretch / charged_mps * fps
    if 0 < frames < FRAMES_LEAST:
        how = f"{frames:.0f} frames of lane '{lane.name}' at {charged_mps * 3.6:.0f} km/h and {fps:.0f} frames/s"
        yield "limit_kmh", f"a plate is seen in {how}, expected at least {FRAMES_LEAST}"


def _line(site: Site, rule: SignalRule, lanes: Sequence[Lane]) -> Iterator[tuple[str, str]]:
    if not _seen(rule.line_m, site):
        yield "line_m", "the line lies wholly outside the picture"
        return
    if not any(_meets(rule.line_m, lane) for lane in lanes):
        yield "line_m", f"the line crosses none of the rule's lanes: {', '.join(lane.name for lane in lanes)}"
    if isinstance(rule, RedLight) and not any(_seen(_moved(rule.line_m, lane, rule.exit_m), site) for lane in lanes):
        yield "exit_m", f"{rule.exit_m} m beyond the line nothing is in the picture, so nobody can be seen to go on"


def _driven(site: Site, rule: BusLane | WrongWay, lanes: Sequence[Lane]) -> Iterator[tuple[str, str]]:
    longest = max((_stretch(lane, site) for lane in lanes), default=0.0)
    if longest < rule.min_length_m + DRIVEN_MARGIN_M:
        said = f"plates can be followed over {longest:.1f} m of the rule's lanes"
        yield "min_length_m", f"{said}, expected at least {rule.min_length_m + DRIVEN_MARGIN_M:.1f} m"


def _followed(lane: Lane, site: Site) -> NDArray[np.float64]:
    """Points (n, 3) of the lane, at a plate's height, where a plate is in the picture and wide enough."""
    outline = np.array(lane.polygon_m)
    low, high = outline.min(axis=0), outline.max(axis=0)
    x, y = np.meshgrid(np.arange(low[0], high[0], GRID_M), np.arange(low[1], high[1], GRID_M))
    flat = np.column_stack([x.ravel(), y.ravel()])
    flat = flat[_inside(flat, outline)]
    points = np.column_stack([flat, np.full(len(flat), HEIGHT_PRIOR_M)])
    return points[_in_picture(points, site) & (_widths(points, site) >= FOLLOWED_PX)] if len(points) else points


def _stretch(lane: Lane, site: Site) -> float:
    """Along the road."""
    points = _followed(lane, site)
    return float(np.ptp(points[:, 1])) + GRID_M if len(points) else 0.0


def _widths(points: NDArray[np.float64], site: Site) -> NDArray[np.float64]:
    """Of a plate at each point, in pixels."""
    depth = (points - np.asarray(site.pose.position_m)) @ rotation(site.pose)[2]
    return np.asarray(np.where(depth > 0.1, site.camera.fx * PLATE_M / np.maximum(depth, 0.1), 0.0))


def _seen(outline: Sequence[Point], site: Site) -> bool:
    """Whether any of the points along the outline falls into the picture."""
    return bool(_in_picture(_along(outline, closed=len(outline) > 2), site).any())


def _seen_length(line: Sequence[Point], site: Site) -> float:
    points = _along(line, closed=False)
    return float(_in_picture(points, site).mean() * np.hypot(*(points[-1, :2] - points[0, :2])))


def _along(outline: Sequence[Point], *, closed: bool) -> NDArray[np.float64]:
    corners = np.array([*outline, outline[0]] if closed else outline)
    shares = np.linspace(0, 1, STEPS)[:, None]
    flat = np.concatenate([a + (b - a) * shares for a, b in pairwise(corners)])
    return np.column_stack([flat, np.zeros(len(flat))])


def _in_picture(points: NDArray[np.float64], site: Site) -> NDArray[np.bool_]:
    pixels = project(points, site.camera, site.pose)
    return np.asarray(((pixels >= 0) & (pixels < (site.camera.width, site.camera.height))).all(axis=1))


def _inside(points: NDArray[np.float64], outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """By the even-odd rule."""
    x, y = points.T
    within = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            within ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return within


def _meets(line: Sequence[Point], lane: Lane) -> bool:
    """Whether some of the line lies over the lane, or less than a metre beyond the lane's end."""
    points = _along(line, closed=False)[:, :2]
    near = [points + (0.0, step) for step in (-1.0, 0.0, 1.0)]
    return bool(_inside(np.concatenate(near), np.array(lane.polygon_m)).any())


def _moved(line: Sequence[Point], lane: Lane, by_m: float) -> list[Point]:
    sign = 1.0 if lane.direction == "away" else -1.0
    return [(x, y + sign * by_m) for x, y in line]
