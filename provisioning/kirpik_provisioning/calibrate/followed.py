"""A recording of free traffic → tracks of plate outlines, by the unit's own eye, without its reader and its rules.

Only numbers come out. The pixels of a track are wiped as soon as it has ended, as on the unit.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.parts.sight import open_finder
from kirpik.road.camera import on_height, project
from kirpik.road.path import HEIGHT_PRIOR_M
from kirpik.site import Site
from kirpik.values import Frame, TrackPoint
from kirpik.vision.finder import PlateFinder
from kirpik.vision.track import Track, Tracker


def follow(recording: Path, site: Site, *, models: Path | None = None) -> Iterator[list[TrackPoint]]:
    """Each track when it has ended. Raises InputError or ModelError in a sentence."""
    finder = open_finder(load_models(find_models(models), TfliteNetwork), site)
    return tracks(Recording(recording, site.camera).frames(), finder, site)


def tracks(frames: Iterable[Frame], finder: PlateFinder, site: Site) -> Iterator[list[TrackPoint]]:
    def to_road(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        return on_height(pixels, HEIGHT_PRIOR_M, site.camera, site.pose)

    def to_picture(places: NDArray[np.float64]) -> NDArray[np.float64]:
        raised = np.column_stack([places, np.full(len(places), HEIGHT_PRIOR_M)])
        return project(raised, site.camera, site.pose)

    tracker = Tracker(to_road, to_picture)
    for frame in frames:
        high, wide = frame.luma.shape
        expected = tracker.expected(frame.sensor_timestamp_ns, (wide, high))
        yield from map(_numbers, tracker.update(frame, finder.find(frame, expected)))
    yield from map(_numbers, tracker.finish())


def _numbers(track: Track) -> list[TrackPoint]:
    track.forget()
    return track.points
