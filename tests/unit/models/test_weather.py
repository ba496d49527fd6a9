"""What road and camera do to a plate: patches of earth darken it, a drowned sheet is white."""

import numpy as np

from kirpik_models import capture
from kirpik_models.optics import processed
from kirpik_models.weather import _smudges


def test_earth_darkens_paper_and_leaves_most_of_it() -> None:
    for seed in range(40):
        paper = np.full((56, 260), 230.0, np.float32)
        soiled = _smudges(np.random.default_rng(seed), paper.copy())
        assert (soiled <= paper + 1e-3).all()
        assert (soiled > 225).mean() > 0.3


def test_a_chip_makes_no_picture_of_another_size() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (40, 150)).astype(np.uint8)
    assert all(processed(np.random.default_rng(seed), picture).shape == picture.shape for seed in range(20))


def test_a_sheet_beyond_the_sensors_range_is_white_where_paper_is() -> None:
    plate = np.full((112, 520), 220, np.uint8)
    plate[30:80, 60:90] = 20
    shots = [capture.photograph(np.random.default_rng(seed), plate, width_px=130) for seed in range(40)]
    inside = [shot.luma[tuple(shot.quad.mean(0).astype(int)[::-1])] for shot in shots]
    assert max(inside) >= 250
    assert min(inside) < 200
