"""An accusation and the site it was made at, as the record that will be signed: real numbers become whole ones here.

Rounding never speaks against the accused: uncertainties are rounded up, the charged value is a whole number already.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from kirpik.rules.hours import offset_min
from kirpik.site import BusLane, Lane, NoStopping, Point, Rule, SignalRule, Site, SolidLine, Speeding, WrongWay
from kirpik.values import SignalChange, TrackPoint, Violation
from kirpik.wire.calibration import Calibration, LaneShape, PointMm, calibration_hash
from kirpik.wire.record import PPM, Record, SignalRow
from kirpik.wire.terms import Terms
from kirpik.wire.track import TrackRow

NEAR_S = 1.6
"""Around the moment of the offence a track is told as densely as it was seen: a stand of a second must show in it."""
NEAR_MOST, FAR_MOST = 120, 60
"""Rows that a record has room for, near the moment and elsewhere; `frames` still tells how many there were."""
FAR_GAP_S, FAR_LONG_MOST = 5.0, 240
"""A stand of many minutes is told at least so often: a plate that is hidden for longer may have moved meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What all records of a run have in common."""

    site: Site
    models_sha256: bytes
    software_sha256: bytes


def record_of(
    violation: Violation, origin: Origin, *, event_id: bytes, keyset_version: int, last_receipt: bytes | None
) -> Record:
    """The record, still without the picture of the plate."""
    site, reading = origin.site, violation.reading
    rule = site.rules[violation.rule_number]
    calibration = calibration_of(site, _lanes(site, violation.lane, rule))
    zone = ZoneInfo(site.header.timezone)
    return Record(
        event_id=event_id,
        kind=violation.kind,
        moment_sensor_ns=violation.sensor_timestamp_ns,
        moment_utc_ns=violation.utc_ns,
        clock_error_us=violation.clock_error_us,
        clock_source="none" if violation.utc_ns is None else violation.clock_source,
        site_id=site.header.id,
        lane=violation.lane,
        terms=terms_of(rule),
        legal_basis=violation.legal_basis,
        speed_m_per_h=None if violation.speed_kmh is None else round(violation.speed_kmh * 1000),
        uncertainty_m_per_h=None if violation.uncertainty_kmh is None else math.ceil(violation.uncertainty_kmh * 1000),
        charged_m_per_h=None if violation.charged_kmh is None else violation.charged_kmh * 1000,
        limit_m_per_h=None if violation.limit_kmh is None else violation.limit_kmh * 1000,
        height_mm=None if violation.height_m is None else round(violation.height_m * 1000),
        frames=violation.frames,
        plate=reading.plate,
        plate_format=reading.plate_format,
        rows=reading.rows,
        confidence_ppm=_ppm(reading.confidence),
        char_confidence_ppm=tuple(map(_ppm, reading.char_confidence)),
        crop=b"",
        track=_track(violation.track, violation.sensor_timestamp_ns),
        signal_changes=_signals(violation.signal_changes, violation.sensor_timestamp_ns),
        calibration=calibration,
        models_sha256=origin.models_sha256,
        software_sha256=origin.software_sha256,
        configuration_sha256=site.sha256,
        calibration_sha256=calibration_hash(calibration),
        keyset_version=keyset_version,
        last_receipt=last_receipt,
        outcome=violation.outcome,
        timezone=site.header.timezone,
        utc_offset_min=None if violation.utc_ns is None else offset_min(violation.utc_ns, zone),
    )


def calibration_of(site: Site, lanes: Sequence[Lane]) -> Calibration:
    camera, pose = site.camera, site.pose
    return Calibration(
        width_px=camera.width,
        height_px=camera.height,
        pinhole_mpx=(_milli(camera.fx), _milli(camera.fy), _milli(camera.cx), _milli(camera.cy)),
        distortion_1e9=tuple(round(k * 1e9) for k in camera.distortion),  # type: ignore[arg-type]  # five, as the site's
        row_time_ns=_milli(camera.row_time_us),
        focal_uncertainty_ppm=math.ceil(camera.focal_uncertainty_percent * 1e4),
        position_mm=tuple(map(_milli, pose.position_m)),  # type: ignore[arg-type]  # three, as the site's
        rotation_1e9=tuple(round(r * 1e9) for r in pose.rotation),
        position_uncertainty_mm=math.ceil(pose.position_uncertainty_m * 1000),
        angle_uncertainty_udeg=math.ceil(pose.angle_uncertainty_deg * 1e6),
        lanes=tuple(LaneShape(lane.name, lane.direction, _polygon(lane.polygon_m)) for lane in lanes),
    )


def terms_of(rule: Rule) -> Terms:
    match rule:
        case Speeding():
            warn = None if rule.warn_from_kmh_over is None else rule.warn_from_kmh_over * 1000
            return Terms(hours=rule.hours, over_m_per_h=rule.charge_from_kmh_over * 1000, warn_m_per_h=warn)
        case SignalRule():
            start, end = _polygon(rule.line_m)
            return Terms(
                hours=rule.hours, signal=rule.signal, line_mm=(start, end), exit_mm=_milli(rule.exit_m),
                clear_mm=None if rule.clear_m is None else _milli(rule.clear_m), grace_ms=rule.grace_ms,
                amber=rule.amber,
            )  # fmt: skip
        case BusLane() | WrongWay():
            return Terms(hours=rule.hours, min_length_mm=_milli(rule.min_length_m))
        case SolidLine():
            start, end = _polygon(rule.line_m)
            return Terms(hours=rule.hours, line_mm=(start, end))
        case NoStopping():
            return Terms(hours=rule.hours, polygon_mm=_polygon(rule.polygon_m), dwell_ms=_milli(rule.dwell_s))
    assert_never(rule)


def _lanes(site: Site, name: str | None, rule: Rule) -> list[Lane]:
    """Those that a plan of the offence must show; without any in the rule, all that fit into a record."""
    wanted = {name} if name is not None else set(rule.lanes)
    return [lane for lane in site.lanes if not wanted or lane.name in wanted][:8]


def _track(points: Sequence[TrackPoint], moment_ns: int) -> tuple[TrackRow, ...]:
    return tuple(
        TrackRow(
            _us(point.sensor_timestamp_ns - moment_ns),
            point.exposure_us,
            math.ceil(point.sigma_px * 1000),
            tuple(round(float(value) * 32) for value in point.quad.ravel()),
        )
        for point in _kept(points, moment_ns)
    )


def _kept(points: Sequence[TrackPoint], moment_ns: int) -> list[TrackPoint]:
    """First and last of each part always stay."""
    if len(points) <= FAR_MOST:
        return list(points)
    near = [point for point in points if abs(point.sensor_timestamp_ns - moment_ns) <= NEAR_S * 1e9]
    far = [point for point in points if abs(point.sensor_timestamp_ns - moment_ns) > NEAR_S * 1e9]
    span_s = (points[-1].sensor_timestamp_ns - points[0].sensor_timestamp_ns) / 1e9
    far_most = min(FAR_LONG_MOST, max(FAR_MOST, math.ceil(span_s / FAR_GAP_S)))
    kept = [*_thinned(near, NEAR_MOST), *_thinned(far, far_most)]
    return sorted(kept, key=lambda point: point.sensor_timestamp_ns)


def _thinned(points: Sequence[TrackPoint], most: int) -> list[TrackPoint]:
    if len(points) <= most:
        return list(points)
    return [points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)]


def _signals(changes: Sequence[SignalChange], moment_ns: int) -> tuple[SignalRow, ...]:
    rows = [SignalRow(_us(change.sensor_timestamp_ns - moment_ns), change.signal, change.phase) for change in changes]
    return tuple(rows[-32:])


def _polygon(points: Sequence[Point]) -> tuple[PointMm, ...]:
    return tuple((_milli(x), _milli(y)) for x, y in points)


def _milli(value: float) -> int:
    return round(value * 1000)


def _us(value_ns: int) -> int:
    return round(value_ns / 1000)


def _ppm(probability: float) -> int:
    return math.floor(min(1.0, max(0.0, probability)) * PPM)
