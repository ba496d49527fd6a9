"""One frame → the plates in it, anonymous, with sub-pixel corners: detector where the road is, then the corner finder.

A track says where its plate should be by now. There the corner finder looks even when the detector said nothing, so a
plate that is known costs no second detection, and one that was missed in a frame is not lost in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from kirpik.values import Frame, Luma, Quad, Sighting, View
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector, covers, separate
from kirpik.vision.views import overview

Reduce = Callable[[Luma, View], Luma]
"""Cuts a view out of the picture and reduces it."""

VIEWS_A_FRAME = 2
"""More than these take turns, or a Pi would be late."""
EXPECTED = 0.0
"""Score of a plate that was looked for because a track expected it there."""
TRUSTED = 0.5
"""But where it was found, a detection that lies across it has to be surer than this."""
AGREED = 0.25
"""The detector's corners may be off by this share of the plate's width and still mean a track's plate."""
EDGE_PX = 2.0
"""A plate this near to a view's edge may be cut off; another view's opinion of it is worth more."""


class PlateFinder:
    """Owns both networks and whose turn it is among the views."""

    def __init__(
        self,
        detector: Detector,
        corners: CornerFinder,
        reduce: Reduce,
        *,
        views: Sequence[View] = (),
        views_a_frame: int = VIEWS_A_FRAME,
    ) -> None:
        """Without `views` every frame is looked at as a whole."""
        self._detector = detector
        self._corners = corners
        self._reduce = reduce
        self._views = tuple(views)
        self._views_a_frame = views_a_frame
        self._turn = 0

    def find(self, frame: Frame, expected: Sequence[Quad] = ()) -> list[Sighting]:
        found = separate([plate for view in self._now(frame) for plate in self._in_view(frame, view)], by=_worth)
        exact = self._corners.refine(frame.luma, _starts([(quad, score) for quad, score, _ in found], expected))
        detected = [one for one in exact if one.score > EXPECTED]
        alone = [
            one for one in exact if one.score <= EXPECTED and not any(_agree(one.quad, each.quad) for each in detected)
        ]
        plates = [(one.quad, one.score, one) for one in (*alone, *detected)]
        return [_confirmed(one, found) for _, _, one in separate(plates, by=lambda plate: max(plate[1], TRUSTED))]

    def _now(self, frame: Frame) -> Sequence[View]:
        """The views whose turn it is."""
        if not self._views:
            return (overview(_size(frame.luma), self._detector.input_size),)
        if len(self._views) <= self._views_a_frame:
            return self._views
        turns = [(self._turn + n) % len(self._views) for n in range(self._views_a_frame)]
        self._turn = (turns[-1] + 1) % len(self._views)
        return [self._views[turn] for turn in turns]

    def _in_view(self, frame: Frame, view: View) -> list[tuple[Quad, float, bool]]:
        """Quads in the picture with their scores, and whether the view's edge may cut them off."""
        whole = _is_whole(view, frame)
        image = frame.lores if whole else self._reduce(frame.luma, view)
        found = self._detector.find(image)
        return [(view.to_picture(quad), score, not whole and _cut_off(quad, view)) for quad, score in found]


def _starts(found: list[tuple[Quad, float]], expected: Sequence[Quad]) -> list[tuple[Quad, float]]:
    """Where the corner finder begins. A track knows its plate's outline better than the detector does."""
    starts = []
    unclaimed = list(expected)
    for quad, score in found:
        near = [known for known in unclaimed if _agree(quad, known)]
        unclaimed = [known for known in unclaimed if not any(known is one for one in near)]
        starts.append((min(near, key=lambda known: _apart(quad, known)) if near else quad, score))
    return starts + [(quad, EXPECTED) for quad in unclaimed]


def _confirmed(one: Sighting, found: list[tuple[Quad, float, bool]]) -> Sighting:
    """Where a plate was looked for and found, a detection across it saw it too, wherever it puts its corners."""
    if one.score > EXPECTED:
        return one
    return replace(one, score=max((score for quad, score, _ in found if covers(quad, one.quad)), default=EXPECTED))


def _agree(quad: Quad, known: Quad) -> bool:
    return _apart(quad, known) < AGREED * float(np.hypot(*(known[1] - known[0])))


def _apart(quad: Quad, known: Quad) -> float:
    return float(np.hypot(*(quad - known).T).max())


def _worth(plate: tuple[Quad, float, bool]) -> float:
    _, score, cut_off = plate
    return score - cut_off


def _cut_off(quad: Quad, view: View) -> bool:
    return bool((quad < EDGE_PX).any() or (quad > (view.size[0] - 1 - EDGE_PX, view.size[1] - 1 - EDGE_PX)).any())


def _is_whole(view: View, frame: Frame) -> bool:
    """Whether the camera has made this view already."""
    left, top, right, bottom = view.box
    wide, high = _size(frame.luma)
    return left == top == 0 and right > wide - view.factor and bottom > high - view.factor


def _size(luma: Luma) -> tuple[int, int]:
    return luma.shape[1], luma.shape[0]
