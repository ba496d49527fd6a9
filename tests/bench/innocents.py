"""Nobody innocent is accused of speeding: `python -m tests.bench.innocents [--passes N]`.

Most passes are lawful by a little, under all the errors of `passes.py`; the rest are the stories that cameras have been
in the papers for: carried cars, copies of another size, two vehicles taken for one, glare, a camera that was knocked.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from kirpik.road.motion import measure
from kirpik.road.path import path_of
from kirpik.road.watch import Watch
from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.speeding import doubt
from kirpik.rules.verdicts import Suspicion, Withheld
from kirpik.site import Header, Lane, Site, Speeding
from kirpik.values import Motion, TrackPoint
from tests.bench.installed import Unit
from tests.bench.passes import Pass, Road, Vehicle
from tests.bench.views import VIEWS, View

LIMIT_KMH, OVER_KMH = 60, 10
LAWFUL_KMH = (55.0, 69.99)
"""From here on it would be charged: the limit and what is let go."""
RULE = Speeding(limit_kmh=LIMIT_KMH, charge_from_kmh_over=OVER_KMH)


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    weight: float
    kmh: tuple[float, float]
    tell: Callable[[Road, View, float, bool], Pass]


def plain(road: Road, view: View, kmh: float, night: bool) -> Pass:
    return road.passes(view, kmh, night=night)


def carried(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """On a flatbed: whoever drives, it is not this plate."""
    height_m = float(road.rng.uniform(1.4, 2.4))
    return replace(road, other=lambda vehicle: replace(vehicle, height_m=height_m)).passes(view, kmh, night=night)


def copied(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Smaller or larger than a plate is. Nearer to the true size it cannot be told from another plate's height."""
    size = float(road.rng.choice((road.rng.uniform(0.5, 0.8), road.rng.uniform(1.2, 1.5))))
    return replace(road, other=lambda vehicle: replace(vehicle, size=size)).passes(view, kmh, night=night)


def other_class(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Of a size that is in the table, or in none."""
    sizes = (
        (280.0, 200.0),
        (290.0, 170.0),
        (305.0, 152.0),
        (440.0, 140.0),
        (330.0, 165.0),
        (245.0, 160.0),
        (520.0, 240.0),
    )
    size = sizes[int(road.rng.integers(len(sizes)))]
    return replace(road, other=lambda vehicle: replace(vehicle, plate_mm=size)).passes(view, kmh, night=night)


def glare(road: Road, view: View, kmh: float, night: bool) -> Pass:
    return replace(road, spoiled=float(road.rng.uniform(0.2, 0.5))).passes(view, kmh, night=night)


def two_for_one(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """The track begins on one vehicle and ends on the next one."""
    first, second = (
        road.passes(view, kmh, night=night),
        road.passes(view, kmh * float(road.rng.uniform(0.9, 1)), night=night),
    )
    late_ns = round(float(road.rng.uniform(-0.8, 0.8)) * 1e9)
    cut = int(len(first.points) * road.rng.uniform(0.2, 0.8))
    kept = first.points[:cut]
    after_ns = kept[-1].sensor_timestamp_ns if kept else 0
    moved = [replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + late_ns) for point in second.points]
    return replace(first, points=kept + [point for point in moved if point.sensor_timestamp_ns > after_ns])


def late_clock(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Timestamps of arrival instead of the sensor's: late by up to a frame, each by its own bit."""
    seen = road.passes(view, kmh, night=night)
    late = np.abs(road.rng.normal(0, 0.012, len(seen.points)))
    points = [
        replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + round(float(by) * 1e9))
        for point, by in zip(seen.points, late, strict=True)
    ]
    return replace(seen, points=_rising(points))


