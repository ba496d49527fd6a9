"""The benches of the road run, and end with the line that programs read."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.bench import innocents, speed
from tests.bench.coverage import draw
from tests.bench.passes import Road
from tests.bench.stories import STORIES, Story
from tests.bench.views import VIEWS


def test_the_bench_of_the_speed_ends_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert speed.main(["--passes", "12"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    keys = {"passes", "measured", "within_2", "within_3", "cover_2s", "cover_3s", "bias_kmh", "sd_kmh"}
    assert keys <= last.keys()
    assert last["passes"] == 12


def test_the_bench_of_innocents_accuses_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert innocents.main(["--passes", "24", "--seed", "5"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["accused"] == 0
    assert last["passes"] > 20


def test_an_innocent_pass_is_seen_again_by_its_number() -> None:
    one, other = (innocents.Passing(STORIES[:1], seed=5) for _ in range(2))
    _, before, _ = one.of(6)
    _, first, _ = one.of(7)
    _, again, _ = other.of(7)
    assert first.vehicle == again.vehicle != before.vehicle
    assert [point.sensor_timestamp_ns for point in first.points] == [p.sensor_timestamp_ns for p in again.points]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_each_story_is_told_in_frames_one_after_the_other_and_accuses_nobody(story: Story) -> None:
    seen = story.tell(_road(3), VIEWS[1], story.kmh[0], True)
    stamps = [point.sensor_timestamp_ns for point in seen.points]
    assert len(stamps) > 8
    assert stamps == sorted(set(stamps))
    assert innocents.accused_of(seen)[0] is None


def test_who_drew_away_and_really_was_that_fast_is_no_innocent() -> None:
    plain, carried = STORIES[:2]
    seen, found = next(
        (seen, found)
        for seed in range(9)
        if (found := innocents.accused_of(seen := plain.tell(_road(seed), VIEWS[0], 100.0, False))[0]) is not None
    )
    assert innocents.rightly(found, seen, plain)
    assert not innocents.rightly(replace(found, charged_kmh=120), seen, plain)
    assert not innocents.rightly(found, seen, carried)


def _road(seed: int) -> Road:
    return Road(np.random.default_rng(seed))


def test_the_drawing_of_the_coverage_is_svg() -> None:
    drawn = ElementTree.fromstring(draw([("a camera", np.abs(np.random.default_rng(1).normal(size=50)))]))  # noqa: S314
    assert drawn.tag.endswith("svg")
