import numpy as np
import pytest

from kirpik.road.gates import Passage, passage
from kirpik.road.observed import observe
from kirpik.road.outline import LONG
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint
from tests.unit.road.roads import BENT, CAMERA, Pass, drive, pose


def gates_of(points: list[TrackPoint], camera: Camera, where: Pose) -> Passage | None:
    seen = observe(points, LONG, camera, where)
    return passage(seen.scene.t_s, seen.corners, LONG, camera, where)


@pytest.mark.parametrize("speed_kmh", [30.0, 90.0, 180.0, -90.0])
@pytest.mark.parametrize("camera", [CAMERA, BENT], ids=["global shutter 16 mm", "rolling shutter, bent lens"])
def test_gates_find_the_speed_and_the_height_by_themselves(camera: Camera, speed_kmh: float) -> None:
    where = pose(depression_deg=12.7 if camera is CAMERA else 22.0)
    plate = Pass(speed_kmh, y_m=30.0 if camera is CAMERA else 16.0)
    points = [p for p in drive(plate, camera, where, seconds=(-5, 5), noise_px=0.15) if np.ptp(p.quad[:, 0]) > 40]
    seen = gates_of(points[:: max(1, len(points) // 60)], camera, where)
    assert seen is not None
    assert seen.speed_mps * 3.6 == pytest.approx(abs(speed_kmh), rel=0.012)
    assert seen.height_m == pytest.approx(0.6, abs=0.06)
    assert seen.gates >= 3


def test_a_camera_that_is_tilted_by_a_tenth_of_a_degree_is_seen_through() -> None:
    points = drive(Pass(90.0), CAMERA, pose(depression_deg=12.8), seconds=(-0.7, 0.7), noise_px=0.1)
    seen = gates_of(points, CAMERA, pose(depression_deg=12.7))
    assert seen is not None
    assert seen.speed_mps * 3.6 == pytest.approx(90.0, rel=0.012)


def test_braking_is_allowed_for() -> None:
    points = drive(Pass(90.0, acceleration=-4.0), CAMERA, pose(), seconds=(-0.6, 0.6), noise_px=0.1)
    seen = gates_of(points, CAMERA, pose())
    assert seen is not None
    assert seen.acceleration_mps2 == pytest.approx(-4.0, abs=1.0)


@pytest.mark.parametrize("yaw_deg", [-4.0, 4.0])
@pytest.mark.parametrize("speed_kmh", [90.0, -90.0])
def test_a_plate_that_is_turned_beside_the_cameras_way_is_not_taken_for_a_narrower_one(
    speed_kmh: float, yaw_deg: float
) -> None:
    where = pose(depression_deg=22.0)
    plate = Pass(speed_kmh, y_m=14.0, x_m=2.0, turn=(np.radians(yaw_deg), 0.0, 0.0))
    seen = gates_of(drive(plate, BENT, where, seconds=(-1, 1), noise_px=0.05), BENT, where)
    assert seen is not None
    assert seen.speed_mps * 3.6 == pytest.approx(90.0, rel=0.009)


def test_fewer_than_three_gates_are_no_passage() -> None:
    assert gates_of(drive(Pass(90.0), CAMERA, pose(), seconds=(0, 0.25)), CAMERA, pose()) is None
