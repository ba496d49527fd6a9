"""What a frame costs, stage by stage, on one core: `python -m tests.bench.stages [INPUT --site SITE]`.

The whole pipeline is held against the bare `invoke()` calls of the same run. Getting the picture (decoding, and the
reduction that a Pi's camera does in hardware) is shown apart and belongs to neither. Times are the thread's own on the
processor, so that other work on the machine counts less.
"""

import argparse
import json
import os
import resource
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.adapters.reduce import reduce_view
from kirpik.adapters.signals_replay import read_signals
from kirpik.parts.sight import open_reader
from kirpik.pipeline import Pipeline
from kirpik.road.spots import plate_spots
from kirpik.site_file import load_site
from kirpik.values import Luma, Network, Quad, Reading, Sighting, Tensor, TrackPoint, View
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector
from kirpik.vision.finder import PlateFinder
from kirpik.vision.patch import Patch
from kirpik.vision.register import register
from kirpik.vision.views import plan_views

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "provisioning/kirpik_provisioning/demo_road"
WARM_FRAMES = 10
STAGES = ("views", "detect", "corners", "read", "register")
STAGES = ("views", "detect", "corners", "read", "register")


@dataclass
class Clock:
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, name: str, since: float) -> None:
        self.spent[name] += time.thread_time() - since
        self.calls[name] += 1


class Timed:
    """A network whose `invoke` is on the clock."""

    def __init__(self, network: Network, name: str, clock: Clock) -> None:
        self._network, self._name, self._clock = network, name, clock

    @property
    def input_size(self) -> tuple[int, int]:
        return self._network.input_size

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        began = time.thread_time()
        result = self._network.run(image)
        self._clock.add(f"invoke {self._name}", began)
        return result


class TimedDetector(Detector):
    """On the clock, and beside it the cutting out of views, which no network does."""

    def __init__(self, network: Network, clock: Clock) -> None:
        super().__init__(network)
        self._clock = clock

    def find(self, view: Luma) -> list[tuple[Quad, float]]:
        began = time.thread_time()
        found = super().find(view)
        self._clock.add("detect", began)
        return found

    def reduce(self, luma: Luma, view: View) -> Luma:
        began = time.thread_time()
        reduced = reduce_view(luma, view)
        self._clock.add("views", began)
        return reduced


class TimedCorners(CornerFinder):
    def __init__(self, network: Network, clock: Clock) -> None:
        super().__init__(network)
        self._clock = clock

    def refine(self, luma: Luma, quads: Sequence[tuple[Quad, float]]) -> list[Sighting]:
        began = time.thread_time()
        found = super().refine(luma, quads)
        self._clock.add("corners", began)
        return found


def main() -> None:
    options = arguments()
    one_core()
    clock = Clock()
    frames, source_s = run(options.input, options.site, clock)
    print_table(clock, frames, source_s)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", nargs="?", type=Path, default=DEMO / "clip.mp4")
    parser.add_argument("--site", type=Path, default=DEMO / "site.toml")
    return parser.parse_args()


def one_core() -> None:
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})


def run(source: Path, site_file: Path, clock: Clock) -> tuple[int, float]:
    """Return the frames that were timed and the seconds that went into getting them."""
    pipeline, source_s, count = build(site_file, clock), 0.0, 0
    waiting = list(reversed(read_signals(source)))
    stream = iter(Recording(source, load_site(site_file).camera).frames())
    while True:
        began = time.thread_time()
        frame = next(stream, None)
        source_s += time.thread_time() - began
        if frame is None:
            break
        while waiting and waiting[-1].sensor_timestamp_ns <= frame.sensor_timestamp_ns:
            pipeline.signal(waiting.pop())
        began = time.thread_time()
        pipeline.step(frame)
        clock.add("whole", began)
        count += 1
        if count == WARM_FRAMES:
            clock.spent.clear()
            clock.calls.clear()
            source_s = 0.0
    began = time.thread_time()
    pipeline.finish()
    clock.spent["whole"] += time.thread_time() - began
    return count - WARM_FRAMES, source_s


def build(site_file: Path, clock: Clock) -> Pipeline:
    site = load_site(site_file)
    models = load_models(find_models(), lambda path: Timed(TfliteNetwork(path), path.stem, clock))
    detector = TimedDetector(models.detector, clock)
    views = plan_views(plate_spots(site), (site.camera.width, site.camera.height), detector.input_size)
    finder = PlateFinder(detector, TimedCorners(models.corners, clock), detector.reduce, views=views)
    read = open_reader(models, site.header.plate_formats).read
    return Pipeline(site, finder, partial(timed_read, read, clock), partial(timed_register, clock))


def timed_read(read: Any, clock: Clock, patches: Sequence[Patch]) -> Reading | None:  # noqa: ANN401
    began = time.thread_time()
    result: Reading | None = read(patches)
    clock.add("read", began)
    return result


def timed_register(clock: Clock, patches: Sequence[Patch], points: Sequence[TrackPoint]) -> Sequence[TrackPoint] | None:
    began = time.thread_time()
    result = register(patches, points)
    clock.add("register", began)
    return result


def print_table(clock: Clock, frames: int, source_s: float) -> None:
    invoke_s = sum(seconds for name, seconds in clock.spent.items() if name.startswith("invoke"))
    rest_s = clock.spent["whole"] - sum(clock.spent[name] for name in STAGES)
    rows = [(name, seconds, clock.calls[name]) for name, seconds in sorted(clock.spent.items())]
    rows += [("track, rules, fit", rest_s, frames), ("(source, not counted)", source_s, frames)]
    print(f"{'stage':24}{'ms/frame':>10}{'calls':>8}{'ms/call':>10}")
    for name, seconds, calls in rows:
        print(f"{name:24}{seconds / frames * 1e3:10.3f}{calls:8d}{seconds / max(calls, 1) * 1e3:10.3f}")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "frames": frames,
        "ms_frame": round(clock.spent["whole"] / frames * 1e3, 3),
        "ms_invoke": round(invoke_s / frames * 1e3, 3),
        "ratio": round(clock.spent["whole"] / invoke_s, 3),
        "peak_mib": round(peak_mib, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
