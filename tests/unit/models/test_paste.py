"""Synthetic truth must be exact: a shifted rendering would teach a wrong length, and so a wrong speed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.values import Quad
from kirpik_models.paste import Field, paste
from kirpik_models.pose import pose

FINE = 16


def exact(quad: Quad, size: tuple[int, int]) -> Field:
    """A white quad on black, each pixel the mean of 256 samples."""
    y, x = (np.indices((size[1] * FINE, size[0] * FINE)) + 0.5) / FINE - 0.5
    inside = np.ones(x.shape, bool)
    for (ax, ay), (bx, by) in zip(quad, np.roll(quad, -1, 0), strict=True):
        inside &= (bx - ax) * (y - ay) >= (by - ay) * (x - ax)
    return np.asarray(255 * inside.reshape(size[1], FINE, size[0], FINE).mean((1, 3)), np.float32)


@pytest.mark.parametrize("width_px", [24, 60, 150])
def test_a_pasted_sheet_lies_where_it_should(width_px: int) -> None:
    rng = np.random.default_rng(width_px)
    for _ in range(5):
        quad = pose(rng, width_px, width_px / 4.6) + (width_px + rng.uniform(0, 1), 0.6 * width_px + rng.uniform(0, 1))
        size = (2 * width_px, round(1.2 * width_px))
        scene = np.zeros((size[1], size[0]), np.float32)
        paste(scene, np.full((112, 520), 255, np.uint8), quad)
        shift, area = moments(scene) - moments(exact(quad, size)), scene.sum() / exact(quad, size).sum()
        np.testing.assert_allclose(shift, 0, atol=0.01)
        assert area == pytest.approx(1, abs=0.002)


def test_the_inner_part_fills_the_quad_and_the_rest_lies_outside() -> None:
    picture = np.zeros((40, 80), np.uint8)
    picture[10:30, 20:60] = 255
    quad = np.array([(19.5, 9.5), (59.5, 9.5), (59.5, 29.5), (19.5, 29.5)])
    scene = np.full((40, 80), 7, np.float32)
    paste(scene, picture, quad, inner=(0.25, 0.25, 0.75, 0.75))
    np.testing.assert_allclose(moments(scene), moments(picture.astype(np.float32)), atol=0.02)
    np.testing.assert_allclose(scene[12:28, 22:58], 255, atol=1)
    np.testing.assert_allclose(scene[2:8, 2:78], 0, atol=1)


def test_a_sheet_outside_the_picture_draws_nothing() -> None:
    scene = np.full((20, 30), 7, np.float32)
    paste(scene, np.full((10, 40), 255, np.uint8), np.array([(50.0, 50.0), (60.0, 50.0), (60.0, 53.0), (50.0, 53.0)]))
    assert (scene == 7).all()


def moments(picture: Field) -> NDArray[np.float64]:
    """Centre of mass."""
    rows, columns = np.indices(picture.shape)
    return np.asarray(np.array([(picture * columns).sum(), (picture * rows).sum()]) / picture.sum())
