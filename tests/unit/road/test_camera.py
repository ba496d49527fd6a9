import cv2
import numpy as np
import pytest

from kirpik.road.camera import on_height, project, rotation
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, pose


@pytest.mark.parametrize("camera", [CAMERA, BENT])
def test_projection_is_opencvs(camera: Camera) -> None:
    points = np.random.default_rng(1).uniform((-4, 10, 0), (4, 40, 2), (200, 3))
    where = pose()
    turn, _ = cv2.Rodrigues(rotation(where))
    shift = -rotation(where) @ np.array(where.position_m)
    matrix = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
    expected, _ = cv2.projectPoints(points, turn, shift, matrix, np.array(camera.distortion))
    assert np.abs(project(points, camera, where) - expected[:, 0]).max() < 1e-6


@pytest.mark.parametrize("camera", [CAMERA, BENT])
def test_a_pixel_goes_back_to_the_road_point_that_it_came_from(camera: Camera) -> None:
    points = np.random.default_rng(2).uniform((-2, 15, 0.4), (2, 40, 0.4), (200, 3))
    back = on_height(project(points, camera, pose()), 0.4, camera, pose())
    assert np.abs(back - points[:, :2]).max() < 1e-4


def test_a_ray_above_the_horizon_meets_no_road() -> None:
    sky = np.array([[700.0, 5.0]])
    assert np.isnan(on_height(sky, 0.0, CAMERA, pose(depression_deg=0.0))).all()
