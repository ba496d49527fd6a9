"""The finder's bookkeeping, with a detector and a corner finder that know the truth."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from kirpik.values import Frame, Luma, Quad, Sighting, View
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector
from kirpik.vision.finder import EXPECTED, PlateFinder

LUMA = np.zeros((768, 1280), np.uint8)
LORES = np.zeros((384, 640), np.uint8)
PLATE = np.array([(100.0, 100.0), (160.0, 100.0), (160.0, 114.0), (100.0, 114.0)])
LEFT, RIGHT = View(0, 0, (640, 384), 1.0), View(600, 0, (640, 384), 1.0)


class Says:
    """A detector with an answer for each call."""

    input_size = (640, 384)

    def __init__(self, *answers: list[tuple[Quad, float]]) -> None:
        self.answers = list(answers)
        self.seen: list[Luma] = []

    def find(self, view: Luma) -> list[tuple[Quad, float]]:
        self.seen.append(view)
        return self.answers.pop(0) if self.answers else []


class Believes:
    """A corner finder that is content with everything."""

    def refine(self, luma: Luma, quads: Sequence[tuple[Quad, float]]) -> list[Sighting]:  # noqa: ARG002
        return [Sighting(quad, score, 0.2) for quad, score in quads]


def finder(says: Says, *views: View, views_a_frame: int = 2) -> PlateFinder:
    return PlateFinder(
        cast("Detector", says), cast("CornerFinder", Believes()), _cut, views=views, views_a_frame=views_a_frame
    )


def _cut(luma: Luma, view: View) -> Luma:
    return luma[: view.size[1], : view.size[0]]


def frame() -> Frame:
    return Frame(0, 1, 0, None, LUMA, LORES)


def test_a_plate_seen_in_two_views_is_one_at_its_better_score() -> None:
    plate = PLATE + (520, 0)
    says = Says([(plate, 0.6)], [(plate - (600, 0), 0.9)])
    [sighting] = finder(says, LEFT, RIGHT).find(frame())
    assert sighting.score == 0.9
    np.testing.assert_allclose(sighting.quad, plate)


def test_a_plate_cut_off_by_a_view_yields_to_a_whole_one() -> None:
    cut, whole = PLATE + (480, 0), PLATE + (485, 0)
    views = (LEFT, View(200, 0, (640, 384), 1.0))
    says = Says([(cut, 0.9)], [(whole - (200, 0), 0.5)])
    [sighting] = finder(says, *views).find(frame())
    np.testing.assert_allclose(sighting.quad, whole)


def test_a_missed_plate_is_looked_for_where_it_is_expected() -> None:
    other = PLATE + (300, 100)
    found = finder(Says([(PLATE, 0.8)]), LEFT).find(frame(), [PLATE + 3, other])
    assert [one.score for one in found] == [0.8, EXPECTED]
    np.testing.assert_allclose(found[1].quad, other)


def test_a_track_s_outline_is_a_better_start_than_the_detector_s() -> None:
    rough = PLATE + [(-6, -2), (5, 2), (7, -1), (-4, 3)]
    [sighting] = finder(Says([(rough, 0.8)]), LEFT).find(frame(), [PLATE])
    assert sighting.score == 0.8
    np.testing.assert_allclose(sighting.quad, PLATE)


def test_an_outline_that_the_detector_contradicts_is_no_start() -> None:
    [sighting] = finder(Says([(PLATE, 0.8)]), LEFT).find(frame(), [PLATE + (14, 6)])
    np.testing.assert_allclose(sighting.quad, PLATE)


def test_a_weak_detection_across_a_followed_plate_confirms_it_and_does_not_hide_it() -> None:
    across = PLATE * (1.0, 0.0) + (0.0, 100.0) + [(-30, -6), (20, -6), (20, 20), (-30, 20)]
    [sighting] = finder(Says([(across, 0.45)]), LEFT).find(frame(), [PLATE])
    assert sighting.score == 0.45
    np.testing.assert_allclose(sighting.quad, PLATE)


def test_a_detection_beside_a_followed_plate_does_not_confirm_it() -> None:
    found = finder(Says([(PLATE + (70, 0), 0.45)]), LEFT).find(frame(), [PLATE])
    assert sorted(one.score for one in found) == [EXPECTED, 0.45]


def test_a_weak_detection_of_the_followed_plate_itself_confirms_it() -> None:
    [sighting] = finder(Says([(PLATE + 1, 0.45)]), LEFT).find(frame(), [PLATE])
    assert sighting.score == 0.45


def test_views_take_turns_when_there_are_many() -> None:
    views = tuple(View(left, 0, (100 + left, 50), 1.0) for left in range(5))
    says = Says()
    looking = finder(says, *views)
    for _ in range(5):
        looking.find(frame())
    assert sorted(image.shape[1] for image in says.seen) == sorted([100, 101, 102, 103, 104] * 2)


def test_without_views_the_camera_s_own_reduction_is_taken() -> None:
    says = Says([(PLATE, 0.8)])
    [sighting] = finder(says).find(frame())
    assert says.seen[0] is LORES
    np.testing.assert_allclose(sighting.quad, (PLATE + 0.5) * 2 - 0.5)


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_two_plates_expected_at_one_place_are_one(shift: float) -> None:
    assert len(finder(Says(), LEFT).find(frame(), [PLATE, PLATE + shift])) == 1
