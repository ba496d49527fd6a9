"""A record as the accusation that it was made from: the numbers are computed once more, from the track in it alone.

The inverse of `evidence`. Whoever holds a record can come to the same measure and the same verdict, because the
record carries all that they rest on: corners, times, camera, lanes, the rule's own terms and what the signal showed.
"""

from dataclasses import dataclass
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from kirpik.road.motion import measure
from kirpik.road.path import path_of
from kirpik.rules.hours import in_force, offset_min
from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.speeding import apart
from kirpik.rules.verdicts import Suspicion
from kirpik.site import (
    BusLane,
    Camera,
    Header,
    Lane,
    Line,
    NoStopping,
    Polygon,
    Pose,
    RedLight,
    Rule,
    Site,
    SolidLine,
    Speeding,
    StopLine,
    WrongWay,
)  # fmt: skip
from kirpik.values import Motion, RoadPath, SignalChange, TrackPoint
from kirpik.wire.calibration import Calibration, PointMm
from kirpik.wire.record import Record

CORNER_PX32 = 32.0


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What follows from a record."""

    motion: Motion | None
    """None where the track holds no measure."""
    path: RoadPath
    """The foot point's way; its times count from the first sighting."""
    suspicion: Suspicion | None
    """None where the rule, held against this track once more, is not broken."""

    @property
    def estimators_agree(self) -> bool:
        """Whether the two measures of the speed, which share no fit, are as near as the unit itself asks."""
        return self.motion is not None and not apart(self.motion.fit_kmh, self.motion.gates_kmh)

    @property
    def moment_off_us(self) -> int | None:
        """From the moment that the record tells to the one that follows from it."""
        return None if self.suspicion is None else round((self.suspicion.moment_ns - MOMENT_NS) / 1000)


MOMENT_NS = 0
"""All times are counted from the moment of the offence, as the record tells them."""


def recompute(record: Record) -> Recomputed | None:
    """None for a record without a track. Hours are left out: they ask for the time of day alone, not for the track."""
    points = points_of(record)
    if not points:
        return None
    site = site_of(record)
    path = path_of(points, site.camera, site.pose)
    motion = measure(points, site.camera, site.pose)
    known_utc_ns = record.moment_utc_ns
    case = Case(
        site=site, path=path, signals=timeline_of(record), measure=lambda: motion, utc_ns=lambda _: known_utc_ns
    )
    found = judge(case)
    suspicions = [verdict for verdict in found if isinstance(verdict, Suspicion)]
    return Recomputed(motion, path, suspicions[0] if suspicions else None)


def in_hours(record: Record, offset: timedelta) -> bool:
    """Whether the rule's hours hold at the moment by clocks so far ahead of UTC, whatever the clock's error was."""
    moment_ns, error_us = record.moment_utc_ns or 0, record.clock_error_us or 0
    return bool(in_force(record.terms.hours, moment_ns, timezone(offset), error_us=error_us))


def known_offset(record: Record) -> timedelta | None:
    """Local time minus UTC as this machine's data base of time zones has it; None where it does not know the zone."""
    try:
        return timedelta(minutes=offset_min(record.moment_utc_ns or 0, ZoneInfo(record.timezone)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def points_of(record: Record) -> tuple[TrackPoint, ...]:
    """The track as the fit takes it."""
    return tuple(
        TrackPoint(
            sensor_timestamp_ns=MOMENT_NS + row.time_us * 1000,
            exposure_us=row.exposure_us,
            utc_ns=None,
            quad=np.array(row.corners_px32, dtype=np.float64).reshape(4, 2) / CORNER_PX32,
            sigma_px=row.sigma_mpx / 1000,
        )
        for row in record.track
    )


def timeline_of(record: Record) -> Timeline:
    timeline = Timeline()
    for row in record.signal_changes:
        timeline.add(SignalChange(MOMENT_NS + row.time_us * 1000, row.signal, row.phase))  # type: ignore[arg-type]  # one of PHASES
    return timeline


def site_of(record: Record) -> Site:
    """Camera, lanes and the one rule, as the record tells them."""
    return Site(
        header=Header(id=record.site_id),
        camera=camera_of(record.calibration),
        pose=pose_of(record.calibration),
        lanes=lanes_of(record),
        signals=(),
        rules=(rule_of(record),),
        sha256=record.configuration_sha256,
    )


def camera_of(told: Calibration) -> Camera:
    fx, fy, cx, cy = (value / 1e3 for value in told.pinhole_mpx)
    k1, k2, p1, p2, k3 = (value / 1e9 for value in told.distortion_1e9)
    return Camera(
        width=told.width_px,
        height=told.height_px,
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        distortion=(k1, k2, p1, p2, k3),
        row_time_us=told.row_time_ns / 1e3,
        focal_uncertainty_percent=told.focal_uncertainty_ppm / 1e4,
    )


def pose_of(told: Calibration) -> Pose:
    x, y, z = (value / 1e3 for value in told.position_mm)
    return Pose(
        position_m=(x, y, z),
        rotation=tuple(value / 1e9 for value in told.rotation_1e9),  # type: ignore[arg-type]  # nine, as the wire checks
        position_uncertainty_m=told.position_uncertainty_mm / 1e3,
        angle_uncertainty_deg=told.angle_uncertainty_udeg / 1e6,
    )


def lanes_of(record: Record) -> tuple[Lane, ...]:
    """A record says of no lane that it is for buses; the rule for the bus lane names the one it was broken in."""
    return tuple(
        Lane(name=shape.name, polygon_m=_points(shape.polygon_mm), direction=shape.direction)  # type: ignore[arg-type]  # checked by the wire
        for shape in record.calibration.lanes
    )


def rule_of(record: Record) -> Rule:
    """The rule by the terms that it was broken under."""
    terms, lanes = record.terms, () if record.lane is None else (record.lane,)
    match record.kind:
        case "speeding":
            limit, over = (record.limit_m_per_h or 0) // 1000, (terms.over_m_per_h or 0) // 1000
            warn = None if terms.warn_m_per_h is None else terms.warn_m_per_h // 1000
            return Speeding(lanes=lanes, limit_kmh=limit, charge_from_kmh_over=over, warn_from_kmh_over=warn)
        case "red_light" | "stop_line":
            kind = RedLight if record.kind == "red_light" else StopLine
            return kind(
                lanes=lanes,
                signal=terms.signal or "",
                line_m=_line(terms.line_mm),
                exit_m=_metres(terms.exit_mm),
                grace_ms=terms.grace_ms or 0,
                clear_m=None if terms.clear_mm is None else _metres(terms.clear_mm),
                amber=bool(terms.amber),
            )
        case "bus_lane":
            return BusLane(lanes=lanes, min_length_m=_metres(terms.min_length_mm))
        case "wrong_way":
            return WrongWay(lanes=lanes, min_length_m=_metres(terms.min_length_mm))
        case "solid_line":
            return SolidLine(lanes=lanes, line_m=_line(terms.line_mm))
        case _:
            return NoStopping(lanes=lanes, polygon_m=_points(terms.polygon_mm or ()), dwell_s=_metres(terms.dwell_ms))


def _line(line: tuple[PointMm, PointMm] | None) -> Line:
    (ax, ay), (bx, by) = line or ((0, 0), (0, 0))
    return (ax / 1000, ay / 1000), (bx / 1000, by / 1000)


def _points(points: tuple[PointMm, ...]) -> Polygon:
    return tuple((x / 1000, y / 1000) for x, y in points)


def _metres(value_mm: int | None) -> float:
    return (value_mm or 0) / 1000
