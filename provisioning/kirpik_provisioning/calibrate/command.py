"""`kirpik calibrate`: lens, pose, time, traffic, reference. Each step can be done again at any time."""

import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from kirpik_provisioning.calibrate.boards import Board
from kirpik_provisioning.calibrate.clicking import click_points
from kirpik_provisioning.calibrate.finishing import LANGUAGE, PATH, report
from kirpik_provisioning.calibrate.followed import follow
from kirpik_provisioning.calibrate.lens import calibrate_lens
from kirpik_provisioning.calibrate.pose import Tape, calibrate_pose
from kirpik_provisioning.calibrate.reference import calibrate_reference
from kirpik_provisioning.calibrate.report import load_words
from kirpik_provisioning.calibrate.site_text import calibrated_text, read_draft, write_site
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, TimeStep, Work
from kirpik_provisioning.calibrate.survey import SurveyPoint, read_survey, write_survey
from kirpik_provisioning.calibrate.timing import read_lamp, time_step
from kirpik_provisioning.calibrate.traffic import calibrate_traffic

BOARD_FORM = "COLUMNSxROWS:SQUARE_MM[:MARKER_MM]"
SURVEY = "survey.csv"
TRIAL = "trial.toml"


@click.group(epilog="Example: kirpik calibrate --work site-0042 lens boards/ --board 10x7:30")
@click.option("--work", type=PATH, required=True, help="Working folder of this camera; made if it is not there.")
@click.pass_context
def calibrate(context: click.Context, work: Path) -> None:
    """Measure a camera and its place, from recordings, a survey and a tape, into a site file.

    Steps: lens, pose, and as far as they were done time, traffic, reference; then report writes site.toml, the report
    and its signed statement into the working folder.
    """
    context.obj = Work(work)


class BoardType(click.ParamType[Board]):
    """10x7:30 is a chessboard of 10 by 7 squares of 30 mm; 11x8:30:22 a ChArUco board with markers of 22 mm."""

    name = BOARD_FORM

    def convert(self, value: str | Board, param: click.Parameter | None, ctx: click.Context | None) -> Board:
        if isinstance(value, Board):
            return value
        try:
            squares, *sizes = value.split(":")
            columns, rows = map(int, squares.split("x"))
            square, *marker = map(float, sizes)
            if min(columns, rows) < 4 or square <= 0 or len(marker) > 1 or not all(0 < m < square for m in marker):
                raise ValueError
        except ValueError:
            self.fail(f"'{value}', expected {BOARD_FORM} such as 10x7:30 or 11x8:30:22", param, ctx)
        return Board(columns, rows, square, marker[0] if marker else None)


@calibrate.command(epilog="Example: kirpik calibrate --work site-0042 lens boards/ --board 11x8:30:22")
@click.argument("folder", type=PATH)
@click.option(
    "--board", type=BoardType(), required=True, help="Squares, their size, and that of ChArUco markers (5x5)."
)
@click.pass_obj
def lens(work: Work, folder: Path, board: Board) -> None:
    """Step 1: focal length, centre and distortion from 10 or more pictures of a flat board."""
    step = calibrate_lens(folder, board, tell=click.echo)
    path = work.save(step)
    click.echo(
        f"focal length {step.focal_px:.1f} px ± {step.focal_uncertainty_percent:.3f} %, distortion {step.model}, "
        f"corners {step.rms_px:.3f} px off: {path}"
    )


@calibrate.command(epilog="Example: kirpik calibrate --work site-0042 pose survey.csv --height 6.02 --click still.png")
@click.argument("survey", type=PATH)
@click.option("--height", type=float, required=True, help="Of the lens above the road, by the tape, metres.")
@click.option("--height-sigma", type=float, default=0.02, show_default=True, help="How well the tape knows it.")
@click.option(
    "--survey-sigma", type=float, default=0.03, show_default=True, help="How well a point is surveyed, metres."
)
@click.option("--click-sigma", type=float, default=1.0, show_default=True, help="How well a point is clicked, pixels.")
@click.option("--click", "still", type=PATH, help="Click the points in this still, on a page of this machine alone.")
@click.option("--without", multiple=True, metavar="NAME", help="Leave a point out.")
@LANGUAGE
@click.pass_obj
def pose(  # noqa: PLR0913, PLR0917  what was measured by hand
    work: Work, survey: Path, height: float, height_sigma: float, survey_sigma: float, click_sigma: float,
    still: Path | None, without: Sequence[str], language: str,
) -> None:  # fmt: skip
    """Step 2: where the camera hangs and looks, from 8 or more surveyed points and the taped height.

    SURVEY is a CSV table: name, x_m, y_m, z_m, and u_px, v_px where they are known already.
    """
    if min(height, height_sigma, survey_sigma, click_sigma) <= 0:
        raise click.UsageError("--height and the sigmas: expected numbers above 0")
    lens_step = work.need(LensStep, "lens")
    points = read_survey(survey)
    if unknown := set(without) - {point.name for point in points}:
        raise click.UsageError(f"--without {', '.join(sorted(unknown))}: no such point in {survey}")
    if still is not None:
        points = _clicked(still, points, lens_step, language)
        work.folder.mkdir(parents=True, exist_ok=True)
        write_survey(work.folder / SURVEY, points)
    tape = Tape(
        height_m=height, height_sigma_m=height_sigma, survey_sigma_m=survey_sigma, click_sigma_px=click_sigma
    )  # fmt: skip
    step = calibrate_pose([point for point in points if point.name not in without], lens_step, tape)
    for point in step.points:
        click.echo(f"{point.name:>8}  {point.off_m:6.3f} m off, {point.share:4.1f} standard deviations")
    click.echo(
        f"camera at {step.position_m} m ± {max(step.position_sigma_m):.3f} m, angles ± "
        f"{max(step.angle_sigma_deg):.3f} degrees: {work.save(step)}"
    )