def _rising(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    kept: list[TrackPoint] = []
    for point in points:
        if not kept or point.sensor_timestamp_ns > kept[-1].sensor_timestamp_ns:
            kept.append(point)
    return kept


def bump(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Over a speed bump."""

    def jump(vehicle: Vehicle) -> Vehicle:
        return replace(
            vehicle, bounce_m=float(road.rng.uniform(0.02, 0.08)), bounce_hz=float(road.rng.uniform(0.8, 2.5))
        )

    return replace(road, other=jump).passes(view, kmh, night=night)


KNOCKED, CARRIED = "camera knocked", "carried"
STORIES = (
    Story("lawful by a little", 0.55, LAWFUL_KMH, plain),
    Story(CARRIED, 0.05, (50.0, 120.0), carried),
    Story("copy of another size", 0.05, LAWFUL_KMH, copied),
    Story("another class of plate", 0.05, LAWFUL_KMH, other_class),
    Story("glare in many frames", 0.06, LAWFUL_KMH, glare),
    Story(KNOCKED, 0.08, LAWFUL_KMH, plain),
    Story("two vehicles in one track", 0.06, LAWFUL_KMH, two_for_one),
    Story("clock of arrival", 0.05, LAWFUL_KMH, late_clock),
    Story("speed bump", 0.05, LAWFUL_KMH, bump),
)


def accused_of(seen: Pass, watch: Watch | None = None) -> tuple[Suspicion | None, bool]:
    """The accusation, if there is one; whether a doubt freed. `watch` is asked as the pipeline asks it."""
    road = ((-50.0, -50.0), (50.0, -50.0), (50.0, 200.0), (-50.0, 200.0))
    site = Site(
        header=Header(id="bench"), camera=seen.camera, pose=seen.pose, signals=(), rules=(RULE,), sha256=bytes(32),
        lanes=(Lane(name="1", polygon_m=road, direction="away"),),
    )  # fmt: skip

    @cache
    def measured() -> Motion | None:
        return measure(seen.points, seen.camera, seen.pose)

    if watch is not None and (motion := measured()) is not None and doubt(motion) in (None, "calibration"):
        watch.add(motion)
    case = Case(
        site=site, path=path_of(seen.points, seen.camera, seen.pose), signals=Timeline(), measure=measured,
        utc_ns=lambda _: None,
    )  # fmt: skip
    found = judge(case)
    suspicions = [verdict for verdict in found if isinstance(verdict, Suspicion)]
    if suspicions and watch is not None and watch.why_not() is not None:
        return None, True
    return (suspicions[0] if suspicions else None), any(isinstance(verdict, Withheld) for verdict in found)


def rightly(found: Suspicion, seen: Pass, story: Story) -> bool:
    """Whether the vehicle was no innocent: it drew away, and at the moment that is told it really was that fast."""
    charged_kmh = max(LIMIT_KMH + OVER_KMH, found.charged_kmh or 0)
    return story.name != CARRIED and seen.speed_kmh(found.moment_ns) >= charged_kmh


class Passing:
    """Draws who passes: each pass by its own number, so that one can be seen again without those before it. Of the
    units that are knocked, each has its vehicles one after the other."""

    def __init__(self, stories: Sequence[Story], seed: int) -> None:
        self._stories, self._seed = stories, seed
        self._weights = np.array([story.weight for story in stories])
        self._unit: Unit | None = None

    def of(self, number: int) -> tuple[Story, Pass, Watch | None]:
        rng = np.random.default_rng([self._seed, 60, number])
        story = self._stories[int(rng.choice(len(self._stories), p=self._weights / self._weights.sum()))]
        view = VIEWS[int(rng.integers(len(VIEWS)))]
        kmh, night = float(rng.uniform(*story.kmh)), bool(rng.random() < 0.5)
        if story.name != KNOCKED:
            return story, story.tell(Road(rng), view, kmh, night), None
        if self._unit is None or not self._unit.left:
            self._unit = Unit(rng, view, at_work=bool(rng.random() < 0.5))
        return story, self._unit.next(kmh, night=night), self._unit.watch


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.innocents", description=__doc__)
    parser.add_argument("--passes", type=int, default=3000, help="in all (default 3000; the promise is about 30000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first pass; an accused one is told by it")
    parser.add_argument("--story", choices=[story.name for story in STORIES], help="this one alone")
    options = parser.parse_args(arguments)
    told, accused, withheld = Counter[str](), Counter[str](), Counter[str]()
    stories = [story for story in STORIES if options.story in (None, story.name)]
    passing = Passing(stories, options.seed)
    for number in range(options.first, options.first + options.passes):
        story, seen, watch = passing.of(number)
        if len(seen.points) < 4:
            continue
        found, doubted = accused_of(seen, watch)
        if found is not None and rightly(found, seen, story):
            print(f"rightly: {number}, {story.name}, charged {found.charged_kmh} km/h: {seen.vehicle}")
            continue
        told[story.name] += 1
        withheld[story.name] += doubted
        if sum(told.values()) % 1000 == 0:
            print(f"{sum(told.values())} told, {sum(accused.values())} accused", file=sys.stderr, flush=True)
        if found is not None:
            accused[story.name] += 1
            print(f"accused: {number}, {story.name}, charged {found.charged_kmh} km/h: {seen.vehicle}")
    print("| innocent passes | told | accused | freed by a doubt |\n|---|---|---|---|")
    for story in stories:
        print(f"| {story.name} | {told[story.name]} | {accused[story.name]} | {withheld[story.name]} |")
    print(
        json.dumps({"passes": sum(told.values()), "accused": sum(accused.values()), "withheld": sum(withheld.values())})
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
