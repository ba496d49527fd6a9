"""The pure chain from a frame to accusations. Suspicion comes before identity: a plate is read only after its
vehicle has broken a rule, and what broke none is forgotten with its track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import on_height, project
from kirpik.road.motion import choose, measure
from kirpik.road.path import HEIGHT_PRIOR_M, path_of
from kirpik.rules.exempt import is_exempt
from kirpik.rules.judge import judge
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import DOUBTS, Doubt, Suspicion, Withheld
from kirpik.site import SignalRule, Site, kind_of
from kirpik.values import Frame, Motion, Quad, Reading, RoadPath, Sighting, SignalChange, Violation
from kirpik.vision.patch import Patch
from kirpik.vision.track import Track, Tracker

SIGHTINGS_LEAST = 4
"""A rectangle seen less often than this is no vehicle."""


class Finder(Protocol):
    """Pixels → plate rectangles with sub-pixel corners."""

    def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:
        """`expected` is where the open tracks' plates should be."""


ReadPlate = Callable[[Sequence[Patch]], Reading | None]
"""A suspect's patches → its plate, or None when it cannot be read with confidence."""


@dataclass(slots=True)
class Counts:
    """All that remains of innocent traffic."""

    frames: int = 0
    tracks: int = 0
    suspects: int = 0
    reader_calls: int = 0
    violations: int = 0
    withheld: dict[Doubt, int] = field(default_factory=lambda: dict.fromkeys(DOUBTS, 0))


class Pipeline:
    """Owns the open tracks. Frames and signal changes go in in the order of their times; violations come out."""

    def __init__(self, site: Site, finder: Finder, read_plate: ReadPlate) -> None:
        self._site = site
        self._finder = finder
        self._read_plate = read_plate
        self._tracker = Tracker(self._to_road, self._to_picture)
        self._signals = Timeline()
        self.counts = Counts()

    def signal(self, change: SignalChange) -> None:
        self._signals.add(change)

    def step(self, frame: Frame) -> list[Violation]:
        """Take one frame; return the accusations against vehicles that are now out of sight."""
        self.counts.frames += 1
        high, wide = frame.luma.shape
        expected = self._tracker.expected(frame.sensor_timestamp_ns, (wide, high))
        sightings = self._finder.find(frame, expected)
        return self._settle(self._tracker.update(frame, sightings))

    def finish(self) -> list[Violation]:
        """No more frames: judge what is still in sight."""
        return self._settle(self._tracker.finish())

    def _settle(self, ended: Sequence[Track]) -> list[Violation]:
        found: list[Violation] = []
        for track in ended:
            try:
                found += self._accuse(track)
            finally:
                track.forget()
        self.counts.violations += len(found)
        return found

    def _accuse(self, track: Track) -> list[Violation]:
        if len(track.points) < SIGHTINGS_LEAST:
            return []
        self.counts.tracks += 1
        path = path_of(track.points, self._site.camera, self._site.pose)
        verdicts = judge(self._site, path, self._signals, _once(lambda: self._measure(track)), track.points[-1].utc_ns)
        for verdict in verdicts:
            if isinstance(verdict, Withheld):
                self.counts.withheld[verdict.doubt] += 1
        suspicions = [verdict for verdict in verdicts if isinstance(verdict, Suspicion)]
        return self._identify(track, path, suspicions) if suspicions else []

    def _identify(self, track: Track, path: RoadPath, suspicions: Sequence[Suspicion]) -> list[Violation]:
        """The only place where a plate is read."""
        self.counts.suspects += 1
        self.counts.reader_calls += 1
        reading = self._read_plate(track.patches)
        if reading is None:
            self.counts.withheld["unreadable"] += 1
            return []
        charged = [suspicion for suspicion in suspicions if not is_exempt(suspicion.rule, reading.plate)]
        self.counts.withheld["exempt"] += len(suspicions) - len(charged)
        return [self._violation(track, path, suspicion, reading) for suspicion in charged]

    def _violation(self, track: Track, path: RoadPath, suspicion: Suspicion, reading: Reading) -> Violation:
        rule, motion = suspicion.rule, suspicion.motion
        points = choose(track.points) if motion else track.points
        nearest = min(track.points, key=lambda point: abs(point.sensor_timestamp_ns - suspicion.moment_ns))
        offset_ns = suspicion.moment_ns - nearest.sensor_timestamp_ns
        best = max(track.patches, key=lambda patch: patch.width_px)
        return Violation(
            kind=kind_of(rule),
            rule_number=self._site.rules.index(rule),
            reading=reading,
            lane=suspicion.lane,
            sensor_timestamp_ns=suspicion.moment_ns,
            utc_ns=None if nearest.utc_ns is None else nearest.utc_ns + offset_ns,
            clock_error_us=None,
            legal_basis=rule.legal_basis,
            frames=motion.frames if motion else len(track.points),
            crop=best.luma.copy(),
            track=tuple(points),
            signal_changes=self._shown(rule, path) if isinstance(rule, SignalRule) else (),
            speed_kmh=motion.speed_kmh if motion else None,
            uncertainty_kmh=motion.uncertainty_kmh if motion else None,
            charged_kmh=suspicion.charged_kmh,
            limit_kmh=getattr(rule, "limit_kmh", None),
            height_m=motion.height_m if motion else path.height_m,
        )

    def _shown(self, rule: SignalRule, path: RoadPath) -> tuple[SignalChange, ...]:
        return self._signals.between(rule.signal, path.start_ns, path.moment_ns(float(path.t_s[-1])))

    def _measure(self, track: Track) -> Motion | None:
        return measure(track.points, self._site.camera, self._site.pose)

    def _to_road(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        return on_height(pixels, HEIGHT_PRIOR_M, self._site.camera, self._site.pose)

    def _to_picture(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        raised = np.column_stack([places, np.full(len(places), HEIGHT_PRIOR_M)])
        return project(raised, self._site.camera, self._site.pose)


def _once(measured: Callable[[], Motion | None]) -> Callable[[], Motion | None]:
    """A measure is taken at most once a track, however many rules ask."""
    kept: list[Motion | None] = []

    def ask() -> Motion | None:
        if not kept:
            kept.append(measured())
        return kept[0]

    return ask
