"""Reference passes tell the scale; the report writes the site file, the pages and the signed statement."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kirpik.errors import ConfigError, InputError
from kirpik.evidence import calibration_of
from kirpik.site_file import load_site
from kirpik.wire.calibration import calibration_hash
from kirpik.wire.statement import parse_statement
from kirpik_provisioning.calibrate.reference import calibrate_reference
from kirpik_provisioning.calibrate.report import load_words
from kirpik_provisioning.calibrate.steps import PoseStep, TimeStep, Work
from kirpik_provisioning.calibrate.survey import write_survey
from kirpik_provisioning.cli import bench
from kirpik_provisioning.keys.vault import lock
from kirpik_provisioning.texts import LANGUAGES
from tests.unit.provisioning.evidence import INSTALLER
from tests.unit.provisioning.installer import POINTS, lens_step

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


def test_a_row_time_that_was_not_measured_stays_as_drafted(work: Path, tmp_path: Path) -> None:
    (tmp_path / "rolling.toml").write_text(DRAFT.replace("cy = 1.0", "cy = 1.0\nrow_time_us = 13.8"), encoding="utf-8")
    assert run("--work", work, "report", tmp_path / "rolling.toml", "--by", "E. M.")[0] == 0
    assert load_site(work / "site.toml").camera.row_time_us == 13.8
    Work(work).save(TimeStep(row_time_us=18.5, row_time_sigma_us=0.1))
    assert run("--work", work, "report", tmp_path / "rolling.toml", "--by", "E. M.")[0] == 0
    assert load_site(work / "site.toml").camera.row_time_us == 18.5


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
