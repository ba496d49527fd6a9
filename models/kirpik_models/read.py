"""The unit's own detector, corner finder and reader on stills; on a video each vehicle's frames vote."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import Models, find_models, load_models
from kirpik.adapters.reduce import reduce_to_lores, reduce_view
from kirpik.values import Frame, Quad, Reading, Sighting
from kirpik.vision.agreement import Look
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector
from kirpik.vision.finder import PlateFinder
from kirpik.vision.read import Reader
from kirpik.vision.views import tiles
from kirpik_models.stills import Still

COUNTRIES = ("kz", "kg", "uz", "ru", "tj", "tm")
NARROWEST_PX = 44.0
"""Of a plate whose letters can be told apart, in the picture; for narrower ones no finer look is worth its time."""
LOST_AFTER_FRAMES = 8
FRAMES = 2
"""Of a video, that see a vehicle at the least."""
LOOKS_MOST = 12
"""Of one vehicle; a new one takes the narrowest one's place."""


@dataclass(frozen=True, slots=True)
class Found:
    """One plate in one frame; without a reading its rectangle alone is sure."""

    quad: Quad
    reading: Reading | None


@dataclass(slots=True)
class Vehicle:
    """A plate followed through a video's picture, by place alone."""

    quad: Quad
    seen: int
    looks: list[tuple[float, Look]] = field(default_factory=list)

    def add(self, quad: Quad, frame: int, look: Look) -> list[Look]:
        self.quad, self.seen = quad, frame
        self.looks = sorted([*self.looks, (_width(quad), look)], key=lambda one: -one[0])[:LOOKS_MOST]
        return [look for _, look in self.looks]


def open_reader(folder: Path | None, formats: Sequence[str] | None) -> Reader:
    """The shipped reader, which tells whatever it read, however unsure."""
    return _reader(load_models(find_models(folder), TfliteNetwork), formats)


def _reader(models: Models, formats: Sequence[str] | None) -> Reader:
    settings = models.manifest.networks["reader"].settings
    return Reader(models.reader, temperature=settings["temperature"], accept=0.0, formats=formats)


class StillReader:
    """Owns the three networks, and the vehicles of the video that is being read."""

    def __init__(self, folder: Path | None, *, formats: Sequence[str] | None, threads: int = 1) -> None:
        models = load_models(find_models(folder), lambda path: TfliteNetwork(path, threads=threads))
        self._detector, self._corners = Detector(models.detector), CornerFinder(models.corners)
        self._reader = _reader(models, formats)
        self._vehicles: list[Vehicle] = []

    def read(self, still: Still) -> list[Found]:
        """Every plate in the frame, with its reading however unsure."""
        frame = Frame(still.frame, still.frame, 0, None, still.luma, reduce_to_lores(still.luma))
        if still.frame == 0:
            self._vehicles.clear()
        return [self._read_one(still, sighting) for sighting in self._finder(still).find(frame)]

    def _finder(self, still: Still) -> PlateFinder:
        """Nothing is known of the place: the whole picture, and tiles of a large one."""
        high, wide = still.luma.shape
        views = tiles((wide, high), self._detector.input_size, NARROWEST_PX)
        return PlateFinder(self._detector, self._corners, reduce_view, views=views, views_a_frame=len(views))

    def _read_one(self, still: Still, sighting: Sighting) -> Found:
        look = self._reader.look(still.luma, sighting.quad, among=FRAMES if still.moving else 1)
        looks = [look]
        if still.moving:
            looks = self._vehicle(sighting.quad, still.frame).add(sighting.quad, still.frame, look)
        return Found(sighting.quad, self._reader.judge(looks))

    def _vehicle(self, quad: Quad, frame: int) -> Vehicle:
        """The one whose plate was last seen within a plate's width, or a new one."""
        self._vehicles = [one for one in self._vehicles if frame - one.seen <= LOST_AFTER_FRAMES]
        near = [
            (float(np.hypot(*(one.quad.mean(0) - quad.mean(0)))), one) for one in self._vehicles if one.seen < frame
        ]
        near = [(off, one) for off, one in near if off < _width(quad) and 0.67 < _width(one.quad) / _width(quad) < 1.5]
        if near:
            return min(near, key=lambda pair: pair[0])[1]
        self._vehicles.append(Vehicle(quad, frame))
        return self._vehicles[-1]


def lines(reader: StillReader, stills: Iterator[Still]) -> Iterator[dict[str, object]]:
    """What is told of each frame (see docs: the contract's NDJSON)."""
    for still in stills:
        start = time.perf_counter()
        found = reader.read(still)
        milliseconds = (time.perf_counter() - start) * 1e3
        plates = [_plate(one) for one in found]
        yield {"file": still.file, "frame": still.frame, "ms": round(milliseconds, 2), "plates": plates}


def _plate(found: Found) -> dict[str, object]:
    text = found.reading.plate.reveal() if found.reading else ""
    confidence = round(found.reading.confidence, 4) if found.reading else 0.0
    return {"text": text, "confidence": confidence, "quad": [[round(float(v), 2) for v in xy] for xy in found.quad]}


def _width(quad: Quad) -> float:
    return float(np.hypot(*(quad[1] - quad[0])))
