"""Crops of rows: geometry, margins, contrast."""

import numpy as np
import pytest

from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH, aspect, normalise, rectify, row_crops

QUAD = np.array([(30.0, 20.0), (149.5, 24.0), (149.5, 51.0), (30.0, 47.0)])


def test_a_crop_has_the_networks_size_wherever_the_plate_lies() -> None:
    luma = np.random.default_rng(0).integers(0, 256, (80, 160)).astype(np.uint8)
    for shift in ((0, 0), (-100, -30), (120, 60), (4000, -4000)):
        crop = rectify(luma, QUAD + shift)
        assert crop.shape == (CROP_HEIGHT, CROP_WIDTH)
        assert crop.dtype == np.uint8


def test_dark_on_light_stays_dark_on_light_at_any_exposure() -> None:
    luma = np.full((80, 200), 20, np.uint8)
    luma[:, 100:] = 26
    crop = rectify(luma, np.array([(60.0, 20.0), (140.0, 20.0), (140.0, 40.0), (60.0, 40.0)]))
    assert crop[:, :60].mean() < 90
    assert crop[:, -60:].mean() > 160


def test_an_even_patch_is_not_stretched_into_noise() -> None:
    assert np.ptp(normalise(np.full((40, 192), 77, np.uint8))) == 0


def test_what_lies_beside_a_sheet_takes_no_contrast_from_its_ink() -> None:
    crop = np.full((40, 192), 240, np.uint8)
    crop[10:30, 20:170:10] = 200
    crop[10:30, 21:170:10] = 200
    beside = crop.copy()
    beside[:, :8] = beside[:6] = beside[34:] = 0
    assert abs(int(np.ptp(normalise(beside)[10:30, 20:170])) - int(np.ptp(normalise(crop)[10:30, 20:170]))) < 25


def test_two_rows_give_the_upper_and_the_lower_half() -> None:
    luma = np.full((100, 100), 60, np.uint8)
    luma[20:50, 20:50] = luma[50:80, 50:80] = 200
    upper, lower = row_crops(luma, np.array([(20.0, 20.0), (80.0, 20.0), (80.0, 80.0), (20.0, 80.0)]), 2)
    assert upper[10:30, 10:80].min() > upper[10:30, -80:].max()
    assert lower[10:30, :80].max() < lower[10:30, -80:-10].min()


@pytest.mark.parametrize(("width", "height"), [(120, 26), (60, 55)])
def test_aspect_is_width_over_height(width: int, height: int) -> None:
    assert aspect(np.array([(0.0, 0.0), (width, 0), (width, height), (0, height)])) == pytest.approx(width / height)
