import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kirpik_central.ground import Point, foot_point
from tests.unit.central.packets import CALIBRATION, driven

TILT = math.radians(12)
ROTATION = np.array([[1, 0, 0], [0, -math.sin(TILT), -math.cos(TILT)], [0, math.cos(TILT), -math.sin(TILT)]])
CAMERA = np.array([0.0, 0.0, 6.0])
BENT = (-120_000_000, 45_000_000, 800_000, -600_000, 0)
TURNED = replace(CALIBRATION, rotation_1e9=tuple(round(value * 1e9) for value in ROTATION.ravel()), distortion_1e9=BENT)


def seen(corners_m: list[tuple[float, float, float]]) -> list[Point]:
    """By OpenCV, which the code under test does not use."""
    matrix = np.array([[4638.0, 0, 727.5], [0, 4638.0, 543.5], [0, 0, 1]])
    rotation, _ = cv2.Rodrigues(ROTATION)
    points, _ = cv2.projectPoints(
        np.array(corners_m), rotation, -ROTATION @ CAMERA, matrix, np.array([value / 1e9 for value in BENT])
    )
    return [(float(x), float(y)) for x, y in points.reshape(-1, 2)]


@pytest.mark.parametrize(("x_m", "y_m"), [(0.0, 28.0), (-2.0, 25.0), (3.2, 45.0)])
def test_a_plates_foot_is_found_through_a_lens_that_bends(x_m: float, y_m: float) -> None:
    corners = [(x_m - 0.26, y_m, 0.75), (x_m + 0.26, y_m, 0.75), (x_m + 0.26, y_m, 0.55), (x_m - 0.26, y_m, 0.55)]
    foot = foot_point(TURNED, seen(corners), 0.65)
    assert foot == pytest.approx((x_m, y_m), abs=0.01)


def test_a_ray_that_goes_up_meets_no_road() -> None:
    above = [(700.0, -4000.0), (760.0, -4000.0), (760.0, -3990.0), (700.0, -3990.0)]
    assert foot_point(TURNED, above) is None


def test_the_centre_is_where_the_diagonals_cross_not_the_mean() -> None:
    turned = [(-0.2, 25.0, 0.7), (0.2, 27.0, 0.7), (0.2, 27.0, 0.6), (-0.2, 25.0, 0.6)]
    assert foot_point(TURNED, seen(turned), 0.65) == pytest.approx((0.0, 26.0), abs=0.01)


def test_the_test_track_itself_drives_along_its_lane() -> None:
    row = driven(21)[10]
    values = [value / 32 for value in row.corners_px32]
    corners = list(zip(values[::2], values[1::2], strict=True))
    assert foot_point(CALIBRATION, corners, 0.65) == pytest.approx((0.2, 25.0), abs=0.1)
