"""What the slant of an outline tells of how its plate is turned."""

import numpy as np
import pytest

from kirpik.road.camera import project
from kirpik.road.outline import LONG
from kirpik.road.slant import slants, yaw_of
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, Pass, pose

T_S = np.linspace(-0.4, 0.4, 9)[:, None] + np.zeros(4)


def told_deg(camera: Camera, turn_deg: tuple[float, float, float], x_m: float = 0.0) -> float:
    where = pose(depression_deg=12.7 if camera is CAMERA else 22.0)
    plate = Pass(72.0, y_m=30.0 if camera is CAMERA else 16.0, x_m=x_m, turn=tuple(np.radians(turn_deg)))
    road = plate.corners(T_S)
    centre = np.repeat(road.mean(axis=1, keepdims=True), 4, axis=1)
    return float(np.degrees(yaw_of(project(road, camera, where), centre, 0.0, LONG, camera, where)))


@pytest.mark.parametrize("camera", [CAMERA, BENT], ids=["16 mm", "wide"])
@pytest.mark.parametrize("yaw_deg", [-3.0, 0.0, 3.0])
@pytest.mark.parametrize("x_m", [-2.0, 2.0])
def test_a_turned_plate_is_told_and_never_more_of_it_than_there_is(camera: Camera, yaw_deg: float, x_m: float) -> None:
    told = told_deg(camera, (yaw_deg, 0.0, 0.0), x_m)
    assert 0.5 * abs(yaw_deg) - 0.1 <= told * np.sign(yaw_deg or 1.0) <= abs(yaw_deg) + 0.1


def test_a_rolled_plate_is_mostly_seen_to_be_rolled() -> None:
    assert abs(told_deg(BENT, (0.0, 0.0, 1.0))) < 1.5
    """Its long edges alone would say 2.7°."""


def test_slants_are_counted_clockwise() -> None:
    quad = np.array([[[0.0, 0.0], [100.0, 2.0], [99.0, 22.0], [-1.0, 20.0]]])
    assert slants(quad)[0] == pytest.approx([np.arctan2(2, 100), np.arctan2(1, 20)])
