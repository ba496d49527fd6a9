"""What the plan of a checked record is drawn from, with words in the page's language."""

from kirpik.wire.record import Record
from kirpik_central.drawing.labels import Labels
from kirpik_central.drawing.scene import LaneDrawn, Scene, Shown
from kirpik_provisioning.verify.examine import Examined
from kirpik_provisioning.verify.words import Words


def labels(words: Words) -> Labels:
    """Templates of the drawing in the page's language."""
    page = words.texts["page"]
    return Labels(
        plan=f"{page['plan']} · {{site}}",
        lane=page["lane_name"],
        line=page["line"],
        exit=page["exit"].replace("{metres:g}", "{metres}"),
        zone=page["zone"],
        metres=f"{{metres}} {page['metre']}",
        speed=page["kmh"].replace("{value:.0f}", "{kmh}"),
        signal=page["signal"],
        after_red=page["after_red"].replace("{seconds:.2f}", "{seconds}"),
        offence=page["offence"],
        seconds=f"{{seconds}} {page['second']}",
        phases=words.texts["phase"],
        comma=words.language != "en",
    )


def scene_of(found: Examined, record: Record) -> Scene:
    """The foot points are the recomputed ones, not what anybody claims."""
    lanes = tuple(
        LaneDrawn(lane.name, lane.direction, _metres(lane.polygon_mm) or ()) for lane in record.calibration.lanes
    )
    motion = None if found.again is None else found.again.motion
    return Scene(
        site=record.site_id,
        lane=record.lane,
        lanes=lanes,
        feet=feet_of(found, record),
        line_m=_metres(record.terms.line_mm),
        exit_m=None if record.terms.exit_mm is None else record.terms.exit_mm / 1000,
        zone_m=_metres(record.terms.polygon_mm),
        signals=tuple(Shown(row.time_us / 1e6, row.signal, row.phase) for row in record.signal_changes),
        speed_kmh=motion.speed_kmh if motion is not None and record.speed_m_per_h is not None else None,
    )


def _metres(points: tuple[tuple[int, int], ...] | None) -> tuple[tuple[float, float], ...]:
    return tuple((x / 1000, y / 1000) for x, y in points or ())


def feet_of(found: Examined, record: Record) -> tuple[tuple[float, tuple[float, float]], ...]:
    if found.again is None:
        return ()
    places = found.again.path.foot_m
    return tuple(
        (row.time_us / 1e6, (float(x), float(y)))
        for row, (x, y) in zip(record.track, places, strict=True)
        if x == x and y == y  # noqa: PLR0124  a ray that never meets the road is not a number
    )
