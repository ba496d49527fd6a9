"""Step 6: reference passes. The only step that sees every error of scale at once: lens, plate size, corners, clock.

Each pass of a vehicle with a GNSS logger is one ratio, measured by reference. Their mean, weighted by what both sides
state, must hold 1 within its 95 % confidence, or the scale is off and the file says by how much.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from kirpik.errors import InputError
from kirpik_provisioning.calibrate.steps import ReferenceStep
from kirpik_provisioning.calibrate.survey import number, read_table

COLUMNS = ("name", "utc", "speed_kmh", "sigma_kmh")
MEASURED = ("utc", "speed_kmh", "uncertainty_kmh")
LEAST_PASSES = 5
SCALE_OFF_MOST = 0.01
STUDENT_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Of 1 to 10 degrees of freedom; above, 1.96 · (1 + 1.2 / freedom), which is within 1 %."""


@dataclass(frozen=True, slots=True)
class Pass:
    name: str
    utc_s: float
    speed_kmh: float
    sigma_kmh: float


def calibrate_reference(passes: Path, measured: Path, *, apart_s: float) -> ReferenceStep:
    """Raises InputError when passes are too few, cannot be matched, or show that the scale is off."""
    known = _known(passes)
    pairs = [(one, found) for one in known if (found := _nearest(one, _measured(measured), apart_s)) is not None]
    if len(pairs) < LEAST_PASSES:
        raise InputError(
            f"{measured}: {len(pairs)} of {len(known)} reference passes were measured within {apart_s:g} s, "
            f"expected at least {LEAST_PASSES}"
        )
    scale, low, high = _scale(pairs)
    if not low - SCALE_OFF_MOST <= 1 <= high + SCALE_OFF_MOST:
        raise InputError(
            f"{measured}: measured speeds are {scale:.4f} of the reference (95 %: {low:.4f} to {high:.4f}): "
            "the scale is off by more than 1 %; check the board's square size, the survey's metres and the lens"
        )
    rows = tuple(
        (one.name, one.speed_kmh, found.speed_kmh, round(math.hypot(one.sigma_kmh, found.sigma_kmh), 3))
        for one, found in pairs
    )
    return ReferenceStep(passes=rows, scale=round(scale, 5), low=round(low, 5), high=round(high, 5))


def _scale(pairs: Sequence[tuple[Pass, Pass]]) -> tuple[float, float, float]:
    """Weighted mean of the logarithms; their own scatter widens it where it is larger than stated."""
    ratio = np.array([math.log(found.speed_kmh / one.speed_kmh) for one, found in pairs])
    sigma = np.array([math.hypot(one.sigma_kmh, found.sigma_kmh) / one.speed_kmh for one, found in pairs])
    weight = 1 / np.maximum(sigma, 1e-4) ** 2
    mean = float((ratio * weight).sum() / weight.sum())
    freedom = len(pairs) - 1
    scatter = max(1.0, float((weight * (ratio - mean) ** 2).sum()) / freedom)
    half = _student(freedom) * math.sqrt(scatter / float(weight.sum()))
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def _student(freedom: int) -> float:
    return STUDENT_975[freedom - 1] if freedom <= len(STUDENT_975) else 1.96 * (1 + 1.2 / freedom)


def _known(path: Path) -> list[Pass]:
    rows = read_table(path, COLUMNS)
    return [
        Pass(
            row["name"],
            _utc_s(path, line, row["utc"]),
            _positive(path, line, "speed_kmh", row["speed_kmh"]),
            _positive(path, line, "sigma_kmh", row["sigma_kmh"]),
        )
        for line, row in enumerate(rows, start=2)
    ]


def _measured(path: Path) -> list[Pass]:
    """Events of a replay, where a line holds a violation with a speed; or a table."""
    if path.suffix == ".csv":
        return [
            Pass(
                "",
                _utc_s(path, line, row["utc"]),
                _positive(path, line, "speed_kmh", row["speed_kmh"]),
                _positive(path, line, "uncertainty_kmh", row["uncertainty_kmh"]),
            )
            for line, row in enumerate(read_table(path, MEASURED), start=2)
        ]
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        told = [json.loads(line).get("violation") for line in lines if line.strip()]
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError) as error:
        raise InputError(f"{path}: not events of a replay: {error}") from error
    good = [one for one in told if one and one.get("speed_kmh") and one.get("utc_ns")]
    return [Pass("", one["utc_ns"] / 1e9, one["speed_kmh"], one["uncertainty_kmh"]) for one in good]


def _nearest(one: Pass, found: Sequence[Pass], apart_s: float) -> Pass | None:
    near = min(found, key=lambda other: abs(other.utc_s - one.utc_s), default=None)
    return near if near is not None and abs(near.utc_s - one.utc_s) <= apart_s else None


def _positive(path: Path, line: int, column: str, text: str) -> float:
    value = number(path, line, column, text)
    if value <= 0:
        raise InputError(f"{path}: line {line}: {column}: {text}, expected a number above 0")
    return value


def _utc_s(path: Path, line: int, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{path}: line {line}: utc: '{text}', expected a time such as 2026-05-01T10:00:00Z") from error
    if moment.tzinfo is None:
        raise InputError(f"{path}: line {line}: utc: '{text}' names no time zone, expected a Z at its end")
    return moment.timestamp()
