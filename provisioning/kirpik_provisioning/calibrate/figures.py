"""Drawings of a calibration: corners in the picture, the road as the camera sees it, and the road from above.

None of them holds a pixel of the road: the still is looked at, and stays where the installer put it.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import on_height, project
from kirpik.site import NoStopping, SignalRule, Site, SolidLine
from kirpik_central.drawing import plan
from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.picture import Area, Dot, Label, Picture, Point, Shape, Stroke, box
from kirpik_central.drawing.scene import LaneDrawn, Scene
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep

Array = NDArray[np.float64]

WIDE_PX = 560.0
LENGTHENED = 40.0
"""A lens's residuals are drawn so many times longer than they are."""
POINTS_LENGTHENED = 10.0
STEPS = 40
MARGIN_M = 2.0


def lens_picture(lens: LensStep) -> Picture:
    """Every corner that was found, and how far the lens puts it off."""
    scale = WIDE_PX / lens.width
    high = lens.height * scale
    shapes: list[Shape] = [box("ground", 0, 0, WIDE_PX, high)]
    for x, y, dx, dy in lens.corners:
        at = (x * scale, y * scale)
        shapes.append(Stroke("residual", (at, (at[0] + dx * LENGTHENED, at[1] + dy * LENGTHENED))))
        shapes.append(Dot("foot", at, 1.4))
    return Picture(WIDE_PX, high, tuple(shapes), "lens")


def view_picture(site: Site, pose: PoseStep) -> Picture:
    """Lanes, lines, zones and surveyed points, where the camera sees them."""
    scale = WIDE_PX / site.camera.width
    high = site.camera.height * scale
    shapes: list[Shape] = [box("ground", 0, 0, WIDE_PX, high)]
    for lane in site.lanes:
        shapes += [Area("lane meant", part) for part in _seen(lane.polygon_m, site, scale, high)]
    for rule in site.rules:
        if isinstance(rule, NoStopping):
            shapes += [Area("zone", part) for part in _seen(rule.polygon_m, site, scale, high)]
        if isinstance(rule, SignalRule | SolidLine):
            shapes += [Stroke("line", part) for part in _seen(rule.line_m, site, scale, high, closed=False)]
    for point in pose.points:
        at = (point.pixel[0] * scale, point.pixel[1] * scale)
        off = (at[0] - point.off_px[0] * POINTS_LENGTHENED * scale, at[1] - point.off_px[1] * POINTS_LENGTHENED * scale)
        shapes += [
            Stroke("residual", (at, off)),
            Dot("point", at, 4),
            Label("word", (at[0] + 7, at[1] - 5), point.name),
        ]
    return Picture(WIDE_PX, high, tuple(shapes), "view")


def _seen(
    outline: Sequence[Point], site: Site, scale: float, high: float, *, closed: bool = True
) -> list[tuple[Point, ...]]:
    """An outline on the road as it lies in the picture, cut to the picture's own edges."""
    corners = np.array([*outline, outline[0]] if closed else outline)
    shares = np.linspace(0, 1, STEPS)[:, None]
    road = np.concatenate([a + (b - a) * shares for a, b in pairwise(corners)])
    pixels = project(np.column_stack([road, np.zeros(len(road))]), site.camera, site.pose) * scale
    kept = pixels[np.isfinite(pixels).all(axis=1)]
    if len(kept) < 2:
        return []
    inside = np.column_stack([kept[:, 0].clip(0, WIDE_PX), kept[:, 1].clip(0, high)])
    return [tuple((float(x), float(y)) for x, y in inside)]


def road_picture(site: Site, pose: PoseStep, labels: Labels) -> Picture:
    """From above: lanes, lines, the ground that the camera sees, and each surveyed point."""
    points = [point.place_m for point in pose.points]
    lines = [rule.line_m for rule in site.rules if isinstance(rule, SignalRule | SolidLine)]
    scene = Scene(
        site=site.header.id,
        lane=None,
        lanes=tuple(LaneDrawn(lane.name, lane.direction, lane.polygon_m) for lane in site.lanes),
        feet=(),
        line_m=lines[0] if lines else (),
        zone_m=next((rule.polygon_m for rule in site.rules if isinstance(rule, NoStopping)), ()),
    )
    sheet = plan.Sheet(*_extent(site, points))
    shapes = [*plan.draw_on(scene, sheet, labels), Area("view", sheet.path(_ground(site, sheet.far_m)))]
    for point in pose.points:
        at = sheet.at((point.place_m[0], point.place_m[1]))
        shapes += [Dot("point", at, 4), Label("word", (at[0] + 6, at[1] - 4), point.name)]
    return Picture(sheet.width_px, sheet.height_px, tuple(shapes), labels.plan.format(site=site.header.id))


def _extent(site: Site, points: Sequence[tuple[float, float, float]]) -> tuple[float, float, float, float]:
    """Left, right, near, far; lanes may reach far beyond what is seen, and are cut."""
    lanes = np.array([corner for lane in site.lanes for corner in lane.polygon_m])
    survey = np.array([point[:2] for point in points])
    far_m = float(survey[:, 1].max()) + 4 * MARGIN_M
    seen = np.array([corner for corner in _ground(site, far_m) if corner[1] <= far_m] or [(0.0, 0.0)])
    xs = np.concatenate([lanes[:, 0], survey[:, 0], seen[:, 0]])
    return (
        float(xs.min()) - MARGIN_M, float(xs.max()) + MARGIN_M,
        float(survey[:, 1].min()) - 4 * MARGIN_M, far_m,
    )  # fmt: skip


def _ground(site: Site, far_m: float) -> list[Point]:
    """The picture's edge on the road, as far as the sheet reaches."""
    width, height = site.camera.width - 1.0, site.camera.height - 1.0
    down = np.linspace(0.0, height, STEPS)
    across = np.linspace(0.0, width, STEPS)
    right = np.column_stack([np.full(STEPS, width), down])
    below = np.column_stack([across[::-1], np.full(STEPS, height)])
    left = np.column_stack([np.zeros(STEPS), down[::-1]])
    road: Array = on_height(np.concatenate([right, below, left]), 0.0, site.camera, site.pose)
    seen = road[np.isfinite(road).all(axis=1)]
    return [(float(x), float(y)) for x, y in seen if y <= far_m * 1.5]
