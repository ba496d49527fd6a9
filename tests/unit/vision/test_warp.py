"""Warping is exact to a small part of a pixel, or the measured speed would be wrong."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.vision.warp import UNIT_SQUARE, move, patch_to_picture, unit_to_quad, warp

TILTED = np.array([(31.2, 40.7), (150.4, 31.1), (155.0, 60.2), (33.3, 70.9)])


def ramp(width: int, height: int) -> NDArray[np.uint8]:
    """A picture whose value at a point is a linear function of the point."""
    values = 20 + 0.7 * np.arange(width) + 0.5 * np.arange(height)[:, None]
    return values.round().astype(np.uint8)


def test_the_unit_square_lands_on_the_corners() -> None:
    np.testing.assert_allclose(move(unit_to_quad(TILTED), UNIT_SQUARE), TILTED, atol=1e-9)


def test_the_corners_lie_inside_the_patch_by_the_margin() -> None:
    inverse = np.asarray(np.linalg.inv(patch_to_picture(TILTED, 160, 48, (0.15, 0.4))), np.float64)
    left, top = 160 * 0.15 / 1.3 - 0.5, 48 * 0.4 / 1.8 - 0.5
    inside = np.array([(left, top), (159 - left, top), (159 - left, 47 - top), (left, 47 - top)])
    np.testing.assert_allclose(move(inverse, TILTED), inside, atol=1e-6)


def test_a_quad_of_whole_pixels_gives_those_pixels_back() -> None:
    luma = np.random.default_rng(1).integers(0, 256, (40, 60)).astype(np.uint8)
    quad = np.array([(9.5, 4.5), (29.5, 4.5), (29.5, 14.5), (9.5, 14.5)])
    np.testing.assert_array_equal(warp(luma, quad, 20, 10, 0.0), luma[5:15, 10:30])


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.3])
def test_no_size_shifts_the_picture(scale: float) -> None:
    luma = ramp(220, 130)
    width, height = round(120 / scale), round(30 / scale)
    points = move(patch_to_picture(TILTED, width, height, 0.1), np.array([(width / 2 - 0.5, height / 2 - 0.5)]))
    patch = warp(luma, TILTED, width, height, 0.1).astype(float)
    middle = patch[(height - 1) // 2 : height // 2 + 1, (width - 1) // 2 : width // 2 + 1].mean()
    assert middle == pytest.approx(20 + 0.7 * points[0, 0] + 0.5 * points[0, 1], abs=0.8)


def test_a_plate_at_the_edge_continues_the_edge() -> None:
    patch = warp(ramp(60, 40), np.array([(-20.0, -20.0), (-5.0, -20.0), (-5.0, -10.0), (-20.0, -10.0)]), 16, 8, 0.2)
    assert patch.shape == (8, 16)
    assert set(patch.ravel()) == {20}
