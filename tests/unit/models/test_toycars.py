"""Toy vehicles: what stands close to a plate, so that the detector learns to tell them apart."""

import numpy as np
import pytest
from PIL import ImageFont

from kirpik_models import mount
from kirpik_models.fonts import Face, face_of
from kirpik_models.pose import outline
from kirpik_models.toycars import firm_lines, park

PLATE = outline(150.0, 150.0, 60.0, 14.0)


@pytest.fixture(scope="module")
def faces() -> tuple[Face, ...]:
    font = ImageFont.load_default(200)
    assert isinstance(font, ImageFont.FreeTypeFont)
    face = face_of("pillow", font)
    assert face is not None
    return (face,)


def test_a_firm_s_lines_stand_close_above_the_plate(faces: tuple[Face, ...]) -> None:
    for seed in range(12):
        scene = np.full((256, 384), 180.0, np.float32)
        firm_lines(np.random.default_rng(seed), scene, faces, PLATE)
        rows = np.flatnonzero((np.abs(scene - 180) > 10).any(axis=1))
        low, high = PLATE[:, 1].min(), float(np.ptp(PLATE[:, 1]))
        assert len(rows)
        assert low - 8 * high < rows.min() < low
        assert rows.mean() < low


def test_a_seam_often_runs_behind_the_plate() -> None:
    box, behind = (100, 60, 200, 80), 0
    for seed in range(60):
        canvas = np.full((140, 300), 500.0, np.float32)
        mount._seams(np.random.default_rng(seed), canvas, box)
        behind += bool((canvas[box[1] : box[3], :90] < 400).all(axis=1).any())
    assert 20 <= behind <= 58


def test_a_parked_vehicle_s_plate_is_where_it_says(faces: tuple[Face, ...]) -> None:
    scene = np.full((256, 384), 90.0, np.float32)
    quad, hides = park(np.random.default_rng(3), scene, faces, (190.0, 120.0), 80.0, night=False)
    assert np.abs(quad.mean(0) - (190.0, 120.0)).max() < 2
    assert hides[0] < quad[:, 0].min() < quad[:, 0].max() < hides[2]
