"""Aiming: numbers that rise and fall as they should, and a picture too coarse to know anything by."""

import numpy as np

from kirpik.console import framing
from kirpik.values import Luma

RNG = np.random.default_rng(7)
SHARP = (RNG.integers(0, 2, (384, 514)) * 255).astype(np.uint8)


def blurred(picture: Luma) -> Luma:
    rolled = [np.roll(picture, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    mean: Luma = np.mean(rolled, axis=0).astype(np.uint8)
    return mean


def test_sharpness_falls_with_every_blur() -> None:
    once = blurred(SHARP)
    assert framing.sharpness(SHARP) > framing.sharpness(once) > framing.sharpness(blurred(once))


def test_light_is_the_mean() -> None:
    assert framing.light(np.full((384, 514), 90, np.uint8)) == 90


def test_a_bright_corner_is_drawn_in_its_corner() -> None:
    picture = np.full((384, 514), 10, np.uint8)
    picture[:100, :100] = 250
    drawn = framing.ascii_picture(picture)
    assert drawn.shape == (framing.ROWS, framing.COLUMNS)
    assert drawn[0, 0] == "@"
    assert drawn[-1, -1] == " "


def test_a_plate_is_less_than_two_cells_so_nothing_on_it_can_be_known() -> None:
    """A plate that can just be read is some 50 pixels wide in a picture of 1456: 2.6 cells of one grey each."""
    cell_px = 1456 / framing.COLUMNS
    assert cell_px > 50 / 3


def test_lanes_and_plates_are_drawn_where_they_are() -> None:
    blank = framing.ascii_picture(np.zeros((384, 514), np.uint8))
    lane = np.array([[0, 0], [1455, 0], [1455, 1087], [0, 1087]], float)
    plate = np.array([[700, 500], [760, 500], [760, 530], [700, 530]], float)
    drawn = framing.draw(blank, [lane], [plate], size=(1456, 1088))
    assert drawn[0][0] == framing.LANE
    assert drawn[int(515 * framing.ROWS / 1088)][int(730 * framing.COLUMNS / 1456)] == framing.PLATE
    assert framing.plate_height_px(plate) == 30


def test_what_lies_behind_the_camera_is_not_drawn() -> None:
    blank = framing.ascii_picture(np.zeros((384, 514), np.uint8))
    outside = np.array([[np.nan, 0], [-5, -5], [9000, 0]])
    assert framing.draw(blank, [outside], [], size=(1456, 1088))[5] == "".join(blank[5])
