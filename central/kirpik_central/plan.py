"""A plan of the road drawn from a packet's numbers: lanes, line, where the plate's foot was and when.

Ahead is up, as the camera looks; one scale for both axes. Everything on it was in the packet, nothing is a picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from kirpik_central.case import Opened, Point

HEIGHT_PX = 430.0
MARGIN_M = 1.5
AHEAD_M = 8.0
"""Road that is shown beyond both ends of the track and the rule's own line or zone."""
LEFT_PX, RIGHT_PX = 52.0, 96.0
"""For the scale on one side, for words on the other."""
MAX_PX_PER_M, MIN_PX_PER_M = 16.0, 3.0
DOTS = 40
"""Of the track at most, the moment's own not counted."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The piece of road that is drawn, and how large."""

    left_m: float
    right_m: float
    near_m: float
    far_m: float

    @property
    def px_per_m(self) -> float:
        return min(MAX_PX_PER_M, max(MIN_PX_PER_M, HEIGHT_PX / (self.far_m - self.near_m)))

    @property
    def width_px(self) -> float:
        return LEFT_PX + (self.right_m - self.left_m) * self.px_per_m + RIGHT_PX

    @property
    def height_px(self) -> float:
        return (self.far_m - self.near_m) * self.px_per_m

    def at(self, point: Point) -> Point:
        return LEFT_PX + (point[0] - self.left_m) * self.px_per_m, (self.far_m - point[1]) * self.px_per_m

    def path(self, points: Iterable[Point]) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, points))


def draw_plan(case: Opened) -> str:
    """An SVG element. Its colours are classes of the page's style sheet."""
    sheet = _sheet(case)
    parts = [
        f'<rect class="ground" x="{LEFT_PX}" y="0" width="{sheet.width_px - LEFT_PX - RIGHT_PX:.1f}" height="100%"/>',
        *_lanes(case, sheet),
        *_rule(case, sheet),
        *_track(case, sheet),
        *_scale(sheet),
    ]
    size = f"{sheet.width_px:.0f} {sheet.height_px:.0f}"
    title = escape(f"Plan of site {case.site}: lanes, line and the plate's track")
    return (
        f'<svg class="plan" viewBox="0 0 {size}" width="{sheet.width_px:.0f}" height="{sheet.height_px:.0f}" '
        f'role="img" aria-label="{title}"><title>{title}</title>{"".join(parts)}</svg>'
    )


def _sheet(case: Opened) -> Sheet:
    feet = _feet(case)
    rule = [*(case.geometry.line_m or []), *(case.geometry.polygon_m or [])]
    lanes = [point for lane in case.geometry.lanes for point in lane.polygon_m]
    ys = [y for _, y in [*feet, *rule]] or [y for _, y in lanes] or [0.0, 1.0]
    xs = [x for x, _ in [*lanes, *feet, *rule]] or [0.0, 1.0]
    return Sheet(min(xs) - MARGIN_M, max(xs) + MARGIN_M, min(ys) - AHEAD_M, max(ys) + AHEAD_M)


def _feet(case: Opened) -> list[Point]:
    return [seen.foot_m for seen in case.track if seen.foot_m is not None]


def _lanes(case: Opened, sheet: Sheet) -> list[str]:
    parts = []
    for lane in case.geometry.lanes:
        meant = " meant" if lane.name == case.lane else ""
        parts.append(f'<polygon class="lane{meant}" points="{sheet.path(lane.polygon_m)}"/>')
        x, _ = sheet.at((sum(x for x, _ in lane.polygon_m) / len(lane.polygon_m), 0))
        arrow = "↑" if lane.direction == "away" else "↓"
        name = f"{escape(lane.name)} {arrow}"
        parts.append(f'<text class="lane-name{meant}" x="{x:.1f}" y="{sheet.height_px - 8:.1f}">{name}</text>')
    return parts


def _rule(case: Opened, sheet: Sheet) -> list[str]:
    parts = []
    if case.geometry.polygon_m:
        parts.append(f'<polygon class="zone" points="{sheet.path(case.geometry.polygon_m)}"/>')
    if case.geometry.line_m:
        parts.append(f'<polyline class="line" points="{sheet.path(case.geometry.line_m)}"/>')
        parts.append(_word(sheet, max(case.geometry.line_m), "line"))
    if case.geometry.line_m and case.geometry.exit_m:
        onward = case.geometry.exit_m * _lawful(case)
        beyond = [(x, y + onward) for x, y in case.geometry.line_m]
        parts.append(f'<polyline class="exit" points="{sheet.path(beyond)}"/>')
        parts.append(_word(sheet, max(beyond), f"exit +{case.geometry.exit_m:g} m"))
    return parts


def _lawful(case: Opened) -> int:
    """Which way is onward in the lane of the offence: +1 is away from the camera."""
    towards = any(lane.name == case.lane and lane.direction == "towards" for lane in case.geometry.lanes)
    return -1 if towards else 1


def _word(sheet: Sheet, point: Point, text: str) -> str:
    _, y = sheet.at(point)
    return f'<text class="word" x="{sheet.width_px - RIGHT_PX + 6:.1f}" y="{y + 4:.1f}">{escape(text)}</text>'


def _track(case: Opened, sheet: Sheet) -> list[str]:
    feet = [(seen.t_s, seen.foot_m) for seen in case.track if seen.foot_m is not None]
    if not feet:
        return []
    step = max(1, len(feet) // DOTS)
    parts = [f'<polyline class="track" points="{sheet.path(foot for _, foot in feet)}"/>']
    parts += [_dot(sheet, foot, phase_at(case, t_s)) for t_s, foot in feet[::step]]
    _, moment = min(feet, key=lambda one: abs(one[0]))
    x, y = sheet.at(moment)
    parts.append(f'<circle class="moment" cx="{x:.1f}" cy="{y:.1f}" r="7"/>')
    if case.speed_kmh is not None:
        parts.append(_word(sheet, moment, f"{case.speed_kmh:.1f} km/h"))
    return [*parts, _arrow(sheet, feet[0][1], feet[-1][1])]


def _dot(sheet: Sheet, foot: Point, phase: str) -> str:
    x, y = sheet.at(foot)
    return f'<circle class="foot {phase}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>'


def _arrow(sheet: Sheet, first: Point, last: Point) -> str:
    x, y = sheet.at(last)
    tip = 11 if last[1] < first[1] else -11
    return f'<path class="arrow" d="M{x - 5:.1f},{y:.1f} L{x:.1f},{y + tip:.1f} L{x + 5:.1f},{y:.1f} Z"/>'


def phase_at(case: Opened, t_s: float) -> str:
    """What the rule's signal showed; empty when no signal is told of."""
    shown = [signal.phase for signal in case.signals if signal.t_s <= t_s]
    return shown[-1] if shown else ""


def _scale(sheet: Sheet) -> list[str]:
    step = 5 if sheet.far_m - sheet.near_m <= 60 else 10
    first = int(sheet.near_m // step + 1) * step
    parts = []
    for metres in range(first, int(sheet.far_m) + 1, step):
        _, y = sheet.at((0, metres))
        if 10 < y < sheet.height_px - 4:
            parts.append(f'<path class="tick" d="M{LEFT_PX - 7:.1f},{y:.1f} h7"/>')
            parts.append(f'<text class="metres" x="{LEFT_PX - 11:.1f}" y="{y + 4:.1f}">{metres} m</text>')
    return parts
