"""Violations and counts as lines of JSON, for whoever replays a recording at a desk; a unit never writes them."""

import json
from typing import Any

from kirpik.pipeline import Counts
from kirpik.values import Violation


def violation_line(violation: Violation) -> str:
    reading = violation.reading
    fields: dict[str, Any] = {
        "kind": violation.kind,
        "plate": reading.plate.reveal(),
        "plate_format": reading.plate_format,
        "rows": reading.rows if reading.rows > 1 else None,
        "confidence": round(reading.confidence, 4),
        "lane": violation.lane,
        "sensor_timestamp_ns": violation.sensor_timestamp_ns,
        "speed_kmh": _rounded(violation.speed_kmh),
        "uncertainty_kmh": _rounded(violation.uncertainty_kmh),
        "charged_kmh": violation.charged_kmh,
        "limit_kmh": violation.limit_kmh,
        "outcome": violation.outcome if violation.outcome != "charge" else None,
        "frames": violation.frames,
        "legal_basis": violation.legal_basis,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps({"violation": {**present, "utc_ns": violation.utc_ns}}, ensure_ascii=False)


def summary_line(counts: Counts, *, frames_bad: int, seconds: float) -> str:
    return json.dumps({"summary": summary(counts, frames_bad=frames_bad, seconds=seconds)})


def summary(counts: Counts, *, frames_bad: int, seconds: float) -> dict[str, Any]:
    return {
        "frames": counts.frames + frames_bad,
        "frames_bad": frames_bad,
        "tracks": counts.tracks,
        "suspects": counts.suspects,
        "reader_calls": counts.reader_calls,
        "violations": counts.violations,
        "withheld": dict(counts.withheld),
        "seconds": round(seconds, 2),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
