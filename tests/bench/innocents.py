"""Nobody innocent is accused of speeding: `python -m tests.bench.innocents [--passes N]`.

Most passes are lawful by a little, under all the errors of `passes.py`; the rest are the stories that cameras have been
in the papers for: carried cars, copies of another size, two vehicles taken for one, glare, a camera that was knocked.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
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
from kirpik.values import Motion
from tests.bench.installed import Unit
from tests.bench.passes import Pass, Road
from tests.bench.stories import CARRIED, KNOCKED, STORIES, Story
from tests.bench.views import VIEWS

LIMIT_KMH, OVER_KMH = 60, 10
RULE = Speeding(limit_kmh=LIMIT_KMH, charge_from_kmh_over=OVER_KMH)


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
