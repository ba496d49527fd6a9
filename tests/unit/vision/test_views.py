"""Views are planned so that every plate on the road is whole in one of them, and large enough."""

import numpy as np
import pytest

from kirpik.values import View
from kirpik.vision.views import CHANCES, chances, overview, plan_views, tiles

INPUT = (640, 384)


def road(picture: tuple[int, int], *, far_px: float, near_px: float) -> np.ndarray:
    """A road that narrows to its far end, at the picture's upper third."""
    along = np.repeat(np.linspace(0, 1, 40), 7)
    across = np.tile(np.linspace(-1, 1, 7), 40)
    width = near_px + (far_px - near_px) * along
    y = picture[1] * (0.95 - 0.6 * along)
    x = picture[0] / 2 + across * width * 3.4
    spots = np.column_stack([x, y, width])
    return spots[(spots[:, 0] > 0) & (spots[:, 0] < picture[0])]


@pytest.mark.parametrize(
    ("picture", "far_px", "near_px"),
    [
        ((640, 480), 24, 90), ((1280, 720), 30, 110), ((1456, 1088), 45, 160),
        ((2304, 1296), 24, 140), ((4056, 3040), 40, 400),
    ],
)  # fmt: skip
def test_nearly_every_plate_is_found_in_some_view(picture: tuple[int, int], far_px: float, near_px: float) -> None:
    spots = road(picture, far_px=far_px, near_px=near_px)
    views = plan_views(spots, picture, INPUT)
    best = np.max([chances(view, spots, picture) for view in views], axis=0)
    assert best.mean() > 0.9 * max(CHANCES)
    assert len(views) <= 4
    for view in views:
        assert view.size[0] <= INPUT[0]
        assert view.size[1] <= INPUT[1]
        assert view.left >= 0
        assert view.top >= 0
        assert view.box[2] <= picture[0] + view.factor
        assert view.box[3] <= picture[1] + view.factor


def test_where_all_plates_are_large_the_camera_s_own_reduction_is_enough() -> None:
    picture = (1280, 720)
    assert plan_views(road(picture, far_px=80, near_px=150), picture, INPUT) == (overview(picture, INPUT),)


def test_a_road_out_of_sight_is_looked_for_everywhere() -> None:
    assert plan_views(np.zeros((0, 3)), (2304, 1296), INPUT) == (overview((2304, 1296), INPUT),)


def test_a_small_picture_is_one_view_of_itself() -> None:
    assert overview((320, 240), INPUT) == View(0, 0, (320, 240), 1.0)
    assert tiles((320, 240), INPUT, 44.0) == (View(0, 0, (320, 240), 1.0),)


def test_tiles_of_an_unknown_picture_cover_it_at_every_fineness() -> None:
    picture = (4056, 3040)
    views = tiles(picture, INPUT, 44.0)
    assert views[0] == overview(picture, INPUT)
    for factor in {view.factor for view in views}:
        seen = np.zeros((303, 405), bool)
        for view in (view for view in views if view.factor == factor):
            left, top, right, bottom = (round(edge / 10) for edge in view.box)
            seen[top:bottom, left:right] = True
        assert seen.all()
    assert min(view.factor for view in views) < 2.5


def test_a_hd_picture_is_looked_at_once() -> None:
    assert len(tiles((1280, 720), INPUT, 44.0)) == 1


def test_points_of_a_view_come_back_to_their_place() -> None:
    np.testing.assert_allclose(
        View(100, 50, (64, 38), 2.0).to_picture(np.array([(-0.5, -0.5), (0.0, 0.0)])), [(99.5, 49.5), (100.5, 50.5)]
    )
