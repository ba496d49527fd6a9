"""A plan of the road: lanes, line or zone, where the plate's foot was and when.

Ahead is up, as the camera looks; one scale for both axes. Everything on it was in the record, nothing is a picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.picture import Area, Dot, Label, Picture, Point, Shape, Stroke, box
from kirpik_central.drawing.scene import Scene

HEIGHT_PX = 430.0
MARGIN_M = 1.5
AHEAD_M = 8.0
"""Road that is shown beyond both ends of the track and the rule's own line or zone."""
LEFT_PX, RIGHT_PX = 52.0, 140.0
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

    def path(self, points: Iterable[Point]) -> tuple[Point, ...]:
        """Cut to the sheet's near and far end, so that a long lane does not run over what stands beside the plan."""
        return tuple(self.at((x, min(max(y, self.near_m), self.far_m))) for x, y in points)


def draw(scene: Scene, labels: Labels) -> Picture:
    sheet = _sheet(scene)
    shapes = draw_on(scene, sheet, labels)
    return Picture(sheet.width_px, sheet.height_px, tuple(shapes), labels.plan.format(site=scene.site))


def draw_on(scene: Scene, sheet: Sheet, labels: Labels) -> list[Shape]:
    ground = box("ground", LEFT_PX, 0.0, sheet.width_px - LEFT_PX - RIGHT_PX, sheet.height_px)
    return [
        ground,
        *_lanes(scene, sheet, labels),
        *_rule(scene, sheet, labels),
        *_track(scene, sheet, labels),
        *_scale(sheet, labels),
    ]


def _sheet(scene: Scene) -> Sheet:
    feet = [foot for _, foot in scene.feet]
    rule = [*scene.line_m, *scene.zone_m]
    lanes = [point for lane in scene.lanes for point in lane.polygon_m]
    ys = [y for _, y in [*feet, *rule]] or [y for _, y in lanes] or [0.0, 1.0]
    xs = [x for x, _ in [*lanes, *feet, *rule]] or [0.0, 1.0]
    return Sheet(min(xs) - MARGIN_M, max(xs) + MARGIN_M, min(ys) - AHEAD_M, max(ys) + AHEAD_M)


def _lanes(scene: Scene, sheet: Sheet, labels: Labels) -> list[Shape]:
    shapes: list[Shape] = []
    for lane in scene.lanes:
        meant = " meant" if lane.name == scene.lane else ""
        shapes.append(Area(f"lane{meant}", sheet.path(lane.polygon_m)))
        x, _ = sheet.at((sum(x for x, _ in lane.polygon_m) / len(lane.polygon_m), 0))
        shapes += [_lawful_arrow(x, y, lane.onward) for y in (sheet.height_px * 0.16, sheet.height_px - 42)]
        name = labels.lane.format(name=lane.name)
        shapes.append(Label(f"lane-name{meant}", (x, sheet.height_px - 8), name, "middle"))
    return shapes


def _lawful_arrow(x: float, y: float, onward: int) -> Area:
    """Painted on the lane, as on a road: which way one may drive."""
    outline = ((-2, 14), (-2, -2), (-7, -2), (0, -14), (7, -2), (2, -2), (2, 14))
    return Area("arrow lawful", tuple((x + dx, y + onward * dy) for dx, dy in outline))


def _rule(scene: Scene, sheet: Sheet, labels: Labels) -> list[Shape]:
    shapes: list[Shape] = []
    if scene.zone_m:
        shapes.append(Area("zone", sheet.path(scene.zone_m)))
        shapes.append(_word(sheet, max(scene.zone_m, key=lambda point: point[1]), labels.zone))
    if scene.line_m:
        shapes.append(Stroke("line", sheet.path(scene.line_m)))
        shapes.append(_word(sheet, max(scene.line_m), labels.line))
    if scene.line_m and scene.exit_m:
        beyond = [(x, y + scene.exit_m * scene.onward) for x, y in scene.line_m]
        shapes.append(Stroke("exit", sheet.path(beyond)))
        shapes.append(_word(sheet, max(beyond), labels.exit.format(metres=labels.number(scene.exit_m))))
    return shapes


def _word(sheet: Sheet, point: Point, text: str) -> Label:
    _, y = sheet.at(point)
    return Label("word", (sheet.width_px - RIGHT_PX + 6, y + 4), text)


def _track(scene: Scene, sheet: Sheet, labels: Labels) -> list[Shape]:
    if not scene.feet:
        return []
    step = max(1, len(scene.feet) // DOTS)
    shapes: list[Shape] = [Stroke("track", sheet.path(foot for _, foot in scene.feet))]
    shapes += [_dot(sheet, foot, scene.phase_at(t_s)) for t_s, foot in scene.feet[::step]]
    _, moment = min(scene.feet, key=lambda one: abs(one[0]))
    shapes.append(Dot("moment", sheet.at(moment), 7))
    if scene.speed_kmh is not None:
        shapes.append(_word(sheet, moment, labels.speed.format(kmh=labels.number(scene.speed_kmh, 1))))
    return [*shapes, _arrow(sheet, scene.feet[0][1], scene.feet[-1][1])]


def _dot(sheet: Sheet, foot: Point, phase: str) -> Dot:
    return Dot(f"foot {phase}" if phase else "foot", sheet.at(foot), 2.6)


def _arrow(sheet: Sheet, first: Point, last: Point) -> Area:
    x, y = sheet.at(last)
    tip = 11 if last[1] < first[1] else -11
    return Area("arrow", ((x - 5, y), (x, y + tip), (x + 5, y)))


def _scale(sheet: Sheet, labels: Labels) -> list[Shape]:
    step = 5 if sheet.far_m - sheet.near_m <= 60 else 10
    first = int(sheet.near_m // step + 1) * step
    shapes: list[Shape] = []
    for metres in range(first, int(sheet.far_m) + 1, step):
        _, y = sheet.at((0, metres))
        if 10 < y < sheet.height_px - 4:
            shapes.append(Stroke("tick", ((LEFT_PX - 7, y), (LEFT_PX, y))))
            shapes.append(Label("metres", (LEFT_PX - 11, y + 4), labels.metres.format(metres=metres), "end"))
    return shapes
