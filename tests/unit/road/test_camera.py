import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.road.camera import on_height, project, project_moving, rotation
from kirpik.road.lens import Distortion, derivative, distort, fold, undistort
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, pose

LENSES: dict[str, Distortion] = {
    "barrel": (-0.32, 0.11, 0.0008, -0.0006, -0.02),
    "pincushion": (0.21, -0.04, -0.001, 0.0007, 0.01),
    "moustache": (-0.25, 0.35, 0.0, 0.0, -0.12),
    "module 3": BENT.distortion,
}


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


def plane_within(distortion: Distortion, share: float, count: int = 400) -> NDArray[np.float64]:
    """Points of the ideal plane up to a share of the fold, or of a wide lens's corner."""
    reach = min(share * float(np.sqrt(fold(distortion))), 0.9)
    rng = np.random.default_rng(3)
    angle, radius = rng.uniform(0, 2 * np.pi, count), reach * np.sqrt(rng.uniform(0, 1, count))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


@pytest.mark.parametrize("name", LENSES)
def test_the_lens_is_opencvs_both_ways(name: str) -> None:
    distortion = LENSES[name]
    ideal = plane_within(distortion, 0.8)
    points = np.column_stack([ideal, np.ones(len(ideal))])
    bent, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), np.eye(3), np.array(distortion))
    assert np.abs(distort(ideal, distortion) - bent[:, 0]).max() < 1e-12
    assert np.abs(undistort(bent[:, 0], distortion) - ideal).max() < 1e-9


@pytest.mark.parametrize("name", LENSES)
def test_the_lens_knows_its_slope(name: str) -> None:
    ideal, step = plane_within(LENSES[name], 0.8), 1e-6
    for axis in range(2):
        moved = np.zeros(2)
        moved[axis] = step
        slope = (distort(ideal + moved, LENSES[name]) - distort(ideal - moved, LENSES[name])) / (2 * step)
        assert np.abs(derivative(ideal, LENSES[name])[..., axis] - slope).max() < 1e-8


def test_beyond_the_fold_there_is_nothing() -> None:
    barrel = LENSES["barrel"]
    edge = float(np.sqrt(fold(barrel)))
    assert np.isnan(distort(np.array([[1.01 * edge, 0.0]]), barrel)).all()
    farthest = distort(np.array([[0.9999 * edge, 0.0]]), barrel)
    assert np.isnan(undistort(farthest * 1.02, barrel)).all()
    assert np.isfinite(undistort(farthest * 0.98, barrel)).all()
    assert fold((0.1, 0.0, 0.0, 0.0, 0.0)) == float("inf")


def test_each_corner_is_seen_when_its_own_row_is_read() -> None:
    speed_mps = 30.0

    def place(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([0 * t, 16.0 + speed_mps * t, 0.6 + 0 * t], axis=-1)

    seen = project_moving(place, np.array([0.0]), BENT, pose(depression_deg=22.0))[0]
    read_s = seen[1] * BENT.row_time_us / 1e6
    assert read_s > 0.001
    back = on_height(seen, 0.6, BENT, pose(depression_deg=22.0))
    assert back[1] == pytest.approx(16.0 + speed_mps * read_s, abs=1e-6)


def test_digits_that_were_rounded_make_no_stretched_camera() -> None:
    exact = pose()
    rounded = msgspec.structs.replace(exact, rotation=tuple(round(value, 3) for value in exact.rotation))
    turn = rotation(rounded)
    assert np.abs(turn @ turn.T - np.eye(3)).max() < 1e-12
    assert np.abs(turn - rotation(exact)).max() < 1e-3
