"""The numbers once more: what follows from the track, held against what the record claims.

The record holds whole numbers: corners to 1/32 px, camera and lanes to a millimetre. What comes out again may differ by
that rounding and no more: on 400 simulated passes it differed by 0.03 km/h at most, and the tolerance is three times
that.
"""

import math
from datetime import timedelta

from kirpik.recompute import Recomputed, in_hours, known_offset, recompute
from kirpik.values import Motion
from kirpik.wire.record import Record
from kirpik_provisioning.verify.finding import Finding, good, not_checked, refused

SPEED_TOLERANCE_KMH = 0.10
SIGMA_TOLERANCE_KMH = 0.05
MOMENT_TOLERANCE_MS = {"speeding": 2.0, "red_light": 30.0, "no_stopping": 5000.0}
"""A stand of many minutes is told every five seconds, where it begins as well."""
MOMENT_TOLERANCE_ELSE_MS = 200.0
LEAST_KMH, LEAST_SHARE, SIGMAS = 3.0, 0.03, 3.0
"""What is deducted before a speed is charged: the largest of the three."""


def check_numbers(record: Record) -> tuple[list[Finding], Recomputed | None]:
    again = recompute(record)
    if again is None:
        return [refused("track", "track-missing")], None
    findings = [good("track", frames=len(record.track), seconds=_seconds(record))]
    if record.speed_m_per_h is not None:
        findings += _check_speed(record, again)
    if record.kind == "speeding":
        findings.append(_check_charge(record))
    if record.terms.hours is not None:
        findings.append(_check_hours(record, record.terms.hours))
    return [*findings, _check_rule(record, again)], again


def _seconds(record: Record) -> float:
    return (record.track[-1].time_us - record.track[0].time_us) / 1e6


def _check_speed(record: Record, again: Recomputed) -> list[Finding]:
    """The claim may lie below what follows, because the lower of two measures is charged; never above."""
    told, sigma = (record.speed_m_per_h or 0) / 1000, (record.uncertainty_m_per_h or 0) / 1000
    motion = again.motion
    if motion is None:
        return [refused("speed", "speed-no-measure")]
    says = {"told": told, "found": motion.speed_kmh, "sigma": sigma, "found_sigma": motion.uncertainty_kmh}
    if abs(told - motion.speed_kmh) > SPEED_TOLERANCE_KMH:
        return [refused("speed", "speed-differs", **says)]
    if motion.uncertainty_kmh - sigma > SIGMA_TOLERANCE_KMH:
        return [refused("speed", "uncertainty-differs", **says)]
    return [good("speed", **says), _check_second(motion, agree=again.estimators_agree)]


def _check_second(motion: Motion, *, agree: bool) -> Finding:
    """Two estimators that share no fit; the unit's own limit decides whether they agree."""
    says = {"told": motion.fit_kmh, "found": motion.gates_kmh, "gates": motion.gates}
    if not agree:
        return refused("second", "second-differs", **says)
    return good("second", **says)


def _check_charge(record: Record) -> Finding:
    told = (record.speed_m_per_h, record.uncertainty_m_per_h, record.charged_m_per_h, record.limit_m_per_h)
    if None in told:
        return refused("charge", "charge-missing")
    speed, sigma, charged, limit = (float(value or 0) / 1000 for value in told)
    deducted = deduction_kmh(speed, sigma)
    says = {"told": speed, "deducted": deducted, "charged": charged, "limit": limit}
    says["threshold"] = limit + _over_m_per_h(record) / 1000
    if charged > math.floor(speed - deducted + 0.002):  # the record's own rounding, to 1 m/h each
        return refused("charge", "charge-too-high", **says)
    if charged < says["threshold"]:
        return refused("charge", "charge-below-threshold", **says)
    return good("charge", **says)


def _over_m_per_h(record: Record) -> int:
    """Above the limit: from where on a warning warns, or a charge charges."""
    warn, over = record.terms.warn_m_per_h, record.terms.over_m_per_h or 0
    return over if warn is None or record.outcome == "charge" else warn


def _check_hours(record: Record, hours: str) -> Finding:
    """By the local time that the unit took, and by the one that this computer knows; on both the rule has to hold."""
    told_min = record.utc_offset_min
    if record.moment_utc_ns is None or told_min is None:
        return refused("hours", "hours-without-clock", hours=hours)
    if not in_hours(record, timedelta(minutes=told_min)):
        return refused("hours", "hours-outside", hours=hours)
    known = known_offset(record)
    if known is None:
        return not_checked("hours", "zone-unknown", zone=record.timezone)
    if not in_hours(record, known):
        offsets = {"told": as_offset(told_min), "known": as_offset(round(known.total_seconds() / 60))}
        return refused("hours", "zone-differs", zone=record.timezone, hours=hours, **offsets)
    return good("hours", hours=hours)


def as_offset(minutes: int) -> str:
    """As ISO 8601 writes it: +05:00."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def deduction_kmh(speed_kmh: float, sigma_kmh: float) -> float:
    return max(LEAST_KMH, LEAST_SHARE * speed_kmh, SIGMAS * sigma_kmh)


def _check_rule(record: Record, again: Recomputed) -> Finding:
    off_us = again.moment_off_us
    if again.suspicion is None or off_us is None:
        return refused("rule", "rule-not-broken", kind=record.kind)
    allowed_ms = MOMENT_TOLERANCE_MS.get(record.kind, MOMENT_TOLERANCE_ELSE_MS)
    if abs(off_us) > 1000 * allowed_ms:
        return refused("rule", "moment-differs", off=off_us / 1000, allowed=allowed_ms)
    return good("rule", kind=record.kind, off=abs(off_us) / 1000)
