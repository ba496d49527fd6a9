"""The detector's and corner finder's part of the lab's commands."""

from pathlib import Path

import click

from kirpik_models.options import FONTS, MODELS, RUN, labels, stirred

_LABELS = labels(required=True)
_JUDGED = click.Path(path_type=Path, exists=True, dir_okay=False)
_MINUTES = click.option(
    "--minutes", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="In all, over any calls."
)
_START = click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A .tflite file whose weights a new run begins with.",
)


def register(*, synth: click.Group, train: click.Group, quantize: click.Group, evaluate: click.Group) -> None:
    """Add detector and corners to each stage."""
    del synth
    train.add_command(train_detector, "detector")
    train.add_command(train_corners, "corners")
    quantize.add_command(quantize_detector, "detector")
    quantize.add_command(quantize_corners, "corners")
    evaluate.add_command(evaluate_detector, "detector")
    evaluate.add_command(evaluate_corners, "corners")
    evaluate.add_command(draw_pictures, "pictures")


@click.command()
@FONTS
@_LABELS
@click.option(
    "--judged",
    type=_JUDGED,
    help='JSON, by picture: quads "sure" (plates without a label), "unsure", "refused" (looked at, none), "corrected".',
)
@click.option(
    "--watched",
    type=_JUDGED,
    help="The same for the part val, by which the best checkpoint is chosen.",
)
@RUN
@_MINUTES
@_START
def train_detector(
    fonts: Path, labels: Path, judged: Path | None, watched: Path | None, run: Path, minutes: float, start: Path | None
) -> None:
    """Train the detector for a stated time; call again to go on after an interruption.

    \b
    example:  kirpik-models train detector --fonts fonts --labels data/labels.jsonl --run runs/detector
    """
    from kirpik_models.finder_session import train_detector_session  # noqa: PLC0415  heavy imports only when needed

    best = train_detector_session(
        run, fonts=fonts, labels=labels, judged=judged, watched=watched, minutes=minutes, start=start
    )
    click.echo(f"{best}")


@click.command()
@FONTS
@RUN
@_MINUTES
@_START
def train_corners(fonts: Path, run: Path, minutes: float, start: Path | None) -> None:
    """Train the corner finder for a stated time; call again to go on after an interruption.

    \b
    example:  kirpik-models train corners --fonts fonts --run runs/corners --minutes 60
    """
    from kirpik_models.finder_session import train_corners_session  # noqa: PLC0415

    click.echo(f"{train_corners_session(run, fonts=fonts, minutes=minutes, start=start)}")


@click.command()
@FONTS
@_LABELS
@RUN
@MODELS
@stirred(0.3)
def quantize_detector(fonts: Path, labels: Path, run: Path, models: Path, earlier: Path | None, share: float) -> None:
    """Write models/detector.tflite and enter it in the manifest.

    \b
    example:  kirpik-models quantize detector --fonts fonts --labels data/labels.jsonl --run runs/detector
    """
    from kirpik_models.finder_session import quantize_detector_session  # noqa: PLC0415

    stirred = None if earlier is None else (earlier, share)
    quantize_detector_session(run, models, fonts=fonts, labels=labels, earlier=stirred)
    click.echo(f"{models / 'detector.tflite'}")


@click.command()
@FONTS
@RUN
@MODELS
@stirred(0.5)
def quantize_corners(fonts: Path, run: Path, models: Path, earlier: Path | None, share: float) -> None:
    """Write models/corners.tflite and enter it in the manifest.

    \b
    example:  kirpik-models quantize corners --fonts fonts --run runs/corners
    """
    from kirpik_models.finder_session import quantize_corners_session  # noqa: PLC0415

    stirred = None if earlier is None else (earlier, share)
    quantize_corners_session(run, models, fonts=fonts, earlier=stirred)
    click.echo(f"{models / 'corners.tflite'}")


@click.command()
@_LABELS
@click.option("--split", default="val", show_default=True, help="Which part of the labelled pictures.")
@click.option("--judged", type=_JUDGED, help="Of that part, as for `train detector`: plates that have no label.")
@MODELS
def evaluate_detector(labels: Path, split: str, judged: Path | None, models: Path) -> None:
    """Print recall and precision by light and score, of the detector alone and after the corner finder.

    \b
    example:  kirpik-models evaluate detector --labels data/labels.jsonl --judged models/judged/romanian-eu-val.json
    """
    from kirpik_models.finder_session import evaluate_detector_session  # noqa: PLC0415

    click.echo(evaluate_detector_session(models, labels=labels, split=split, judged=judged))


@click.command()
@FONTS
@click.option("--plates", type=click.IntRange(10, 100_000), default=200, show_default=True, help="Per size.")
@MODELS
def evaluate_corners(fonts: Path, plates: int, models: Path) -> None:
    """Print the corner finder's spread and bias by plate width.

    \b
    example:  kirpik-models evaluate corners --fonts fonts
    """
    from kirpik_models.finder_session import evaluate_corners_session  # noqa: PLC0415

    click.echo(evaluate_corners_session(models, fonts=fonts, plates=plates))


@click.command()
@FONTS
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="models/pictures", show_default=True)
@MODELS
def draw_pictures(fonts: Path, out: Path, models: Path) -> None:
    """Draw the report's pictures: how far confidences are true, and the worst synthetic cases of each network.

    \b
    example:  kirpik-models evaluate pictures --fonts fonts
    """
    from kirpik_models.gallery import write_pictures  # noqa: PLC0415

    for path in write_pictures(models, fonts, out):
        click.echo(f"{path}")
