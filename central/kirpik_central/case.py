"""An opened violation as it is shown and handed on: plain numbers in people's units, one JSON object each."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from kirpik.wire import packet
from kirpik.wire.calibration import Calibration
from kirpik.wire.contents import read_contents
from kirpik.wire.record import Record
from kirpik.wire.track import TrackRow
from kirpik_central.ground import DEFAULT_HEIGHT_M, foot_point
from kirpik_central.store import Case

Point = tuple[float, float]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields that a kind does not have are left out."""


class Seen(Part, frozen=True, kw_only=True):
    """One frame of the track."""

    t_s: float
    """From the moment of the offence."""
    quad_px: tuple[Point, Point, Point, Point]
    foot_m: Point | None = None


class Signal(Part, frozen=True, kw_only=True):
    t_s: float
    signal: str
    phase: str


class Lane(Part, frozen=True, kw_only=True):
    name: str
    direction: str
    polygon_m: list[Point]


class Geometry(Part, frozen=True, kw_only=True):
    """What the plan is drawn from. Road frame: X right, Y ahead as the camera looks, metres."""

    camera_m: tuple[float, float, float]
    lanes: list[Lane]
    height_m: float
    line_m: list[Point] | None = None
    exit_m: float | None = None
    polygon_m: list[Point] | None = None


class Opened(Part, frozen=True, kw_only=True):
    """Everything that one packet says, and what the central knows about it."""

    case: int
    unit: str
    epoch: int
    sequence: int
    received_utc_ms: int
    receipt: Literal["chain", "single"]
    """Covered by the unbroken chain, or receipted alone beyond a gap."""
    signature: Literal["valid"]
    site: str
    kind: str
    plate: str
    plate_format: str
    rows: int
    confidence: float
    char_confidence: list[float]
    frames: int
    legal_basis: str
    outcome: str
    """A "charge", or "warning": the rule asks for a warning only."""
    timezone: str
    sensor_timestamp_ns: int
    clock_source: str
    crop_webp: bytes
    """Base64 in JSON."""
    track: list[Seen]
    geometry: Geometry
    hashes: dict[str, str]
    keyset_version: int
    lane: str | None = None
    utc_ns: int | None = None
    utc_offset_min: int | None = None
    """Local time at the site minus UTC, as the unit took it."""
    clock_error_us: int | None = None
    speed_kmh: float | None = None
    uncertainty_kmh: float | None = None
    charged_kmh: float | None = None
    limit_kmh: float | None = None
    charged_from_kmh: float | None = None
    """The least speed, after the deduction, that is charged."""
    grace_ms: int | None = None
    signals: list[Signal] = []


def open_case(case: Case, public: bytes) -> Opened | None:
    """None for a packet that holds something else.

    The unit's inner signature is checked again, from the evidence as it lies in the store; WireError when it fails.
    """
    told = read_contents(packet.check_evidence(case.evidence, public), public)
    return _opened(case, told) if isinstance(told, Record) else None


def _opened(case: Case, record: Record) -> Opened:
    return Opened(
        case=case.number,
        unit=case.place.unit.hex(),
        epoch=case.place.epoch,
        sequence=case.place.sequence,
        received_utc_ms=case.received_ms,
        receipt="chain" if case.receipted else "single",
        signature="valid",
        site=record.site_id,
        kind=record.kind,
        plate=record.plate.reveal(),
        plate_format=record.plate_format,
        rows=record.rows,
        confidence=record.confidence_ppm / 1e6,
        char_confidence=[value / 1e6 for value in record.char_confidence_ppm],
        frames=record.frames,
        legal_basis=record.legal_basis,
        outcome=record.outcome,
        timezone=record.timezone,
        sensor_timestamp_ns=record.moment_sensor_ns,
        clock_source=record.clock_source,
        crop_webp=record.crop,
        track=_track(record),
        geometry=_geometry(record),
        hashes=_hashes(record),
        keyset_version=record.keyset_version,
        lane=record.lane,
        utc_ns=record.moment_utc_ns,
        utc_offset_min=record.utc_offset_min,
        clock_error_us=record.clock_error_us,
        speed_kmh=_thousandth(record.speed_m_per_h),
        uncertainty_kmh=_thousandth(record.uncertainty_m_per_h),
        charged_kmh=_thousandth(record.charged_m_per_h),
        limit_kmh=_thousandth(record.limit_m_per_h),
        charged_from_kmh=_charged_from_kmh(record),
        grace_ms=record.terms.grace_ms,
        signals=[Signal(t_s=row.time_us / 1e6, signal=row.signal, phase=row.phase) for row in record.signal_changes],
    )


def _track(record: Record) -> list[Seen]:
    height_m = _height_m(record)
    return [
        Seen(t_s=row.time_us / 1e6, quad_px=quad, foot_m=foot_point(record.calibration, quad, height_m))
        for row in record.track
        for quad in [_quad(row)]
    ]


def _quad(row: TrackRow) -> tuple[Point, Point, Point, Point]:
    values = [value / 32 for value in row.corners_px32]
    a, b, c, d = zip(values[::2], values[1::2], strict=True)
    return a, b, c, d


def _geometry(record: Record) -> Geometry:
    x, y, z = (value / 1000 for value in record.calibration.position_mm)
    return Geometry(
        camera_m=(x, y, z),
        lanes=_lanes(record.calibration),
        height_m=_height_m(record),
        line_m=_points(record.terms.line_mm),
        exit_m=_thousandth(record.terms.exit_mm),
        polygon_m=_points(record.terms.polygon_mm),
    )


def _lanes(calibration: Calibration) -> list[Lane]:
    shapes = calibration.lanes
    return [Lane(name=s.name, direction=s.direction, polygon_m=_points(s.polygon_mm) or []) for s in shapes]


def _points(points: Sequence[tuple[int, int]] | None) -> list[Point] | None:
    return None if points is None else [(x / 1000, y / 1000) for x, y in points]


def _height_m(record: Record) -> float:
    return DEFAULT_HEIGHT_M if record.height_mm is None else record.height_mm / 1000


def _charged_from_kmh(record: Record) -> float | None:
    limit, over = record.limit_m_per_h, record.terms.over_m_per_h
    return None if limit is None or over is None else (limit + over) / 1000


def _hashes(record: Record) -> dict[str, str]:
    return {
        "models": record.models_sha256.hex(),
        "software": record.software_sha256.hex(),
        "configuration": record.configuration_sha256.hex(),
        "calibration": record.calibration_sha256.hex(),
    }


def _thousandth(value: int | None) -> float | None:
    return None if value is None else value / 1000
