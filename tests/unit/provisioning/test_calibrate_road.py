"""Steps 3 to 5 on simulated lamps and free traffic: what is found is the truth within what is stated."""

from pathlib import Path

import numpy as np
import pytest

from kirpik.errors import InputError
from kirpik.site import Pose
from kirpik.values import TrackPoint
from kirpik_provisioning.calibrate.pose import camera_of
from kirpik_provisioning.calibrate.posefit import turned
from kirpik_provisioning.calibrate.steps import PoseStep, TimeStep
from kirpik_provisioning.calibrate.timing import read_lamp, time_step
from kirpik_provisioning.calibrate.traffic import calibrate_traffic
from tests.sim.lamp import pulses, recorded, stripes
from tests.unit.provisioning.installer import TRUTH, lens_step
from tests.unit.road.roads import Pass, drive

CAMERA = camera_of(lens_step())


@pytest.mark.parametrize("row_time_us", [13.8, 18.5, 26.9])
def test_the_row_time_is_found_from_stripes(tmp_path: Path, row_time_us: float) -> None:
    folder = recorded(tmp_path / "lamp", stripes(row_time_us, 700.0))
    step = time_step(read_lamp(folder), flash_hz=700.0, lit_s=None, known=None)
    assert step.row_time_us == pytest.approx(row_time_us, rel=0.005)


def test_a_global_shutter_has_no_row_time(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "lamp", stripes(0.0, 700.0))
    assert time_step(read_lamp(folder), flash_hz=700.0, lit_s=None, known=None).row_time_us == 0.0


@pytest.mark.parametrize("ahead_s", [0.0, 0.0123, -0.2])
@pytest.mark.parametrize("row_time_us", [0.0, 13.8])
def test_the_clock_is_found_from_a_lamp_that_is_lit_at_full_seconds(
    tmp_path: Path, row_time_us: float, ahead_s: float
) -> None:
    folder = recorded(tmp_path / "lamp", pulses(row_time_us), ahead_s)
    step = time_step(read_lamp(folder), flash_hz=None, lit_s=0.1, known=TimeStep(row_time_us=row_time_us))
    assert step.offset_ms is not None
    assert step.offset_sigma_ms is not None
    assert abs(step.offset_ms - 1000 * ahead_s) < 3 * step.offset_sigma_ms + 0.3
    assert step.offset_sigma_ms < 3.0
    assert step.flashes >= 4


def test_a_recording_without_a_lamp_is_refused(tmp_path: Path) -> None:
    dark = [np.full((540, 96), 40.0)] * 40
    with pytest.raises(InputError, match="no lamp goes on and off"):
        time_step(read_lamp(recorded(tmp_path / "a", dark)), flash_hz=None, lit_s=0.1, known=None)
    with pytest.raises(InputError, match="10 frames, expected at least 30"):
        read_lamp(recorded(tmp_path / "b", dark[:10]))
    (tmp_path / "b" / "frames.csv").write_text("file,when\na.png,3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"frames.csv: expected file,sensor_timestamp_ns"):
        read_lamp(tmp_path / "b")


# ---- traffic ----


def survey_off(tilt_deg: float, roll_deg: float) -> PoseStep:
    """A survey that took the camera to be turned by so much from the truth."""
    rotation = turned(TRUTH.rotation, np.radians([-tilt_deg, 0.0, -roll_deg]))
    x, y, z = TRUTH.position_m.tolist()
    return PoseStep(
        position_m=(x, y, z), rotation=tuple(rotation.ravel().tolist()),  # type: ignore[arg-type]  # nine
        position_sigma_m=(0.03, 0.06, 0.02),
        angle_sigma_deg=(0.05, 0.06, 0.2), taped_height_m=z, points=(), chi2_per_dof=1.0,
    )  # fmt: skip


def free_traffic(count: int, *, height_m: float = 0.58) -> list[list[TrackPoint]]:
    """Plates as the true camera sees them, each a little turned, at its own height and speed."""
    rng = np.random.default_rng(8)
    pose = Pose(position_m=tuple(TRUTH.position_m), rotation=tuple(TRUTH.rotation.ravel()))  # type: ignore[arg-type]
    tracks = []
    for n in range(count):
        way = 1 if n % 2 else -1
        plate = Pass(
            way * float(rng.uniform(45, 80)), x_m=float(rng.uniform(-0.5, 1.5)),
            height_m=float(rng.normal(height_m, 0.08)), acceleration=float(rng.normal(0, 0.2)),
        )  # fmt: skip
        points = drive(plate, CAMERA, pose, seconds=(-1.2, 1.2), noise_px=0.25, seed=n, fps=20.0)
        roll = np.radians(rng.normal(0, 1.0))
        tracks.append([_rolled(point, float(roll)) for point in points])
    return tracks


def _rolled(point: TrackPoint, roll: float) -> TrackPoint:
    middle = point.quad.mean(axis=0)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    quad = (point.quad - middle) @ turn + middle
    return TrackPoint(point.sensor_timestamp_ns, point.exposure_us, point.utc_ns, quad, point.sigma_px)


def test_tilt_roll_and_plate_height_are_found_from_free_traffic() -> None:
    step = calibrate_traffic(free_traffic(60), CAMERA, survey_off(0.12, 0.3), taped_plate_m=0.60)
    assert abs(step.tilt_deg - 0.12) < 4 * step.tilt_sigma_deg
    assert abs(step.roll_deg - 0.3) < 4 * step.roll_sigma_deg
    assert step.tilt_sigma_deg < 0.03
    assert abs(step.plate_height_m - 0.58) < 0.05
    left = np.degrees(np.array(step.rotation).reshape(3, 3) @ TRUTH.rotation.T)
    assert abs(left[2, 1]) < 4 * step.angle_sigma_deg[0]
    assert abs(left[1, 0]) < 4 * step.angle_sigma_deg[2]
    assert max(step.angle_sigma_deg) < 0.2


def test_a_camera_that_was_moved_and_a_wrong_scale_are_refused() -> None:
    tracks = free_traffic(56)
    with pytest.raises(InputError, match=r"tilt is \+0\.[45]"):
        calibrate_traffic(tracks, CAMERA, survey_off(0.5, 0.0), taped_plate_m=None)
    with pytest.raises(InputError, match=r"0\.80 m by the tape"):
        calibrate_traffic(tracks, CAMERA, survey_off(0.0, 0.0), taped_plate_m=0.80)
    with pytest.raises(InputError, match=r"20 plates drove by freely and clearly, expected at least 50"):
        calibrate_traffic(tracks[:20], CAMERA, survey_off(0.0, 0.0), taped_plate_m=None)
