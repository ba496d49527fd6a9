from dataclasses import replace

import numpy as np
import pytest

from kirpik.road.motion import FRAMES_MOST, WIDTH_CLEAR_PX, belongs, choose, measure
from kirpik.road.path import path_of
from kirpik.rules.speeding import doubt
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


@pytest.mark.parametrize("size_mm", [(245.0, 185.0), (245.0, 160.0), (280.0, 200.0), (290.0, 170.0)])
@pytest.mark.parametrize("height_m", [0.5, 0.65, 0.8])
def test_a_small_plate_is_where_its_stated_doubt_says(size_mm: tuple[float, float], height_m: float) -> None:
    """A motorcycle's, taken for a wider one, would be seen 2 m further on than it is."""
    drawn = drive(Pass(50.0, height_m=height_m, size_mm=size_mm), CAMERA, pose(), seconds=(-2, 2), noise_px=0.2)
    path = path_of(drawn, CAMERA, pose())
    expected = 30.0 + 50 / 3.6 * (path.start_ns / 1e9 - 100.0 + path.t_s)
    assert (np.abs(path.foot_m[:, 1] - expected) < 2 * path.sigma_m).all()
    assert path.height_m == pytest.approx(height_m, abs=2 * path.height_sigma_m)
    assert path.plate_mm is not None


def test_a_motorcycles_plate_measures_no_speed() -> None:
    for size_mm in ((245.0, 185.0), (245.0, 160.0)):
        motion = measure(drive(Pass(90.0, size_mm=size_mm), CAMERA, pose(), seconds=(-1, 1)), CAMERA, pose())
        assert motion is None or doubt(motion) is not None


def test_what_is_too_small_for_a_plate_at_its_place_is_none() -> None:
    """A lamp, of a plate's shape: at its apparent size it would be under the road."""
    for size_mm, is_plate in (((200.0, 80.0), False), ((200.0, 43.0), False), ((280.0, 200.0), True)):
        drawn = drive(Pass(80.0, size_mm=size_mm), CAMERA, pose(), seconds=(-1, 1), noise_px=0.2)
        assert (path_of(drawn, CAMERA, pose()).plate_mm is not None) is is_plate, size_mm


def test_the_measure_of_one_vehicle_has_no_leap_and_that_of_two_has() -> None:
    first = drive(Pass(80.0), CAMERA, pose(), seconds=(-1, 0))
    one = measure([*first, *drive(Pass(80.0), CAMERA, pose(), seconds=(0, 1), seed=1)], CAMERA, pose())
    two = measure([*first, *drive(Pass(80.0, y_m=34.0), CAMERA, pose(), seconds=(0, 1), seed=1)], CAMERA, pose())
    assert one is not None
    assert one.leap < 1
    assert two is None or two.leap > 2


def test_what_the_gates_say_less_takes_the_speed_down_by_half_and_what_they_say_more_not_up() -> None:
    for seed in range(6):
        motion = measure(drive(Pass(90.0), CAMERA, pose(), seconds=(-0.7, 0.7), seed=seed), CAMERA, pose())
        assert motion is not None
        lower = min(motion.fit_kmh, motion.gates_kmh)
        assert motion.speed_kmh == pytest.approx((motion.fit_kmh + lower) / 2)
        assert motion.fit_kmh != motion.gates_kmh


def test_what_the_finder_states_widens_the_doubt_and_leaves_the_speed() -> None:
    points = drive(Pass(90.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    sure, unsure = (
        measure([replace(point, sigma_px=sigma) for point in points], CAMERA, pose()) for sigma in (0.1, 1.5)
    )
    assert sure is not None
    assert unsure is not None
    assert unsure.speed_kmh == sure.speed_kmh
    assert unsure.uncertainty_kmh > sure.uncertainty_kmh


@pytest.mark.parametrize("knocked_deg", [-0.8, 0.8])
def test_a_plate_tells_by_how_much_the_camera_was_knocked(knocked_deg: float) -> None:
    points = drive(Pass(70.0), CAMERA, pose(depression_deg=12.7 + knocked_deg), seconds=(-0.9, 0.9), noise_px=0.2)
    straight = measure(drive(Pass(70.0), CAMERA, pose(), seconds=(-0.9, 0.9), noise_px=0.2), CAMERA, pose())
    motion = measure(points, CAMERA, pose())
    assert motion is not None
    assert straight is not None
    assert abs(motion.tilt_deg) == pytest.approx(0.8, abs=0.25)
    assert motion.uncertainty_kmh > 2 * straight.uncertainty_kmh
    assert doubt(motion) == "calibration"


@pytest.mark.parametrize("size", [0.6, 0.8, 1.3])
def test_a_plate_of_another_size_is_nobodys_speed(size: float) -> None:
    copy = Pass(69.0, size_mm=(520.0 * size, 112.0 * size))
    motion = measure(drive(copy, CAMERA, pose(), seconds=(-0.9, 0.9)), CAMERA, pose())
    assert motion is None or doubt(motion) is not None


def test_a_lane_change_is_followed() -> None:
    straight = drive(Pass(90.0), CAMERA, pose(), seconds=(-0.6, 0.6), noise_px=0.15)
    moved = [
        drive(Pass(90.0, x_m=0.5 * (i / len(straight)) ** 2), CAMERA, pose(), seconds=(-0.6, 0.6), noise_px=0.15)[i]
        for i in range(len(straight))
    ]
    motion = measure(moved, CAMERA, pose())
    assert motion is not None
    assert doubt(motion) is None
    assert motion.speed_kmh == pytest.approx(90.0, abs=3 * motion.uncertainty_kmh)


def test_a_sighting_far_from_the_measured_vehicle_is_not_its_own() -> None:
    points = drive(Pass(90.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    motion = measure(points, CAMERA, pose())
    assert motion is not None
    assert all(belongs(motion, point, CAMERA, pose()) for point in points)
    ahead = drive(Pass(90.0, y_m=38.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    assert not any(belongs(motion, point, CAMERA, pose()) for point in ahead)


def test_where_clear_plates_suffice_the_small_ones_are_not_asked() -> None:
    points = drive(Pass(90.0, y_m=50.0), CAMERA, pose(depression_deg=8.5), seconds=(-1.5, 1.2))
    widths = [np.linalg.norm(point.quad[1] - point.quad[0]) for point in choose(points)]
    assert len(widths) < len(points)
    assert min(widths) > WIDTH_CLEAR_PX - 2
    far = [point for point in points if np.linalg.norm(point.quad[1] - point.quad[0]) < WIDTH_CLEAR_PX]
    assert len(choose(far)) == len(far)
