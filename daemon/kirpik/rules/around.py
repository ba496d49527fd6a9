"""What the other vehicles around one were doing: who stood ahead of it, and what it moved rigidly with.

Only numbers, kept with the vehicle that they concern, and gone with it.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kirpik.rules.lanes import inside
from kirpik.site import Lane
from kirpik.values import TrackPoint

LOOK_EVERY_S, QUEUE_EVERY_S = 0.035, 0.2
STOOD_S = 1.0
STOOD_M = 0.4
"""Who moved less than this in the last second stands."""
DRIVING_M = 1.0
"""Who moved more than this in the last second drives."""
ROLLING_M = 2.5
"""Who was hidden while moving less than this in a second was about to stand: the next one in the queue hides him."""
GAP_S = 3.0
SAME_SPOT_M = 2.0
NEAR_AHEAD_M, NEAR_ASIDE_M = 22.0, 1.6
"""A plate so near may be on the same vehicle or on a towed one. Generous ahead: a high plate looks far."""
PARTNERS_MOST, SHARED_MOST = 3, 80

Place = tuple[float, float]


@dataclass(slots=True)
class Seen:
    """One open track's recent places, and what it will need to know of others when it is judged."""

    places: deque[tuple[int, Place]] = field(default_factory=deque)
    queue: list[tuple[int, int]] = field(default_factory=list)
    """Spans in which the lane ahead stood."""
    partners: dict[int, list[tuple[TrackPoint, TrackPoint]]] = field(default_factory=dict)
    """Its own and another's sightings in the same frames."""

    def stands(self) -> bool:
        return (moved := self._moved_m()) is not None and moved < STOOD_M

    def rolls(self) -> bool:
        return (moved := self._moved_m()) is not None and moved < ROLLING_M

    def drives(self) -> bool:
        return (moved := self._moved_m()) is not None and moved > DRIVING_M

    def ahead_of(self, place: Place, sign: float) -> bool:
        return sign * (self.places[-1][1][1] - place[1]) > -SAME_SPOT_M

    def _moved_m(self) -> float | None:
        """In the last second; None where it was not seen so long."""
        if not self.places:
            return None
        (first_ns, first), (last_ns, last) = self.places[0], self.places[-1]
        if last_ns - first_ns < 0.8 * STOOD_S * 1e9:
            return None
        return float(((last[0] - first[0]) ** 2 + (last[1] - first[1]) ** 2) ** 0.5)


class Around:
    """Looks at all open tracks a few times a second."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._seen: dict[int, Seen] = {}
        self._hidden: dict[str, Place] = {}
        """By lane: where somebody stood or rolled who is out of sight now, perhaps behind the next in the queue.
        He stands there until somebody is seen driving there or further ahead."""
        self._looked_ns: int | None = None
        self._queued_ns: int | None = None

    def due(self, now_ns: int) -> bool:
        return self._looked_ns is None or now_ns - self._looked_ns >= LOOK_EVERY_S * 1e9

    def look(self, now_ns: int, tracks: Mapping[int, tuple[Place, TrackPoint]]) -> None:
        """Each open track's number, with its place on the road and its newest sighting."""
        self._looked_ns = now_ns
        for number, (place, point) in tracks.items():
            seen = self._seen.setdefault(number, Seen())
            if point.sensor_timestamp_ns == now_ns:
                _move(seen, now_ns, place)
        for number, (place, point) in tracks.items():
            self._partners(number, place, point, tracks)
        if self._queued_ns is None or now_ns - self._queued_ns >= QUEUE_EVERY_S * 1e9:
            self._queued_ns = now_ns
            for lane in self._lanes:
                self._queue(now_ns, lane)

    def take(self, number: int) -> Seen:
        """What concerns a track that has ended; but for the place where it stood, it is forgotten here."""
        seen = self._seen.pop(number, Seen())
        if seen.rolls():
            self._hide(seen.places[-1][1])
        return seen

    def _hide(self, place: Place) -> None:
        """Of several out of sight the one furthest ahead counts: behind him stand the others, and their lamps."""
        for lane in self._lanes:
            known = self._hidden.get(lane.name)
            if _within(place, lane) and (known is None or _sign(lane) * (place[1] - known[1]) > 0):
                self._hidden[lane.name] = place

    def _partners(
        self, number: int, place: Place, point: TrackPoint, tracks: Mapping[int, tuple[Place, TrackPoint]]
    ) -> None:
        partners = self._seen[number].partners
        for other, (there, theirs) in tracks.items():
            near = abs(there[0] - place[0]) <= NEAR_ASIDE_M and abs(there[1] - place[1]) <= NEAR_AHEAD_M
            same_frame = theirs.sensor_timestamp_ns == point.sensor_timestamp_ns
            if other == number or not near or not same_frame:
                continue
            if other in partners or len(partners) < PARTNERS_MOST:
                shared = partners.setdefault(other, [])
                shared.append((point, theirs))
                if len(shared) > SHARED_MOST:
                    del shared[1::2]

    def _queue(self, now_ns: int, lane: Lane) -> None:
        """From the front of the lane backwards: who stands, with somebody ahead who stands."""
        sign = _sign(lane)
        here = [seen for seen in self._seen.values() if seen.places and _within(seen.places[-1][1], lane)]
        hidden = self._hidden.get(lane.name)
        if hidden is not None and (not here or any(one.drives() and one.ahead_of(hidden, sign) for one in here)):
            del self._hidden[lane.name]
            hidden = None
        stands_at = None if hidden is None else sign * hidden[1]
        for seen in sorted(here, key=lambda one: -sign * one.places[-1][1][1]):
            y = sign * seen.places[-1][1][1]
            if seen.stands() and stands_at is not None and stands_at > y + SAME_SPOT_M:
                _prolong(seen.queue, now_ns)
            if seen.stands():
                stands_at = max(y, stands_at or y)


def _move(seen: Seen, now_ns: int, place: Place) -> None:
    seen.places.append((now_ns, place))
    while len(seen.places) > 2 and seen.places[1][0] <= now_ns - STOOD_S * 1e9:
        seen.places.popleft()


def _sign(lane: Lane) -> float:
    return 1.0 if lane.direction == "away" else -1.0


def _within(place: Place, lane: Lane) -> bool:
    return bool(inside(np.array([place]), lane.polygon_m)[0])


def _prolong(spans: list[tuple[int, int]], now_ns: int) -> None:
    """Lengthen the last span, or begin another."""
    if spans and now_ns - spans[-1][1] <= GAP_S * 1e9:
        spans[-1] = (spans[-1][0], now_ns)
    else:
        spans.append((now_ns, now_ns))
