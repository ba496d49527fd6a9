"""What the installer's steps find is the truth within what they state; what they cannot carry, they refuse."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from kirpik.errors import ConfigError, InputError
from kirpik.evidence import calibration_of
from kirpik.road.motion import measure
from kirpik.site import Pose, load_site
from kirpik.wire.calibration import calibration_hash
from kirpik.wire.statement import parse_statement
from kirpik_provisioning.calibrate.boards import Board
from kirpik_provisioning.calibrate.lens import calibrate_lens
from kirpik_provisioning.calibrate.pose import Tape, calibrate_pose, camera_of
from kirpik_provisioning.calibrate.reference import calibrate_reference
from kirpik_provisioning.calibrate.report import load_words
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, Work
from kirpik_provisioning.calibrate.survey import SurveyPoint, read_survey, write_survey
from kirpik_provisioning.cli import bench
from kirpik_provisioning.keys.vault import lock
from kirpik_provisioning.texts import LANGUAGES
from tests.sim.board import Charuco, Chessboard, held, picture
from tests.sim.camera import GLOBAL_SHUTTER_16MM, Camera, Lens
from tests.sim.survey import surveyed, taped
from tests.unit.provisioning.evidence import INSTALLER
from tests.unit.road.roads import Pass, drive

SMALL = Lens(width=640, height=480, focal_px=1500.0, distortion=(-0.2, 0.1, 0.0, 0.0, 0.0))
CHESSBOARD = Chessboard(9, 6, 0.03)
TRUTH = Camera.aimed(GLOBAL_SHUTTER_16MM, position_m=(0.4, -0.2, 6.0), turn_deg=(1.5, 12.7, 0.6))
TAPE = Tape(height_m=6.0, height_sigma_m=0.02, survey_sigma_m=0.02, click_sigma_px=0.8)


def lens_step(rng: np.random.Generator | None = None, *, percent: float = 0.2) -> LensStep:
    """As step 1 would have found the lens of TRUTH, with an error that it states."""
    off = 0.0 if rng is None else rng.normal(0, percent / 100)
    return LensStep(
        width=TRUTH.width, height=TRUTH.height, focal_px=TRUTH.fx * (1 + off), centre_px=(TRUTH.cx, TRUTH.cy),
        distortion=(0.0,) * 5, focal_uncertainty_percent=percent, rms_px=0.1, model="none", pictures=("a.png",) * 12,
        covered=1.0, corners=((100.0, 100.0, 0.1, -0.1), (900.0, 700.0, 0.0, 0.1)),
    )  # fmt: skip


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


POINTS = surveyed(TRUTH, np.random.default_rng(7), count=10)


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


# ---- reference ----


def passes(folder: Path, scale: float, *, count: int = 8, hours: int = 0) -> tuple[Path, Path]:
    rng = np.random.default_rng(3)
    known, measured = ["name,utc,speed_kmh,sigma_kmh"], ["utc,speed_kmh,uncertainty_kmh"]
    for n in range(count):
        speed = 40 + 8 * n
        known.append(f"car {n},2026-05-01T{10 + hours:02}:{n:02}:00Z,{speed + rng.normal(0, 0.1):.2f},0.1")
        measured.append(f"2026-05-01T10:{n:02}:00.4Z,{speed * scale + rng.normal(0, 0.3):.2f},0.3")
    (folder / "gnss.csv").write_text("\n".join(known), encoding="utf-8")
    (folder / "measured.csv").write_text("\n".join(measured), encoding="utf-8")
    return folder / "gnss.csv", folder / "measured.csv"


def test_reference_passes_tell_the_scale_with_its_confidence(tmp_path: Path) -> None:
    step = calibrate_reference(*passes(tmp_path, 1.004), apart_s=2.0)
    assert step.low < 1.004 < step.high
    assert step.high - step.low < 0.015
    assert len(step.passes) == 8


def test_a_scale_that_is_off_and_passes_that_do_not_match_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the scale is off by more than 1 %"):
        calibrate_reference(*passes(tmp_path, 1.03), apart_s=2.0)
    with pytest.raises(InputError, match="0 of 8 reference passes were measured"):
        calibrate_reference(*passes(tmp_path, 1.0, hours=1), apart_s=2.0)
    with pytest.raises(InputError, match="4 of 4 reference passes"):
        calibrate_reference(*passes(tmp_path, 1.0, count=4), apart_s=2.0)


# ---- report ----

DRAFT = """# the crossing of Abay and Dostyk
[site]
id = "kz-02-0042"
timezone = "Asia/Almaty"

[camera]   # of another camera
width = 100
height = 100
fx = 1.0
fy = 1.0
cx = 1.0
cy = 1.0

