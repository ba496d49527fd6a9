"""Follow anonymous rectangles from frame to frame. A track is numbers, and its few best patches until it ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Frame, Quad, Sighting, TrackPoint
from kirpik.vision.patch import Patch, keep, keep_trail

ToRoad = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Pixels (n, 2) → metres on the road (n, 2); nan above the horizon."""
ToPicture = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""The other way round; nan behind the camera."""

LOST_AFTER_S = 0.6
LOST_STANDING_S = 5.0
"""A plate that stood when it was hidden is waited for so long, at exactly its own place."""
STANDING_S, STANDING_WIDTHS = 0.7, 0.08
"""A plate whose centre moved less than this share of its width in this time stands."""
BEGIN_SCORE = 0.5
"""A weaker sighting may go on with a track but begins none (ByteTrack, Zhang et al. 2022)."""
SURE_SIGMA = 0.01
"""But where the corner finder doubts the corners by no more than this share of the width, it is taken for a plate all
the same: by lettering and lamps it is seldom so sure."""
MOTION_KNOWN_FROM = 3
"""Points; from then on a track says where its plate should be."""
UNCONFIRMED_S = 0.5
"""So long a track may go on by what the corner finder alone says."""
UNCONFIRMED_STANDING_S = 5.0
"""And so long where the plate stands: it is looked for at exactly its own place."""
SPEED_MOST_MPS = 75.0
ACCELERATION_MOST_MPS2 = 12.0
SIDEWAYS = 0.15
"""Metres aside per metre ahead that a vehicle may drift between two frames."""
SLACK_M = 0.3
CORNER_NOISE_PX = 3.0
SIZE_CHANGE_MOST = 1.6
POINTS_MOST = 1200
"""A track that stands for minutes is thinned where it stood."""
THINNED_GAP_S, THINNED_WIDTHS = 0.25, 0.03

_ABOUT = np.array([(0.0, 0.0), (-0.5, 0.0), (0.5, 0.0)])
"""A place and a metre across it, on the road."""


@dataclass(slots=True, eq=False)
class Track:
    """One anonymous rectangle over time."""

    number: int
    points: list[TrackPoint] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list, repr=False)
    """The clearest, for reading."""
    trail: list[Patch] = field(default_factory=list, repr=False)
    """From all of its way, for measuring again."""
    road_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    velocity_mps: NDArray[np.float64] | None = None
    detected_ns: int = 0
    """When the detector saw it last; after that it may have been seen where it was expected."""

    def forget(self) -> None:
        """Overwrite the pixels: what broke no rule is gone with its track."""
        for patch in (*self.patches, *self.trail):
            patch.wipe()
        self.patches.clear()
        self.trail.clear()


class Tracker:
    """Joins sightings to tracks by where they can have moved on the road since the last frame."""

    def __init__(self, to_road: ToRoad, to_picture: ToPicture) -> None:
        self._to_road = to_road
        self._to_picture = to_picture
        self._open: list[Track] = []
        self._number = 0

    def update(self, frame: Frame, sightings: Sequence[Sighting]) -> list[Track]:
        """Take one frame's sightings; return the tracks that have ended."""
        centres = np.array([sighting.quad.mean(axis=0) for sighting in sightings]).reshape(-1, 2)
        places = self._to_road(centres)
        noise = np.linalg.norm(self._to_road(centres + (0.0, CORNER_NOISE_PX)) - places, axis=1)
        for sighting, track, place in self._pair(frame, sightings, places, noise):
            _extend(track, frame, sighting, place)
        return self._close(frame.sensor_timestamp_ns)

    @property
    def open(self) -> Sequence[Track]:
        """The tracks that have not ended."""
        return self._open

    def expected(self, now_ns: int, size: tuple[int, int]) -> list[Quad]:
        """Where the plates of the open tracks should be by now, those that lie whole in a picture of width × height."""
        quads = [self._expected(track, now_ns) for track in self._open if _is_sure(track, now_ns)]
        return [quad for quad in quads if bool(((quad > 0) & (quad < np.subtract(size, 1))).all())]

    def _expected(self, track: Track, now_ns: int) -> Quad:
        """The last outline, its centre moved over the road at the height at which it is followed, and scaled as depth
        demands; upright as it is, each corner by itself would lean over."""
        last = track.points[-1]
        velocity = np.zeros(2) if track.velocity_mps is None else track.velocity_mps
        centre = last.quad.mean(axis=0)
        here = self._to_road(centre[None]) + _ABOUT
        then = here + velocity * ((now_ns - last.sensor_timestamp_ns) / 1e9)
        (before, *span_before), (after, *span_after) = self._to_picture(here), self._to_picture(then)
        grown = np.hypot(*(span_after[1] - span_after[0])) / np.hypot(*(span_before[1] - span_before[0]))
        return np.asarray(centre + (after - before) + (last.quad - centre) * grown)

    def finish(self) -> list[Track]:
        """End every track."""
        ended, self._open = self._open, []
        return ended

    def _pair(
        self, frame: Frame, sightings: Sequence[Sighting], places: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> list[tuple[Sighting, Track, NDArray[np.float64]]]:
        """Cheapest pairs first; a sighting that fits no track begins one."""
        costs = [
            (cost, i, track)
            for i, sighting in enumerate(sightings)
            for track in self._open
            if (cost := _cost(track, frame, sighting.quad, places[i], noise[i])) is not None
        ]
        pairs, taken_sightings, taken_tracks = [], set(), set()
        for _, i, track in sorted(costs, key=lambda item: item[0]):
            if i in taken_sightings or track.number in taken_tracks:
                continue
            taken_sightings.add(i)
            taken_tracks.add(track.number)
            pairs.append((sightings[i], track, places[i]))
        for i, sighting in enumerate(sightings):
            if i not in taken_sightings and _may_begin(sighting) and np.isfinite(places[i]).all():
                pairs.append((sighting, self._begin(), places[i]))
        return pairs

    def _begin(self) -> Track:
        self._number += 1
        track = Track(self._number)
        self._open.append(track)
        return track

    def _close(self, now_ns: int) -> list[Track]:
        ended = [track for track in self._open if _is_lost(track, now_ns)]
        self._open = [track for track in self._open if track not in ended]
        return ended


def _may_begin(sighting: Sighting) -> bool:
    """Whether the detector, or the detector and the corner finder together, are sure enough of it for a new track."""
    sure = sighting.sigma_px < SURE_SIGMA * _width(sighting.quad)
    return sighting.score >= BEGIN_SCORE or (sighting.score > 0 and sure)


def _is_lost(track: Track, now_ns: int) -> bool:
    unseen_s = (now_ns - track.points[-1].sensor_timestamp_ns) / 1e9
    return unseen_s > (LOST_STANDING_S if unseen_s > LOST_AFTER_S and _stands(track) else LOST_AFTER_S)


def _stands(track: Track) -> bool:
    """Whether its last sightings, over STANDING_S at least, are at one place."""
    last = track.points[-1]
    then_ns = last.sensor_timestamp_ns - STANDING_S * 1e9
    before = next((point for point in reversed(track.points) if point.sensor_timestamp_ns <= then_ns), None)
    return before is not None and _apart_widths(before.quad, last.quad) < STANDING_WIDTHS


def _apart_widths(before: Quad, after: Quad) -> float:
    return float(np.hypot(*(after.mean(axis=0) - before.mean(axis=0)))) / max(_width(before), 1e-6)


def _cost(track: Track, frame: Frame, quad: Quad, place: NDArray[np.float64], noise_m: float) -> float | None:
    """How badly the place fits the track, 0 best, None when it cannot be the same vehicle."""
    last = track.points[-1]
    dt = (frame.sensor_timestamp_ns - last.sensor_timestamp_ns) / 1e9
    if dt <= 0 or not _same_size(last.quad, quad, len(track.points)):
        return None
    if dt > LOST_AFTER_S:
        apart = _apart_widths(last.quad, quad)
        return apart if apart < STANDING_WIDTHS else None
    if track.velocity_mps is None:
        ahead = abs(place[1] - track.road_m[1])
        aside = abs(place[0] - track.road_m[0])
        reach = SPEED_MOST_MPS * dt + noise_m
    else:
        off = place - (track.road_m + track.velocity_mps * dt)
        ahead, aside = abs(off[1]), abs(off[0])
        reach = (
            SLACK_M
            + 2 * noise_m
            + ACCELERATION_MOST_MPS2 * dt * dt
            + 0.3 * float(np.abs(track.velocity_mps).max()) * dt
        )
    width = SLACK_M + 0.5 * noise_m + SIDEWAYS * (reach if track.velocity_mps is not None else ahead)
    if ahead > reach or aside > width:
        return None
    return float(ahead / reach + aside / width)


def _is_sure(track: Track, now_ns: int) -> bool:
    """Whether its motion is known, and the detector has lately seen it."""
    alone_s = (now_ns - track.detected_ns) / 1e9
    most_s = UNCONFIRMED_STANDING_S if alone_s > UNCONFIRMED_S and _stands(track) else UNCONFIRMED_S
    return len(track.points) >= MOTION_KNOWN_FROM and alone_s <= most_s


def _same_size(before: Quad, after: Quad, seen: int) -> bool:
    ratio = _width(after) / _width(before)
    most = SIZE_CHANGE_MOST if seen < 3 else 1 + (SIZE_CHANGE_MOST - 1) / 2
    return 1 / most < ratio < most


def _width(quad: Quad) -> float:
    return float(np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2


def _extend(track: Track, frame: Frame, sighting: Sighting, place: NDArray[np.float64]) -> None:
    if track.points:
        dt = (frame.sensor_timestamp_ns - track.points[-1].sensor_timestamp_ns) / 1e9
        _follow(track, place, dt)
    else:
        track.road_m = place
    if sighting.score > 0:
        track.detected_ns = frame.sensor_timestamp_ns
    track.points.append(
        TrackPoint(frame.sensor_timestamp_ns, frame.exposure_us, frame.utc_ns, sighting.quad, sighting.sigma_px)
    )
    if len(track.points) > POINTS_MOST:
        track.points[:] = _thinned(track.points)
    keep(track.patches, frame, sighting.quad, _width(sighting.quad))
    keep_trail(track.trail, frame, sighting.quad, _width(sighting.quad))


def _thinned(points: list[TrackPoint]) -> list[TrackPoint]:
    """Where the plate stood, a point every THINNED_GAP_S, or twice that and so on, until a quarter has gone."""
    gap_ns, kept = THINNED_GAP_S * 1e9, points
    while len(kept) > 0.75 * POINTS_MOST:
        kept, before = [], kept
        for point in before:
            late = not kept or point.sensor_timestamp_ns - kept[-1].sensor_timestamp_ns >= gap_ns
            if late or _apart_widths(kept[-1].quad, point.quad) > THINNED_WIDTHS:
                kept.append(point)
        kept = kept if len(kept) < len(before) or gap_ns < 60e9 else before[::2]
        gap_ns *= 2
    return kept


def _follow(track: Track, place: NDArray[np.float64], dt: float) -> None:
    """Alpha-beta filter: half of what is new in place, and a third of it in velocity."""
    if track.velocity_mps is None:
        track.velocity_mps = (place - track.road_m) / dt
        track.road_m = place
        return
    expected = track.road_m + track.velocity_mps * dt
    off = place - expected
    track.road_m = expected + 0.6 * off
    track.velocity_mps = track.velocity_mps + 0.3 * off / dt
