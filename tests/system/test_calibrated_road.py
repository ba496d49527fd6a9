"""A simulated installer calibrates the demo's road, and its recording is judged with the site file that came out.

Lens, survey and tape have realistic errors; the true camera is known to the simulator alone.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kirpik.site import Site
from kirpik.site_file import load_site
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, Work
from kirpik_provisioning.calibrate.survey import write_survey
from kirpik_provisioning.demo import bundled_road
from kirpik_provisioning.demo_stage import BIN
from kirpik_provisioning.demo_story import compare
from tests.sim.camera import Camera
from tests.sim.score import speed_at
from tests.sim.survey import surveyed, taped

ROAD = bundled_road()
FOCAL_PERCENT = 0.15


def true_camera(site: Site) -> Camera:
    told, pose = site.camera, site.pose
    return Camera(
        width=told.width, height=told.height, fx=told.fx, fy=told.fy, cx=told.cx, cy=told.cy, row_time_us=0.0,
        position_m=np.array(pose.position_m), rotation=np.array(pose.rotation).reshape(3, 3),
    )  # fmt: skip


def kirpik(*arguments: object) -> str:
    done = subprocess.run([BIN / "kirpik", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the installer comes to: a focal length that is 0.15 % off or so, 12 points, a tape."""
    folder = tmp_path_factory.mktemp("site")
    rng, truth = np.random.default_rng(11), true_camera(load_site(ROAD.site))
    lens = LensStep(
        width=truth.width, height=truth.height, focal_px=truth.fx * (1 + rng.normal(0, FOCAL_PERCENT / 100)),
        centre_px=(truth.cx, truth.cy), distortion=(0.0,) * 5, focal_uncertainty_percent=FOCAL_PERCENT, rms_px=0.1,
        model="none", pictures=("board.png",) * 15, covered=1.0, corners=(),
    )  # fmt: skip
    Work(folder).save(lens)
    write_survey(folder / "points.csv", surveyed(truth, rng, count=12, reach_m=65.0))
    height = ("--height", taped(truth, rng), "--survey-sigma", 0.02, "--click-sigma", 0.8)
    kirpik("calibrate", "--work", folder, "pose", folder / "points.csv", *height)
    kirpik("calibrate", "--work", folder, "report", ROAD.site, "--by", "a simulated installer")
    return folder


def test_the_pose_is_the_true_one_within_what_is_stated(work: Path) -> None:
    truth, found = load_site(ROAD.site).pose, Work(work).need(PoseStep, "pose")
    off = (np.array(found.position_m) - truth.position_m) / found.position_sigma_m
    turn = np.array(found.rotation).reshape(3, 3) @ np.array(truth.rotation).reshape(3, 3).T
    angles = np.degrees([turn[2, 1], turn[0, 2], turn[1, 0]]) / found.angle_sigma_deg
    assert np.abs([*off, *angles]).max() < 4.0


def test_the_same_offenders_are_found_and_their_speeds_hold(work: Path) -> None:
    command = [BIN / "kirpikd", "replay", ROAD.source, "--site", work / "site.toml", "--events", "-"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    found = [line["violation"] for line in map(json.loads, done.stdout.splitlines()) if "violation" in line]
    assert ROAD.truth is not None
    missed = compare(found, ROAD.truth)
    assert not missed.unexpected
    assert len(missed.absent) <= 1
    vehicles: dict[str, Any] = {vehicle["plate"]: vehicle for vehicle in ROAD.truth["vehicles"]}
    for one in found:
        if one["kind"] == "speeding":
            off = one["speed_kmh"] - speed_at(vehicles[one["plate"]], one["sensor_timestamp_ns"])
            print(f"{one['speed_kmh']:.2f} ± {one['uncertainty_kmh']:.2f} km/h, {off:+.2f} off the truth")
            assert abs(off) < 3.5 * one["uncertainty_kmh"]
            assert abs(off) < max(2.0, 0.02 * one["speed_kmh"])
