"""What the detector is asked for: heat on plates, nothing where nobody knows, a firm no where somebody looked."""

import numpy as np
from numpy.typing import NDArray

from kirpik_models.detector_targets import mirrored, targets
from kirpik_models.pose import outline
from kirpik_models.scenes import BOX, DOUBTFUL, EXACT, NOTHING, REFUSED

SIZE = (192, 320)
PLATE = np.asarray(outline(100, 80, 45, 9), np.float32)


def asked(*kinds: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    return np.stack([PLATE] * len(kinds)), np.array(kinds, np.uint8)


def test_a_plate_is_hot_in_its_middle_alone() -> None:
    made = targets(*asked(EXACT), SIZE)
    row, column = np.unravel_index(made.heat.argmax(), made.heat.shape)
    assert made.heat[row, column] == 1
    assert abs(column * 8 + 3.5 - 122.5) <= 4
    assert abs(row * 8 + 3.5 - 84.5) <= 4
    assert made.weights[row, column] == 1
    assert made.heat[0].max() < 0.01


def test_a_hand_drawn_box_has_less_say_in_the_corners() -> None:
    assert targets(*asked(BOX), SIZE).weights.max() < 0.5


def test_a_low_plates_corners_count_more_than_a_high_ones() -> None:
    low, high = (np.asarray(outline(100, 80, 45, height), np.float32)[None] for height in (4, 18))
    kinds = np.array([EXACT], np.uint8)
    assert targets(low, kinds, SIZE).weights.max() > 2 * targets(high, kinds, SIZE).weights.max()


def test_a_doubtful_place_is_not_judged_and_a_refused_one_is() -> None:
    doubtful, refused = targets(*asked(DOUBTFUL), SIZE), targets(*asked(REFUSED), SIZE)
    assert doubtful.judged[10, 16] == 0
    assert refused.judged.all()
    assert refused.refused[10, 16] == 1
    assert not refused.heat.any()


def test_what_is_empty_asks_for_nothing() -> None:
    made = targets(*asked(NOTHING), SIZE)
    assert not made.heat.any()
    assert made.judged.all()


def test_a_plate_half_out_of_the_picture_is_excused() -> None:
    quads = np.asarray(outline(290, 80, 60, 14), np.float32)[None]
    made = targets(quads, np.array([EXACT], np.uint8), SIZE)
    assert not made.heat.any()
    assert made.judged.min() == 0


def test_turned_left_to_right_the_corners_keep_their_names() -> None:
    turned = mirrored(PLATE[None], 320)[0]
    assert turned[0, 0] < turned[1, 0]
    assert turned[0, 0] == 319 - PLATE[1, 0]
