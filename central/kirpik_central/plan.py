"""The plan of an opened violation, as an SVG element of the officer's page."""

from kirpik_central.case import Opened
from kirpik_central.drawing import plan
from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.picture import to_svg
from kirpik_central.drawing.scene import LaneDrawn, Scene, Shown


def draw_plan(case: Opened, labels: Labels | None = None) -> str:
    """Its colours are classes of `drawing.styles`."""
    return to_svg(plan.draw(scene_of(case), labels or Labels()), name="plan")


def scene_of(case: Opened) -> Scene:
    geometry = case.geometry
    return Scene(
        site=case.site,
        lane=case.lane,
        lanes=tuple(LaneDrawn(lane.name, lane.direction, tuple(lane.polygon_m)) for lane in geometry.lanes),
        feet=tuple((seen.t_s, seen.foot_m) for seen in case.track if seen.foot_m is not None),
        line_m=tuple(geometry.line_m or ()),
        exit_m=geometry.exit_m,
        zone_m=tuple(geometry.polygon_m or ()),
        signals=tuple(Shown(signal.t_s, signal.signal, signal.phase) for signal in case.signals),
        speed_kmh=case.speed_kmh,
    )