def _clicked(still: Path, points: Sequence[SurveyPoint], lens_step: LensStep, language: str) -> list[SurveyPoint]:
    stop, words = threading.Event(), load_words(language)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    size = (lens_step.width, lens_step.height)

    def tell(url: str) -> None:
        click.echo(f"open {url}")

    return click_points(still, points, size, words.texts["click"], language, tell=tell, stopped=stop.is_set)


@calibrate.command("time", epilog="Example: kirpik calibrate --work site-0042 time lamp/ --flash-hz 500")
@click.argument("recording", type=PATH)
@click.option("--flash-hz", type=float, help="The lamp lights a sheet of paper, so often a second: row time.")
@click.option("--lit-ms", type=float, help="The lamp is lit for so long from each full UTC second on: clock.")
@click.pass_obj
def time_(work: Work, recording: Path, flash_hz: float | None, lit_ms: float | None) -> None:
    """Step 3: the time from row to row, and the clock, from a lamp that flashes at a known time.

    RECORDING is a folder with frames.csv, as `kirpikd replay` takes it.
    """
    if flash_hz is None and lit_ms is None:
        raise click.UsageError("expected --flash-hz, --lit-ms, or both")
    lit_s = None if lit_ms is None else lit_ms / 1000
    step = time_step(read_lamp(recording), flash_hz=flash_hz, lit_s=lit_s, known=work.load(TimeStep))
    if step.row_time_us is not None:
        click.echo(f"row time {step.row_time_us:.3f} ± {step.row_time_sigma_us or 0:.3f} µs")
    if step.offset_ms is not None:
        click.echo(
            f"the recording's UTC is {step.offset_ms:+.2f} ± {step.offset_sigma_ms or 0:.2f} ms ahead of the lamp"
        )
    click.echo(str(work.save(step)))


@calibrate.command(epilog="Example: kirpik calibrate --work site-0042 traffic monday/ --site draft.toml --taped 0.58")
@click.argument("recording", type=PATH)
@click.option(
    "--site", "draft", type=PATH, required=True, help="Site file with the lanes; the lens and pose found go in."
)
@click.option("--taped", type=float, help="Mean height of plates' centres by the tape, metres.")
@click.option("--models", type=PATH, help="Folder of the networks, instead of the one found.")
@click.pass_obj
def traffic(work: Work, recording: Path, draft: Path, taped: float | None, models: Path | None) -> None:
    """Step 4 and 5: tilt, roll and mean plate height from 50 or more freely driving plates. None is read.

    RECORDING is a video, or a folder with frames.csv.
    """
    lens_step, pose_step = work.need(LensStep, "lens"), work.need(PoseStep, "pose")
    timed = work.load(TimeStep)
    site = write_site(work.folder / TRIAL, calibrated_text(read_draft(draft), lens_step, pose_step, timed, None))
    (work.folder / TRIAL).unlink()
    tracks = follow(recording, site, models=models)
    step = calibrate_traffic(tracks, site.camera, pose_step, taped_plate_m=taped)
    click.echo(
        f"{step.tracks} plates: tilt {step.tilt_deg:+.3f} ± {step.tilt_sigma_deg:.3f}, roll {step.roll_deg:+.3f} ± "
        f"{step.roll_sigma_deg:.3f} degrees, {step.plate_height_m:.3f} m above the road: {work.save(step)}"
    )


@calibrate.command(epilog="Example: kirpik calibrate --work site-0042 reference gnss.csv --measured events.ndjson")
@click.argument("passes", type=PATH)
@click.option("--measured", type=PATH, required=True, help="Events of `kirpikd replay`, or a CSV of measured passes.")
@click.option("--apart", type=float, default=2.0, show_default=True, help="Seconds that the two may differ by.")
@click.pass_obj
def reference(work: Work, passes: Path, measured: Path, apart: float) -> None:
    """Step 6: passes of a vehicle with a GNSS logger against what was measured: the whole scale at once.

    PASSES is a CSV table: name, utc (ISO 8601), speed_kmh, sigma_kmh.
    """
    step = calibrate_reference(passes, measured, apart_s=apart)
    click.echo(
        f"{len(step.passes)} passes, measured by reference {step.scale:.4f} "
        f"(95 %: {step.low:.4f} to {step.high:.4f}): {work.save(step)}"
    )


calibrate.add_command(report)
