"""A road camera moves no edge, and keeps a sheet in its range."""

import numpy as np
import pytest

from kirpik_models.exposure import _shutter, _streak, as_light, expose


@pytest.mark.parametrize(("length", "angle"), [(0.5, 0.0), (1.7, 1.2), (3.0, np.pi / 2)])
def test_motion_moves_a_point_evenly_to_both_sides(length: float, angle: float) -> None:
    kernel = _streak(length, angle)
    y, x = np.mgrid[: kernel.shape[0], : kernel.shape[1]]
    assert kernel.sum() == pytest.approx(1)
    assert ((kernel * x).sum(), (kernel * y).sum()) == pytest.approx(
        (kernel.shape[1] // 2, kernel.shape[0] // 2), abs=1e-5
    )


def test_an_open_shutter_loses_no_light() -> None:
    light = np.zeros((31, 31), np.float32)
    light[15, 15] = 1.0
    assert float(_shutter(np.random.default_rng(3), light).sum()) == pytest.approx(1, abs=1e-5)


def test_black_paint_is_no_light_and_white_paint_is_all_of_it() -> None:
    assert as_light(np.array([[0, 255]], np.uint8)).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("seed", range(8))
def test_a_sheet_is_told_from_what_is_dark_around_it(seed: int) -> None:
    light = np.full((60, 120), 0.02, np.float32)
    light[20:40, 30:90] = 0.7
    luma = expose(np.random.default_rng(seed), light, paper=0.7)
    assert luma.shape == light.shape
    assert luma.dtype == np.uint8
    assert float(luma[24:36, 34:86].mean()) > float(luma[:14].mean()) + 30
