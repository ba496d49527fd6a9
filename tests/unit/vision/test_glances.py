"""Cuts of one plate: the first is the plate itself, the others move it along its own sides."""

import numpy as np

from kirpik.vision.glances import CUTS, MOST, cuts

TILTED = np.array([(10.0, 20.0), (110.0, 30.0), (108.0, 55.0), (8.0, 45.0)])


def test_the_first_glance_is_the_plate_as_it_was_found() -> None:
    np.testing.assert_array_equal(cuts(TILTED, 1)[0], TILTED)


def test_each_glance_is_moved_along_the_plates_own_sides() -> None:
    along, down = TILTED[1] - TILTED[0], TILTED[3] - TILTED[0]
    for quad, (right, low) in zip(cuts(TILTED, MOST), CUTS, strict=True):
        np.testing.assert_allclose(quad, TILTED + along * right + down * low)


def test_no_more_glances_than_asked_for() -> None:
    assert [len(cuts(TILTED, count)) for count in (1, MOST)] == [1, MOST]
