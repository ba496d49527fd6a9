"""What the corner finder learns from: starts that are evenly wrong, truths beyond the bins, places without a plate."""

import numpy as np
import pytest
from PIL import ImageFont

from kirpik_models.corners_data import FURTHEST, NOTHING, REACH, REACHES, CornerSamples, in_bins, scattered
from kirpik_models.fonts import Face, face_of
from kirpik_models.pose import outline

PLATE = outline(40.0, 30.0, 90.0, 20.0)


@pytest.fixture(scope="module")
def faces() -> tuple[Face, ...]:
    font = ImageFont.load_default(400)
    assert isinstance(font, ImageFont.FreeTypeFont)
    face = face_of("pillow", font)
    assert face is not None
    return (face,)


@pytest.mark.parametrize(("reach", "furthest"), list(zip(REACHES, FURTHEST, strict=True)))
def test_starts_are_wrong_evenly_to_all_sides(reach: float, furthest: float) -> None:
    rng = np.random.default_rng(1)
    places = np.array([in_bins(scattered(rng, PLATE, reach, furthest), PLATE) for _ in range(400)])
    assert np.abs(places).max() <= max(furthest, REACH) + 0.3
    assert np.abs(places.mean(0)).max() < 0.3 * reach
    assert places.std() > 0.6 * reach


def test_some_samples_hold_no_plate_and_say_so(faces: tuple[Face, ...]) -> None:
    make, rng = CornerSamples(faces), np.random.default_rng(4)
    truths = [np.asarray(make(rng)["truth"], np.float64) for _ in range(60)]
    empty = [bool((truth >= NOTHING).all()) for truth in truths]
    assert 0 < sum(empty) < 20
    assert all(
        (np.abs(truth) < max(FURTHEST) + 0.5).all() for truth, none in zip(truths, empty, strict=True) if not none
    )


def test_the_same_seed_makes_the_same_sample(faces: tuple[Face, ...]) -> None:
    one, two = (CornerSamples(faces)(np.random.default_rng(9)) for _ in range(2))
    assert all((one[name] == two[name]).all() for name in one)
