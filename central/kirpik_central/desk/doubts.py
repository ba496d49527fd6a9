"""What speaks against an accusation, found before the officer looks: the gravest first. None of it decides."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kirpik_central.case import Opened
from kirpik_central.desk.standing import Standing

SURE_LETTER, UNSURE_LETTER = 0.97, 0.90
JUST_ABOVE_KMH = 11.0
"""Over the limit; nobody is charged below 10."""
IMPLAUSIBLE_KMH = 180.0
WIDE_KMH = 2.0
FEW_FRAMES = 12
UNEVEN_M = 0.5
SLOW_CLOCK_US = 100_000
JUST_RED_S = 1.0
LATE_MS = 7 * 24 * 3600 * 1000

Weight = Literal["grave", "slight"]


@dataclass(frozen=True, slots=True)
class Doubt:
    code: str
    weight: Weight
    values: dict[str, float | str] = field(default_factory=dict)


def doubts(case: Opened, standing: Standing) -> list[Doubt]:
    found = [*_proof(standing), *_plate(case), *_speed(case), *_track(case), *_signal(case), *_time(case)]
    return sorted(found, key=lambda doubt: doubt.weight != "grave")


def _proof(standing: Standing) -> Iterator[Doubt]:
    if standing.revoked:
        yield Doubt("unit_revoked", "grave")
    if standing.fork:
        yield Doubt("unit_fork", "grave")
    if not standing.chain:
        yield Doubt("chain_gap", "slight")


def _plate(case: Opened) -> Iterator[Doubt]:
    for place, (letter, sure) in enumerate(zip(case.plate, case.char_confidence, strict=False), start=1):
        if sure < SURE_LETTER:
            weight: Weight = "grave" if sure < UNSURE_LETTER else "slight"
            yield Doubt(
                "letter",
                weight,
                {"letter": letter, "place": str(place), "percent": math.floor(1000 * sure + 1e-6) / 10},
            )


def _speed(case: Opened) -> Iterator[Doubt]:
    if case.speed_kmh is None:
        return
    if case.speed_kmh > IMPLAUSIBLE_KMH:
        yield Doubt("implausible", "grave", {"kmh": case.speed_kmh})
    if case.uncertainty_kmh is not None and case.uncertainty_kmh > WIDE_KMH:
        yield Doubt("wide", "slight", {"kmh": case.uncertainty_kmh})
    if case.charged_kmh is None or case.limit_kmh is None:
        return
    if case.charged_kmh <= case.limit_kmh:
        yield Doubt("no_excess", "grave")
    elif case.charged_kmh - case.limit_kmh < JUST_ABOVE_KMH:
        yield Doubt("just_above", "slight", {"kmh": case.charged_kmh - case.limit_kmh})


def _track(case: Opened) -> Iterator[Doubt]:
    if len(case.track) < FEW_FRAMES:
        yield Doubt("few_frames", "slight", {"frames": str(len(case.track))})
    uneven_m = unevenness_m(case)
    if uneven_m > UNEVEN_M:
        yield Doubt("uneven", "grave", {"metres": uneven_m})


def unevenness_m(case: Opened) -> float:
    """How far the plate's places stray from one smooth drive (a cubic in time on each axis), at most."""
    seen = [(one.t_s, *one.foot_m) for one in case.track if one.foot_m is not None]
    if len(seen) < 6 or case.kind in ("no_stopping", "stop_line"):  # they brake and stand
        return 0.0
    times, *axes = np.array(seen, dtype=float).T
    times = (times - times.mean()) / max(float(np.ptp(times)), 1e-6)
    base = np.vander(times, 4)
    strays = [axis - base @ np.linalg.lstsq(base, axis, rcond=None)[0] for axis in axes]
    return float(np.sqrt(sum(stray**2 for stray in strays)).max())


def _signal(case: Opened) -> Iterator[Doubt]:
    if case.kind not in ("red_light", "stop_line"):
        return
    before = [signal for signal in case.signals if signal.t_s <= 0]
    if not before:
        yield Doubt("no_signal", "grave")
    elif before[-1].phase not in ("red", "red_amber"):
        yield Doubt("not_red", "grave")
    elif case.kind == "red_light" and -before[-1].t_s < JUST_RED_S:
        yield Doubt("just_red", "slight", {"seconds": -before[-1].t_s})


def _time(case: Opened) -> Iterator[Doubt]:
    if case.utc_ns is None or case.clock_source in ("none", "unsynchronised"):
        yield Doubt("clock", "grave")
    elif case.clock_error_us is not None and case.clock_error_us > SLOW_CLOCK_US:
        yield Doubt("clock_error", "slight", {"ms": case.clock_error_us / 1000})
    if case.utc_ns is not None and case.received_utc_ms - case.utc_ns / 1e6 > LATE_MS:
        yield Doubt("late", "slight", {"days": (case.received_utc_ms - case.utc_ns / 1e6) / 86_400_000})
