from dataclasses import replace

import numpy as np
import pytest

from kirpik.road.motion import FRAMES_MOST, choose, measure
from kirpik.road.path import path_of
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, Pass, drive, pose


@pytest.mark.parametrize("speed_kmh", [20.0, 60.0, 110.0, 200.0, -60.0, -110.0])
@pytest.mark.parametrize("camera", [CAMERA, BENT], ids=["global shutter 16 mm", "rolling shutter, bent lens"])
def test_speed_is_found_within_its_uncertainty(camera: Camera, speed_kmh: float) -> None:
    depression = 12.7 if camera is CAMERA else 22.0
    plate = Pass(speed_kmh, y_m=30.0 if camera is CAMERA else 16.0)
    points = drive(plate, camera, pose(depression_deg=depression), seconds=(-6, 6), seed=3)
    motion = measure(points, camera, pose(depression_deg=depression))
    assert motion is not None
    error = motion.speed_kmh - abs(speed_kmh)
    assert abs(error) < max(3 * motion.uncertainty_kmh, 0.5)
    assert motion.uncertainty_kmh < 0.03 * abs(speed_kmh) + 1.0
    assert motion.chi2_per_dof < 2.0
    assert motion.height_m == pytest.approx(0.6, abs=0.12)


def test_braking_does_not_lower_the_speed_at_the_middle() -> None:
    plate = Pass(80.0, acceleration=-4.0)
    points = drive(plate, CAMERA, pose(), seconds=(-0.7, 0.7), noise_px=0.1)
    motion = measure(points, CAMERA, pose())
    assert motion is not None
    middle_s = motion.reference_ns / 1e9 - 100.0
    assert motion.speed_kmh == pytest.approx(80.0 - 4.0 * 3.6 * middle_s, abs=1.5)


def test_a_few_spoiled_frames_are_left_out() -> None:
    points = drive(Pass(80.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    for number in (3, 17, 18):
        points[number] = replace(points[number], quad=points[number].quad + np.array([0.0, 9.0]))
    motion = measure(points, CAMERA, pose())
    assert motion is not None
    assert motion.frames == len(points) - 3
    assert motion.chi2_per_dof < 2.0
    assert motion.speed_kmh == pytest.approx(80.0, abs=3 * motion.uncertainty_kmh)


def test_many_spoiled_frames_show_in_the_fit() -> None:
    points = drive(Pass(80.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    for number in range(0, len(points), 3):
        points[number] = replace(points[number], quad=points[number].quad + np.array([0.0, 3.0 * (-1) ** number]))
    clean, motion = (
        measure(drive(Pass(80.0), CAMERA, pose(), seconds=(-0.7, 0.7)), CAMERA, pose()),
        measure(points, CAMERA, pose()),
    )
    assert motion is not None
    assert clean is not None
    assert motion.frames < len(points) or motion.uncertainty_kmh > 1.2 * clean.uncertainty_kmh


def test_a_plate_of_another_class_is_measured_by_its_own_size() -> None:
    points = drive(Pass(60.0, size_mm=(280.0, 200.0)), CAMERA, pose(), seconds=(-2, 2))
    motion = measure(points, CAMERA, pose())
    assert motion is not None
    assert motion.speed_kmh == pytest.approx(60.0, abs=3 * motion.uncertainty_kmh)


def test_an_outline_of_no_known_shape_is_not_measured() -> None:
    assert measure(drive(Pass(60.0, size_mm=(520.0, 520.0)), CAMERA, pose(), seconds=(-2, 2)), CAMERA, pose()) is None


def test_too_few_frames_are_not_measured() -> None:
    assert measure(drive(Pass(60.0), CAMERA, pose(), seconds=(0, 0.2)), CAMERA, pose()) is None


def test_a_long_track_is_thinned_and_keeps_both_ends() -> None:
    points = drive(Pass(10.0), CAMERA, pose(), seconds=(-5, 5))
    chosen = choose(points)
    assert len(points) > FRAMES_MOST == len(chosen)
    assert chosen[0] is points[0]
    assert chosen[-1] is points[-1]


def test_the_path_follows_the_foot_point() -> None:
    path = path_of(drive(Pass(50.0, x_m=0.4), CAMERA, pose(), seconds=(-2, 2), noise_px=0.2), CAMERA, pose())
    expected = 30.0 + 50 / 3.6 * (path.start_ns / 1e9 - 100.0 + path.t_s)
    assert np.abs(path.foot_m[:, 1] - expected).max() < 4 * path.sigma_m.max()
    assert path.foot_m[:, 0].mean() == pytest.approx(0.4, abs=0.05)
    assert path.plate_mm == (520.0, 112.0)
