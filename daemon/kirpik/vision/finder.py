"""Detector and corner finder in a row: one frame → the plates in it, anonymous, with sub-pixel corners."""

from collections.abc import Sequence

from kirpik.values import Frame, Sighting
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector


class PlateFinder:
    def __init__(self, detector: Detector, corners: CornerFinder) -> None:
        self._detector = detector
        self._corners = corners

    def find(self, frame: Frame) -> Sequence[Sighting]:
        found = self._detector.find(frame.lores, frame.luma.shape)
        return self._corners.refine(frame.luma, found)
