"""Has the picture's fixed scene moved? Landmarks are picked once and found again, a few times a second.

They come from the middle of the first few looks, so that what drove by is not among them, and are refreshed only while
they stand where they stood. Small patches in memory, gone with the process; what cannot be found says nothing.
"""

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Frame, Luma, Shift
from kirpik.vision.landmarks import LANDMARKS_LEAST, Landmarks, Places, find, pick, search, shift_of

LOOK_NS = 400_000_000
FIRST_LOOKS = 5
FRESH = 0.02
"""Share of a landmark's patch that is renewed at each look: light and shadow wander."""
STILL_PX = 0.25
SEARCHES, SEARCH_AGAIN = 3, 25
"""A scene that is lost is searched for at once, and then now and then."""
LOST_MOST = 600
"""After so many looks another light must have come: landmarks are picked anew, unless the camera had been moved."""


class Scenery:
    def __init__(self, *, lost_most: int = LOST_MOST) -> None:
        self._lost_most = lost_most
        self._last_ns: int | None = None
        self._first: list[Luma] = []
        self._marks: Landmarks | None = None
        self._moved = (0, 0)
        self._lost = 0

    def see(self, frame: Frame) -> Shift | None:
        """How far the scene has moved since the run began, in pixels of the full picture; None: nothing to say."""
        if self._last_ns is not None and frame.sensor_timestamp_ns - self._last_ns < LOOK_NS:
            return None
        self._last_ns = frame.sensor_timestamp_ns
        if self._marks is None:
            self._begin(frame.lores)
            return None
        shift = self._look(self._marks, frame.lores)
        return None if shift is None else shift.scaled(frame.luma.shape[1] / frame.lores.shape[1])

    def _begin(self, picture: Luma) -> None:
        self._first.append(picture.copy())
        if len(self._first) < FIRST_LOOKS:
            return
        middle = np.median(np.stack(self._first), axis=0).astype(np.uint8)
        self._marks = _steady(pick(middle), self._first)
        self._first.clear()

    def _look(self, marks: Landmarks, picture: Luma) -> Shift | None:
        now, found = find(marks, picture, self._moved)
        shift = shift_of(marks.places, now, found)
        if shift is None and self._worth_a_search(marks):
            now, found = find(marks, picture, search(marks, picture))
            shift = shift_of(marks.places, now, found)
        if shift is None:
            self._lose()
            return None
        self._lost, self._moved = 0, (round(shift.x_px), round(shift.y_px))
        if np.hypot(shift.x_px, shift.y_px) < STILL_PX:
            self._marks = _renewed(marks, picture, now, found)
        return shift

    def _worth_a_search(self, marks: Landmarks) -> bool:
        often = self._lost < SEARCHES or self._lost % SEARCH_AGAIN == 0
        return len(marks.places) >= LANDMARKS_LEAST and often

    def _lose(self) -> None:
        self._lost += 1
        if self._lost >= self._lost_most and self._moved == (0, 0):
            self._marks, self._lost = None, 0


def _steady(marks: Landmarks, looks: list[Luma]) -> Landmarks:
    """Those that stood still in most of the looks."""
    still = sum((_still(marks, look) for look in looks), np.zeros(len(marks.places)))
    kept = still >= FIRST_LOOKS - 1
    return Landmarks(marks.places[kept], marks.patches[kept])


def _still(marks: Landmarks, look: Luma) -> Places:
    now, found = find(marks, look, (0, 0))
    return np.asarray(found & (np.linalg.norm(now - marks.places, axis=1) < 1.0), np.float64)


def _renewed(marks: Landmarks, picture: Luma, now: Places, found: NDArray[np.bool_]) -> Landmarks:
    patches = marks.patches.copy()
    half = marks.patches.shape[1] // 2
    for number in np.flatnonzero(found & (np.linalg.norm(now - marks.places, axis=1) < 1.0)):
        x, y = (int(value) for value in marks.places[number])
        seen = picture[y - half : y + half + 1, x - half : x + half + 1]
        patches[number] += FRESH * (seen - patches[number])
    return Landmarks(marks.places, patches)
