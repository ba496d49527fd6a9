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
        scale = frame.luma.shape[1] / frame.lores.shape[1]
        return self._corners.refine(frame.luma, self._detector.find(frame.lores, scale))
