"""A scene that moves in the picture is noticed by how far; what drives through it, and what hides it, is no move."""

import numpy as np
import pytest
from PIL import Image

from kirpik.values import Frame, Luma, Shift
from kirpik.vision.landmarks import find, pick, shift_of
from kirpik.vision.scenery import FIRST_LOOKS, LOOK_NS, Scenery

SIZE = (480, 300)


def scene(seed: int = 1) -> Luma:
    """Grey with bright and dark rectangles on it, twice as fine as it is looked at."""
    rng = np.random.default_rng(seed)
    picture = np.full((2 * SIZE[1], 2 * SIZE[0]), 110.0)
    for _ in range(90):
        x, y = int(rng.integers(0, 2 * SIZE[0])), int(rng.integers(0, 2 * SIZE[1]))
        picture[y : y + int(rng.integers(10, 60)), x : x + int(rng.integers(10, 60))] = rng.uniform(30, 220)
    return picture.astype(np.uint8)


def seen(
    picture: Luma, *, x: float = 0.0, y: float = 0.0, degrees: float = 0.0, scale: float = 1.0, seed: int = 0
) -> Luma:
    """The scene after the picture has moved by x, y, with the sensor's noise."""
    cos, sin = np.cos(np.radians(degrees)) / scale, np.sin(np.radians(degrees)) / scale
    middle = np.array([SIZE[0], SIZE[1]], np.float64)
    turn = np.array([[cos, sin], [-sin, cos]])
    left, top = middle - turn @ (middle + (2 * x, 2 * y))
    large = Image.fromarray(picture).transform(
        (2 * SIZE[0], 2 * SIZE[1]), Image.Transform.AFFINE, (cos, sin, left, -sin, cos, top), Image.Resampling.BICUBIC
    )
    small = np.asarray(large.resize(SIZE, Image.Resampling.BOX), np.float64)
    return (small + np.random.default_rng(seed).normal(0, 3, small.shape)).clip(0, 255).astype(np.uint8)


class Run:
    """Pictures shown one look apart."""

    def __init__(self, **options: int) -> None:
        self.scenery, self.number = Scenery(**options), 0

    def show(self, picture: Luma) -> Shift | None:
        self.number += 1
        frame = Frame(self.number, self.number * LOOK_NS, 500, None, np.zeros((900, 1440), np.uint8), picture)
        return self.scenery.see(frame)


@pytest.fixture(scope="module")
def still() -> Luma:
    return scene()


def begun(still: Luma) -> Run:
    run = Run()
    for number in range(FIRST_LOOKS):
        assert run.show(seen(still, seed=number)) is None
    return run


@pytest.mark.parametrize(
    ("x", "y", "degrees", "scale"),
    [(0, 0, 0, 1), (0.4, -0.3, 0, 1), (2.6, 1.3, 0, 1), (0, 0, 0.7, 1), (0, 0, 0, 1.01), (-1.5, 2.0, -0.5, 0.995)],
)
def test_a_shift_a_turn_and_a_zoom_are_told(still: Luma, x: float, y: float, degrees: float, scale: float) -> None:
    marks = pick(seen(still))
    now, found = find(marks, seen(still, x=x, y=y, degrees=degrees, scale=scale, seed=9), (0, 0))
    shift = shift_of(marks.places, now, found)
    assert shift is not None
    about = marks.places.mean(axis=0) - np.array(SIZE) / 2
    turned = np.radians(degrees) * np.array([-about[1], about[0]]) + (scale - 1) * about
    assert np.allclose((shift.x_px, shift.y_px), (x, y) + turned, atol=0.25)
    assert np.isclose(np.degrees(shift.turn_rad), degrees, atol=0.05)
    assert np.isclose(shift.scale, scale - 1, atol=0.001)


def test_a_knock_is_followed_even_where_it_is_wide(still: Luma) -> None:
    run = begun(still)
    for x, y in ((0.0, 0.0), (1.5, -1.0), (30.0, 22.0), (-41.0, 9.0)):
        shift = run.show(seen(still, x=x, y=y, seed=7))
        assert shift is not None
        assert np.allclose((shift.x_px, shift.y_px), (3 * x, 3 * y), atol=1.0)


def test_a_lorry_over_two_fifths_of_the_picture_is_no_knock(still: Luma) -> None:
    run = begun(still)
    for step in range(8):
        picture = seen(still, seed=step).copy()
        picture[:, 30 + 4 * step : 220 + 4 * step] = seen(scene(5), x=4 * step)[:, 30 + 4 * step : 220 + 4 * step]
        shift = run.show(picture)
        assert shift is None or np.hypot(shift.x_px, shift.y_px) < 0.6


def test_where_nothing_can_be_told_again_nothing_is_said() -> None:
    run = Run()
    for number in range(FIRST_LOOKS + 4):
        assert run.show(seen(np.full((2 * SIZE[1], 2 * SIZE[0]), 60, np.uint8), seed=number)) is None


def test_a_camera_that_rides_along_has_no_fixed_points(still: Luma) -> None:
    run = Run()
    for number in range(FIRST_LOOKS + 6):
        assert run.show(seen(still, x=3.0 * number, y=2.0 * number, seed=number)) is None


def test_when_night_has_fallen_the_scene_is_learnt_anew(still: Luma) -> None:
    run, night, dark = Run(lost_most=9), scene(8), np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for picture in (*[seen(still)] * FIRST_LOOKS, *[dark] * 5, *[seen(night)] * (4 + FIRST_LOOKS)):
        assert run.show(picture) is None
    assert run.show(seen(night, seed=11)) is not None
