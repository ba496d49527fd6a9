"""The pure chain from a frame to accusations. Suspicion comes before identity: a plate is read only after its
vehicle has broken a rule, and what broke none is forgotten with its track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kirpik.accusing import Accused, accusation, utc_ns
from kirpik.road.camera import on_height, project
from kirpik.road.motion import belongs, measure
from kirpik.road.path import HEIGHT_PRIOR_M, path_of
from kirpik.road.watch import Watch
from kirpik.rules.around import Around, Seen
from kirpik.rules.carried import is_carried
from kirpik.rules.exempt import is_exempt
from kirpik.rules.judge import Case, judge
from kirpik.rules.lamp import Lamps
from kirpik.rules.signals import Timeline
from kirpik.rules.speeding import confirm, doubt
from kirpik.rules.told import Told
from kirpik.rules.verdicts import DOUBTS, Doubt, Suspicion, Withheld
from kirpik.site import Site
from kirpik.values import Frame, Motion, Quad, Reading, RoadPath, Sighting, SignalChange, TrackPoint, Violation
from kirpik.vision.patch import Patch
from kirpik.vision.scenery import Scenery
from kirpik.vision.track import Track, Tracker

SIGHTINGS_LEAST = 4
"""A rectangle seen less often than this is no vehicle."""


class Finder(Protocol):
    """Pixels → plate rectangles with sub-pixel corners."""

    def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:
        """`expected` is where the open tracks' plates should be."""


ReadPlate = Callable[[Sequence[Patch]], Reading | None]
"""A suspect's patches → its plate, or None when it cannot be read with confidence."""

Register = Callable[[Sequence[Patch], Sequence[TrackPoint]], Sequence[TrackPoint] | None]
"""A read plate's patches, laid over one another → outlines finer than were followed, or None when they do not fit."""


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

    def __init__(
        self, site: Site, finder: Finder, read_plate: ReadPlate, register: Register = lambda _patches, _points: None,
        *, watch: Watch | None = None,
    ) -> None:  # fmt: skip
        self._site = site
        self._finder = finder
        self._read_plate = read_plate
        self._register = register
        self._watch = watch or Watch()
        self._scenery = Scenery()
        self._tracker = Tracker(self._to_road, self._to_picture)
        self._signals = Timeline(site.signals)
        self._lamps = Lamps(site.signals)
        self._around = Around(site.lanes)
        self._told = Told()
        self.counts = Counts()

    def signal(self, change: SignalChange) -> None:
        self._signals.add(change)

    def step(self, frame: Frame) -> list[Violation]:
        """Take one frame; return the accusations against vehicles that are now out of sight."""
        self.counts.frames += 1
        self._watch.see(frame)
        self._watch.look(self._scenery.see(frame), self._site.camera)
        high, wide = frame.luma.shape
        expected = self._tracker.expected(frame.sensor_timestamp_ns, (wide, high))
        sightings = self._finder.find(frame, expected)
        ended = self._tracker.update(frame, sightings)
        if self._around.due(frame.sensor_timestamp_ns):
            self._look_around(frame.sensor_timestamp_ns)
        return self._settle(ended)

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

    def _look_around(self, now_ns: int) -> None:
        places = {t.number: ((float(t.road_m[0]), float(t.road_m[1])), t.points[-1]) for t in self._tracker.open}
        self._around.look(now_ns, places)

    def _accuse(self, track: Track) -> list[Violation]:
        seen = self._around.take(track.number)
        if len(track.points) < SIGHTINGS_LEAST:
            return []
        self.counts.tracks += 1
        path = path_of(track.points, self._site.camera, self._site.pose)
        case = self._case(track, path, seen)
        motion = case.measure()
        if motion is not None and doubt(motion) in (None, "calibration"):
            self._watch.add(motion)
        verdicts = [self._doubted(verdict) for verdict in judge(case)]
        if verdicts and self._is_carried(seen):
            return []
        suspicions = self._counted(verdicts)
        return self._identify(track, path, suspicions, motion) if suspicions else []

    def _doubted(self, verdict: Suspicion | Withheld) -> Suspicion | Withheld:
        why_not = self._watch.why_not() if isinstance(verdict, Suspicion) else None
        return verdict if why_not is None else Withheld(why_not)

    def _counted(self, verdicts: Sequence[Suspicion | Withheld]) -> list[Suspicion]:
        """Doubts become counts; suspicions go on."""
        for verdict in verdicts:
            if isinstance(verdict, Withheld):
                self.counts.withheld[verdict.doubt] += 1
        return [verdict for verdict in verdicts if isinstance(verdict, Suspicion)]

    def _case(self, track: Track, path: RoadPath, seen: Seen) -> Case:
        return Case(
            site=self._site,
            path=path,
            signals=self._signals,
            measure=_once(lambda: self._measure(track.points)),
            utc_ns=lambda moment_ns: utc_ns(track, moment_ns),
            queue_ns=seen.queue,
            clock_error_us=self._watch.clock_error_us,
        )

    def _is_carried(self, seen: Seen) -> bool:
        """Whether the plate moved rigidly with one that it rides on."""
        camera, pose = self._site.camera, self._site.pose
        pairs = [tuple(zip(*shared, strict=True)) for shared in seen.partners.values()]
        return any(is_carried(path_of(mine, camera, pose), path_of(theirs, camera, pose)) for mine, theirs in pairs)

    def _identify(
        self, track: Track, path: RoadPath, suspicions: Sequence[Suspicion], motion: Motion | None
    ) -> list[Violation]:
        """The only place where a plate is read."""
        self.counts.suspects += 1
        self.counts.reader_calls += 1
        reading = self._read_plate(self._own(track, motion))
        if reading is None:
            self.counts.withheld["unreadable"] += 1
            return []
        charged = [suspicion for suspicion in suspicions if not is_exempt(suspicion.rule, reading.plate)]
        self.counts.withheld["exempt"] += len(suspicions) - len(charged)
        last_ns = track.points[-1].sensor_timestamp_ns
        new = [suspicion for suspicion in charged if self._told.is_new(suspicion, reading.plate, last_ns)]
        finer = self._register([*track.trail, *track.patches], track.points) if any(s.motion for s in new) else None
        again = None if finer is None else self._measure(finer)
        sure = self._counted([confirm(suspicion, again) for suspicion in new])
        accused = Accused(track, path, reading)
        return [
            accusation(
                self._site, self._signals, accused, suspicion, clock_error_us=self._watch.clock_error_us,
                clock_source=self._watch.clock().source, measured=finer if suspicion.motion is again else None,
            )
            for suspicion in sure
        ]  # fmt: skip

    def _own(self, track: Track, motion: Motion | None) -> list[Patch]:
        """The patches of the vehicle that was measured: a track may have slipped to another's plate for a while."""
        if motion is None or doubt(motion) is not None:
            return track.patches
        camera, pose = self._site.camera, self._site.pose
        own = {p.sensor_timestamp_ns for p in track.points if belongs(motion, p, camera, pose)}
        return [patch for patch in track.patches if patch.sensor_timestamp_ns in own]

    def _measure(self, points: Sequence[TrackPoint]) -> Motion | None:
        return measure(points, self._site.camera, self._site.pose)

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
