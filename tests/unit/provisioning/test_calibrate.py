"""Lens and pose: what is found is the truth within what is stated; what cannot carry a calibration is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kirpik.errors import InputError
from kirpik.road.motion import measure
from kirpik.site import Pose
from kirpik_provisioning.calibrate.boards import Board
from kirpik_provisioning.calibrate.lens import calibrate_lens
from kirpik_provisioning.calibrate.pose import Tape, calibrate_pose, camera_of
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep
from kirpik_provisioning.calibrate.survey import SurveyPoint, read_survey, write_survey
from tests.sim.board import Charuco, Chessboard, held, picture
from tests.sim.camera import Lens
from tests.sim.survey import surveyed, taped
from tests.unit.provisioning.installer import POINTS, TAPE, TRUTH, lens_step
from tests.unit.road.roads import Pass, drive

SMALL = Lens(width=640, height=480, focal_px=1500.0, distortion=(-0.2, 0.1, 0.0, 0.0, 0.0))
CHESSBOARD = Chessboard(9, 6, 0.03)


# ---- lens ----


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boards")
    rng = np.random.default_rng(5)
    for number in range(12):
        turn, place = held(rng, SMALL, CHESSBOARD, fill=rng.uniform(0.45, 0.6))
        cv2.imwrite(str(folder / f"{number:02}.png"), picture(CHESSBOARD, SMALL, turn, place, rng=rng))
    return folder


def test_the_lens_is_found_within_what_is_stated(boards: Path) -> None:
    step = calibrate_lens(boards, Board(9, 6, 30.0), tell=lambda _: None)
    assert step.focal_uncertainty_percent <= 0.3
    assert abs(step.focal_px / SMALL.focal_px - 1) < 3.5 * step.focal_uncertainty_percent / 100
    assert step.rms_px < 0.2
    assert (step.width, step.height, len(step.pictures)) == (640, 480, 12)
    x, y = 300 / SMALL.focal_px, 220 / SMALL.focal_px
    bent, true = (np.polyval([k[1], k[0], 1], x * x + y * y) for k in (step.distortion, SMALL.distortion))
    assert abs(bent - true) * 300 < 0.5


def test_a_charuco_board_is_found_where_it_is_cut_off(tmp_path: Path) -> None:
    rng, board = np.random.default_rng(2), Charuco(9, 7, 0.03, 0.022)
    turn, place = held(rng, SMALL, board, fill=0.7)
    place[0] += 0.35 * SMALL.width / SMALL.focal_px * place[2]
    cv2.imwrite(str(tmp_path / "a.png"), picture(board, SMALL, turn, place, rng=rng))
    with pytest.raises(InputError, match=r"found in 1 of 1 pictures, expected at least 10"):
        calibrate_lens(tmp_path, Board(9, 7, 30.0, 22.0), tell=lambda _: None)


def test_pictures_that_cannot_carry_a_lens_are_refused(boards: Path, tmp_path: Path) -> None:
    cases: dict[str, Callable[[], Path]] = {
        "cannot read the folder": lambda: tmp_path / "nowhere",
        "found in 0 of 0": lambda: tmp_path,
    }
    for said, folder in cases.items():
        with pytest.raises(InputError, match=said):
            calibrate_lens(folder(), Board(9, 6, 30.0), tell=lambda _: None)
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a picture"):
        calibrate_lens(tmp_path, Board(9, 6, 30.0), tell=lambda _: None)
    (tmp_path / "a.png").write_bytes((boards / "00.png").read_bytes())
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((90, 120), np.uint8))
    with pytest.raises(InputError, match=r"b.png: 120 × 90 pixels, expected 640 × 480"):
        calibrate_lens(tmp_path, Board(9, 6, 30.0), tell=lambda _: None)


# ---- pose ----


def found_pose(seed: int) -> tuple[PoseStep, LensStep]:
    rng = np.random.default_rng(seed)
    lens, points = lens_step(rng), surveyed(TRUTH, rng, count=12)
    return calibrate_pose(points, lens, replace(TAPE, height_m=taped(TRUTH, rng))), lens


def shares(step: PoseStep) -> list[float]:
    """Each error of the pose in its own stated standard deviations."""
    turn = np.array(step.rotation).reshape(3, 3) @ TRUTH.rotation.T
    angles = np.degrees([turn[2, 1], turn[0, 2], turn[1, 0]])
    place = (np.array(step.position_m) - TRUTH.position_m) / step.position_sigma_m
    return [*place.tolist(), *(angles / step.angle_sigma_deg).tolist()]


def test_the_pose_is_found_within_what_is_stated() -> None:
    found = np.array([shares(found_pose(seed)[0]) for seed in range(8)])
    assert np.abs(found).max() < 4.0
    assert 0.5 < np.sqrt((found**2).mean()) < 1.5


def test_speeds_hold_with_the_calibration_that_was_found() -> None:
    """Plates that the true camera sees, measured with what the installer came to."""
    true_pose = Pose(position_m=tuple(TRUTH.position_m), rotation=tuple(TRUTH.rotation.ravel()))  # type: ignore[arg-type]  # nine
    true_camera = camera_of(lens_step())
    for seed in range(4):
        step, lens = found_pose(20 + seed)
        pose = Pose(
            position_m=step.position_m, rotation=step.rotation, position_uncertainty_m=max(step.position_sigma_m),
            angle_uncertainty_deg=max(step.angle_sigma_deg),
        )  # fmt: skip
        for speed in (50.0, 90.0, 130.0):
            points = drive(Pass(speed, x_m=0.5), true_camera, true_pose, seconds=(-2, 2), noise_px=0.25, seed=seed)
            motion = measure(points, camera_of(lens), pose)
            assert motion is not None
            assert abs(motion.speed_kmh - speed) < min(3.5 * motion.uncertainty_kmh, max(2.0, 0.02 * speed))


def moved(points: list[SurveyPoint], name: str, by_m: float) -> list[SurveyPoint]:
    return [
        replace(p, place_m=(p.place_m[0] + by_m, p.place_m[1], p.place_m[2])) if p.name == name else p for p in points
    ]


def on_a_line() -> list[SurveyPoint]:
    places = [np.array([0.3, 18.0 + 3 * n, 0.0]) for n in range(9)]
    pixels = [TRUTH.project(place) for place in places]
    return [
        SurveyPoint(f"L{n}", tuple(p.tolist()), tuple(uv.tolist()))
        for n, (p, uv) in enumerate(zip(places, pixels, strict=True))
    ]


REFUSED: dict[str, tuple[Callable[[], list[SurveyPoint]], Tape, str]] = {
    "too few": (lambda: POINTS[:7], TAPE, "7 points have a place in the still, expected at least 8"),
    "not clicked": (
        lambda: [*POINTS[:7], *(replace(p, pixel=None) for p in POINTS[7:])], TAPE, "7 points have a place"),
    "on one line": (on_a_line, TAPE, "the points lie on one line"),
    "one point off": (lambda: moved(POINTS, "P4", 0.6), TAPE, "point 'P4' lies 0.[4-9]"),
    "outside the picture": (
        lambda: [replace(POINTS[0], pixel=(2000.0, 10.0)), *POINTS[1:]], TAPE,
        "point 'P1': pixel 2000, 10 lies outside"),
    "mirrored axes": (
        lambda: [replace(p, place_m=(-p.place_m[0], p.place_m[1], p.place_m[2])) for p in POINTS], TAPE,
        "do not agree|lead to no camera"),
    "tape misread": (lambda: POINTS, replace(TAPE, height_m=7.0), "the tape says 7.00 m|do not agree"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_points_that_cannot_carry_a_pose_are_refused_with_the_reason(name: str) -> None:
    points, tape, said = REFUSED[name]
    with pytest.raises(InputError, match=said):
        calibrate_pose(points(), lens_step(), tape)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,x_m,y_m\nA,1,2\n", "column 'z_m' is missing"),
        ("name,x_m,y_m,z_m,colour\nA,1,2,3,red\n", "column 'colour' is unknown"),
        ("name,x_m,y_m,z_m\nA,1,zwei,3\n", "line 2: y_m: 'zwei', expected a number"),
        ("name,x_m,y_m,z_m\nA,1,inf,3\n", "line 2: y_m: 'inf', expected a finite number"),
        ("name,x_m,y_m,z_m\nA,1,2,3\nA,1,2,3\n", "point 'A' stands 2 times"),
        ("name,x_m,y_m,z_m\n,1,2,3\n", "line 2: name: empty"),
        ("name,x_m,y_m,z_m,u_px,v_px\nA,1,2,3,4,\n", "line 2: v_px: ''"),
    ],
)
def test_a_survey_that_cannot_be_read_is_refused_by_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "survey.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_survey(tmp_path / "survey.csv")


def test_a_survey_that_was_written_is_read_again(tmp_path: Path) -> None:
    points = [*POINTS, SurveyPoint("later", (1.0, 2.0, 0.0), None)]
    write_survey(tmp_path / "survey.csv", points)
    assert read_survey(tmp_path / "survey.csv") == points
