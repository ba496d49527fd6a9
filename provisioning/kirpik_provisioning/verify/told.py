"""Findings and numbers as one JSON object, for a program of the reader's own."""

from dataclasses import asdict
from typing import Any

from kirpik.recompute import Recomputed
from kirpik.wire.record import Record
from kirpik_provisioning.verify.examine import Examined

Json = dict[str, Any]


def told(found: Examined, *, file_sha256: str) -> Json:
    return {
        "holds": found.holds,
        "file_sha256": file_sha256,
        "findings": [asdict(one) | {"says": dict(one.says)} for one in found.findings],
        "claimed": None if found.record is None else _claimed(found.record),
        "recomputed": None if found.again is None else _recomputed(found.again),
        "inputs": None if found.record is None else _inputs(found.record),
    }


def _claimed(record: Record) -> Json:
    names = (
        "kind", "outcome", "site_id", "lane", "moment_sensor_ns", "moment_utc_ns", "timezone", "utc_offset_min",
        "speed_m_per_h", "uncertainty_m_per_h", "charged_m_per_h", "limit_m_per_h", "height_mm", "frames",
        "legal_basis", "plate_format",
    )  # fmt: skip
    return {name: getattr(record, name) for name in names} | {"plate": record.plate.reveal()}


def _recomputed(again: Recomputed) -> Json:
    feet = [
        [round(float(t), 6), round(float(x), 4), round(float(y), 4)]
        for t, (x, y) in zip(again.path.t_s, again.path.foot_m, strict=True)
    ]
    return {
        "motion": None if again.motion is None else asdict(again.motion),
        "rule_broken": again.suspicion is not None,
        "moment_off_us": again.moment_off_us,
        "plate_height_m": round(again.path.height_m, 4),
        "foot_s_x_m_y_m": feet,
    }


def _inputs(record: Record) -> Json:
    """As the record has them, in whole numbers, so that nothing is rounded twice."""
    terms, calibration = asdict(record.terms), asdict(record.calibration)
    return {
        "track_us_us_mpx_px32": [
            [row.time_us, row.exposure_us, row.sigma_mpx, *row.corners_px32] for row in record.track
        ],
        "signal_changes": [[row.time_us, row.signal, row.phase] for row in record.signal_changes],
        "calibration": calibration,
        "terms": {name: value for name, value in terms.items() if value is not None},
    }