[[lane]]
name = "1"
polygon_m = [[-1.75, 10.0], [1.75, 10.0], [1.75, 60.0], [-1.75, 60.0]]
direction = "away"

[pose]
position_m = [0.0, 0.0, 1.0]
rotation = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]

[[rule]]
kind = "speeding"
limit_kmh = 60
"""


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(bench, ["calibrate", *map(str, arguments)])
    if isinstance(result.exception, InputError | ConfigError):
        return 1, str(result.exception)
    return result.exit_code, result.output


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    Work(folder).save(lens_step())
    write_survey(tmp_path / "survey.csv", POINTS)
    (tmp_path / "draft.toml").write_text(DRAFT, encoding="utf-8")
    assert run("--work", folder, "pose", tmp_path / "survey.csv", "--height", 6.0, "--survey-sigma", 0.02)[0] == 0
    return folder


def test_the_report_writes_a_site_file_that_the_unit_takes(work: Path, tmp_path: Path) -> None:
    code, said = run("--work", work, "report", tmp_path / "draft.toml", "--by", "Example Metrology")
    assert code == 0, said
    site, pose = load_site(work / "site.toml"), Work(work).need(PoseStep, "pose")
    assert site.pose.position_m == pose.position_m
    assert site.pose.angle_uncertainty_deg == max(pose.angle_sigma_deg)
    assert site.camera.focal_uncertainty_percent == 0.2
    assert site.header.id == "kz-02-0042"
    assert "# the crossing of Abay and Dostyk" in (work / "site.toml").read_text(encoding="utf-8")
    told = json.loads((work / "report.json").read_text(encoding="utf-8"))
    assert told["site_sha256"] == site.sha256.hex()
    assert (work / "report.pdf").read_bytes().startswith(b"%PDF")
    assert not (work / "calibration.cbor").exists()


def test_the_statement_names_this_very_calibration(work: Path, tmp_path: Path) -> None:
    vault = lock(INSTALLER.seed(), b"a long passphrase", kind="order", public=INSTALLER.public, work=10)
    (tmp_path / "order.key").write_bytes(vault.encode())
    (tmp_path / "answers").write_text("a long passphrase\n", encoding="utf-8")
    arguments = ("--by", "E. M.", "--key", tmp_path / "order.key", "--passphrases", tmp_path / "answers")
    code, said = run("--work", work, "report", tmp_path / "draft.toml", *arguments)
    assert code == 0, said
    statement, public = parse_statement((work / "calibration.cbor").read_bytes())
    site = load_site(work / "site.toml")
    assert public == INSTALLER.public
    assert statement.calibration_sha256 == calibration_hash(calibration_of(site, site.lanes))
    assert statement.report_sha256 == hashlib.sha256((work / "report.json").read_bytes()).digest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_there_in_every_language(work: Path, tmp_path: Path, language: str) -> None:
    assert run("--work", work, "report", tmp_path / "draft.toml", "--by", "E. M.", "--language", language)[0] == 0
    page = (work / "report.html").read_text(encoding="utf-8")
    for name in ("camera", "pose", "reference", "result", "none"):
        assert load_words(language).say(name) in page
    assert "<script" not in page
    assert page.count("<svg") == 3


def test_words_of_all_languages_have_the_same_keys() -> None:
    first, *others = ({table: set(texts) for table, texts in load_words(lang).texts.items()} for lang in LANGUAGES)
    assert all(other == first for other in others)


def test_a_draft_that_the_unit_would_refuse_leaves_no_site_file(work: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.toml").write_text(DRAFT.replace("limit_kmh = 60", "limit_kmh = 600"), encoding="utf-8")
    code, said = run("--work", work, "report", tmp_path / "draft.toml", "--by", "E. M.")
    assert code == 1
    assert "limit_kmh" in said
    assert not (work / "site.toml").exists()
    assert not list(work.glob("*.new"))


def test_steps_are_asked_for_in_their_order(tmp_path: Path) -> None:
    write_survey(tmp_path / "survey.csv", POINTS)
    code, said = run("--work", tmp_path / "w", "pose", tmp_path / "survey.csv", "--height", 6.0)
    assert code == 1
    assert "run kirpik calibrate lens first" in said
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "lens.json").write_text('{"width": 3}', encoding="utf-8")
    code, said = run("--work", tmp_path / "w", "pose", tmp_path / "survey.csv", "--height", 6.0)
    assert code == 1
    assert "lens.json" in said


@pytest.mark.parametrize("board", ["10x7", "10x7:0", "3x3:30", "10x7:30:40", "axb:30"])
def test_a_board_that_cannot_be_meant_is_refused(tmp_path: Path, board: str) -> None:
    code, said = run("--work", tmp_path, "lens", tmp_path, "--board", board)
    assert code == 2
    assert "expected COLUMNSxROWS" in said
