"""A suspicion whose plate has been read becomes an accusation: all that may be told of it, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass

from kirpik.road.motion import choose
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion
from kirpik.site import SignalRule, Site, kind_of
from kirpik.values import Reading, RoadPath, SignalChange, TrackPoint, Violation
from kirpik.vision.track import Track


@dataclass(frozen=True, slots=True)
class Accused:
    """A vehicle that has been read, as it was followed."""

    track: Track
    path: RoadPath
    reading: Reading


def accusation(
    site: Site, signals: Timeline, accused: Accused, suspicion: Suspicion, *, measured: Sequence[TrackPoint] | None,
    clock_error_us: int, clock_source: str,
) -> Violation:  # fmt: skip
    """`measured` is what the speed was measured on, where that is not the track itself."""
    rule, motion, track = suspicion.rule, suspicion.motion, accused.track
    points = choose(measured or track.points) if motion else track.points
    best = max(track.patches, key=lambda patch: patch.clarity)
    return Violation(
        kind=kind_of(rule),
        rule_number=site.rules.index(rule),
        reading=accused.reading,
        lane=suspicion.lane,
        sensor_timestamp_ns=suspicion.moment_ns,
        utc_ns=utc_ns(track, suspicion.moment_ns),
        clock_error_us=clock_error_us or None,
        clock_source=clock_source,
        legal_basis=rule.legal_basis,
        frames=motion.frames if motion else len(track.points),
        crop=best.luma.copy(),
        track=tuple(points),
        signal_changes=_shown(signals, rule, accused.path) if isinstance(rule, SignalRule) else (),
        speed_kmh=motion.speed_kmh if motion else None,
        uncertainty_kmh=motion.uncertainty_kmh if motion else None,
        charged_kmh=suspicion.charged_kmh,
        limit_kmh=getattr(rule, "limit_kmh", None),
        outcome=suspicion.outcome,
        height_m=motion.height_m if motion else accused.path.height_m,
    )


def utc_ns(track: Track, moment_ns: int) -> int | None:
    """From the nearest frame that had it."""
    nearest = min(track.points, key=lambda point: abs(point.sensor_timestamp_ns - moment_ns))
    return None if nearest.utc_ns is None else nearest.utc_ns + moment_ns - nearest.sensor_timestamp_ns


def _shown(signals: Timeline, rule: SignalRule, path: RoadPath) -> tuple[SignalChange, ...]:
    return signals.between(rule.signal, path.start_ns, path.moment_ns(float(path.t_s[-1])))
