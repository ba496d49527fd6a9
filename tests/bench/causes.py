"""Why an offender went free: what the pipeline made of each of his tracks, held against the truth."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kirpik.pipeline import Pipeline, ReadPlate
from kirpik.values import Luma, Motion, Quad, Reading, TrackPoint, Violation
from kirpik.vision.patch import Patch
from kirpik.vision.read import Reader
from kirpik.vision.track import Track

Json = dict[str, Any]
NEAR_SHARE = 0.25
"""A true outline whose centre is nearer than that share of its width is the one that was followed."""
SHOWN = 4


@dataclass(slots=True)
class Judged:
    """One track after its end."""

    points: Sequence[TrackPoint]
    accused: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    measured: str = ""
    heard: str = ""
    """What the reader made of it, where that was not enough."""
    shown: Sequence[Luma] = ()
    """The clearest of what it was shown then."""

    def __str__(self) -> str:
        reasons = [*self.withheld, *(f"accused of {kind}" for kind in self.accused)] or ["no rule tripped"]
        told = filter(None, (", ".join(reasons), self.measured, self.heard))
        return f"{len(self.points)} frames: {', '.join(told)}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Of one offence that was missed."""

    offence: str
    """Kind and plate, as the score tells it."""
    seen_in: int
    """Frames that show the plate whole."""
    tracks: Sequence[Judged]

    @property
    def kind(self) -> str:
        return self.offence.rsplit(maxsplit=1)[0]

    @property
    def plate(self) -> str:
        return self.offence.rsplit(maxsplit=1)[-1]

    @property
    def text(self) -> str:
        tracks = "; ".join(map(str, self.tracks)) or "never followed"
        return f"{self.offence}: to be seen in {self.seen_in} frames; {tracks}"

    @property
    def reason(self) -> str:
        """In a word or two: of the track that came furthest."""
        reasons = [reason for track in self.tracks for reason in track.withheld]
        if reasons:
            return reasons[0]
        return "no rule tripped" if self.tracks else "never followed"

    @property
    def why(self) -> str:
        """As it is counted: kind and reason."""
        return f"{self.kind}: {self.reason}"

    @property
    def unread(self) -> Sequence[Luma]:
        return next((track.shown for track in self.tracks if track.heard), ())


@dataclass(slots=True)
class Causes:
    """Looks over a pipeline's shoulder for one clip. Simulated plates alone; a unit keeps none of this."""

    _judged: list[Judged] = field(default_factory=list)
    _measured: str = ""
    _unread: tuple[str, Sequence[Luma]] = ("", ())

    def attend(self, pipeline: Pipeline) -> None:
        accuse, measure, read = pipeline._accuse, pipeline._measure, pipeline._read_plate

        def accusing(track: Track) -> list[Violation]:
            points, before = tuple(track.points), Counter(pipeline.counts.withheld)
            self._measured, self._unread = "", ("", ())
            found = accuse(track)
            withheld = Counter(pipeline.counts.withheld) - before
            kinds = tuple(violation.kind for violation in found)
            self._judged.append(Judged(points, kinds, tuple(withheld), self._measured, *self._unread))
            return found

        def measuring(points: Sequence[TrackPoint]) -> Motion | None:
            motion = measure(points)
            self._measured = "not to be measured" if motion is None else _told(motion)
            return motion

        def reading(patches: Sequence[Patch]) -> Reading | None:
            found = read(patches)
            if found is None and patches:
                clear = sorted(patches, key=lambda patch: -patch.clarity)[:SHOWN]
                self._unread = (_heard(read, patches), [patch.luma.copy() for patch in clear])
            return found

        pipeline._accuse = accusing  # type: ignore[method-assign]
        pipeline._measure = measuring  # type: ignore[method-assign]
        pipeline._read_plate = reading

    def of(self, missed: Sequence[str], truth: Json, fps: float) -> list[Cause]:
        """`missed` as the score tells it: kind and plate."""
        return [self._of(one, truth, fps) for one in missed]

    def _of(self, offence: str, truth: Json, fps: float) -> Cause:
        plate = offence.rsplit(maxsplit=1)[-1]
        vehicle = next(v for v in truth["vehicles"] if v["plate"] == plate)
        outlines = dict(_outlines(vehicle, fps))
        own = [track for track in self._judged if _is_of(track, outlines)]
        return Cause(offence, sum(row[-2] >= 0.97 for row in vehicle["frames"]), own)


def _told(motion: Motion) -> str:
    two = f"fit {motion.fit_kmh:.1f}, gates {motion.gates_kmh:.1f} over {motion.length_m:.0f} m"
    return f"{motion.speed_kmh:.1f} ± {motion.uncertainty_kmh:.2f} km/h ({two}, chi2 {motion.chi2_per_dof:.1f})"


def _heard(read: ReadPlate, patches: Sequence[Patch]) -> str:
    reader = getattr(read, "__self__", None)
    if not isinstance(reader, Reader):
        return "unread"
    looks = reader.looks(patches)
    vote = reader.vote(looks)
    if vote is None:
        return f"nothing read in {len(patches)} patches"
    reading = reader.reading(vote)
    sure = "in no grammar" if reading is None else f"at {reading.confidence:.4f}"
    return f"'{vote.text}' {sure}, {len(patches)} patches, widest {max(p.width_px for p in patches):.0f} px"


def _outlines(vehicle: Json, fps: float) -> Iterator[tuple[int, Quad]]:
    for number, *corners, _, _ in vehicle["frames"]:
        yield round(number / fps * 1e9), np.array(corners).reshape(4, 2)


def _is_of(track: Judged, outlines: dict[int, Quad]) -> bool:
    """Whether at least half of its points lie on this vehicle's plate."""
    return 2 * sum(_on(point, outlines.get(point.sensor_timestamp_ns)) for point in track.points) >= len(track.points)


def _on(point: TrackPoint, true: Quad | None) -> bool:
    if true is None:
        return False
    wide = float(np.linalg.norm(true[1] - true[0]))
    return bool(np.linalg.norm(point.quad.mean(axis=0) - true.mean(axis=0)) < NEAR_SHARE * wide)
