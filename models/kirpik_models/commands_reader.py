"""The reader's part of the lab's commands."""

from pathlib import Path

import click

from kirpik_models.options import FONTS, MODELS, RUN, labels, stirred

_LABELS = labels(required=False)


def register(*, synth: click.Group, train: click.Group, quantize: click.Group, evaluate: click.Group) -> None:
    """Add the reader to each stage."""
    synth.add_command(plates)
    train.add_command(train_reader, "reader")
    quantize.add_command(quantize_reader, "reader")
    evaluate.add_command(evaluate_reader, "reader")
    evaluate.add_command(evaluate_stills, "stills")
    evaluate.add_command(evaluate_votes, "votes")


@click.command()
@FONTS
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default="plates.png", show_default=True)
@click.option("--format", "plate_format", help="One national format only.")
@click.option("--seed", type=int, default=1, show_default=True)
def plates(fonts: Path, out: Path, plate_format: str | None, seed: int) -> None:
    """Draw a sheet of flat plates and of the crops that the reader sees.

    \b
    example:  kirpik-models synth plates --fonts fonts --format kz2012_private
    """
    from kirpik_models.sheet import draw_sheet  # noqa: PLC0415  heavy imports only for who needs them

    draw_sheet(out, fonts, plate_format=plate_format, seed=seed)
    click.echo(f"{out}")


@click.command()
@FONTS
@_LABELS
@RUN
@click.option(
    "--minutes", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="In all, over any calls."
)
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A .tflite file whose weights a new run begins with.",
)
def train_reader(fonts: Path, labels: Path | None, run: Path, minutes: float, threads: int, start: Path | None) -> None:
    """Train the reader for a stated time; call again to go on after an interruption.

    \b
    example:  kirpik-models train reader --fonts fonts --labels data/labels.jsonl --run runs/reader --minutes 60
    """
    from kirpik_models.reader_session import train_session  # noqa: PLC0415

    best = train_session(run, fonts=fonts, labels=labels, minutes=minutes, threads=threads, start=start)
    click.echo(f"{best}")


@click.command()
@FONTS
@RUN
@MODELS
@stirred(0.4)
def quantize_reader(fonts: Path, run: Path, models: Path, earlier: Path | None, share: float) -> None:
    """Write models/reader.tflite, fit its temperature and enter it in the manifest.

    \b
    example:  kirpik-models quantize reader --fonts fonts --run runs/reader
    """
    from kirpik_models.reader_session import quantize_session  # noqa: PLC0415

    settings = quantize_session(run, models, fonts=fonts, earlier=None if earlier is None else (earlier, share))
    click.echo(f"{models / 'reader.tflite'}: {settings}")


@click.command()
@FONTS
@_LABELS
@MODELS
def evaluate_reader(fonts: Path, labels: Path | None, models: Path) -> None:
    """Print the reader's figures as a table, and write them into models/REPORT.md.

    \b
    example:  kirpik-models evaluate reader --fonts fonts --labels data/labels.jsonl
    """
    from kirpik_models.reader_session import evaluate_session  # noqa: PLC0415
    from kirpik_models.report import table, write_section  # noqa: PLC0415

    rows = list(evaluate_session(models, fonts=fonts, labels=labels))
    click.echo(table(rows))
    write_section(models, "reader", rows)


@click.command()
@click.argument("labels", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--split", default="val", show_default=True, help="Which part of the labelled pictures.")
@MODELS
def evaluate_stills(labels: Path, split: str, models: Path) -> None:
    """Find and read every plate of labelled pictures, as the unit would; print counts and write them into the report.

    \b
    example:  kirpik-models evaluate stills data/labels.jsonl
    """
    from kirpik.adapters.models_folder import read_manifest  # noqa: PLC0415
    from kirpik_models.evaluate_stills import tally_stills  # noqa: PLC0415
    from kirpik_models.read import StillReader  # noqa: PLC0415
    from kirpik_models.report import table, write_section  # noqa: PLC0415

    accept = read_manifest(models).networks["reader"].settings["accept"]
    tally = tally_stills(StillReader(models, formats=None), labels, split, accept=accept)
    rows = [(f"{labels.parent.name}, {split}", "count"), *tally.rows()]
    click.echo(table(rows))
    write_section(models, "stills", rows)


@click.command()
@FONTS
@click.option("--tracks", "count", type=click.IntRange(min=10), default=600, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@MODELS
def evaluate_votes(fonts: Path, count: int, seed: int, models: Path) -> None:
    """Let synthetic tracks vote; write what is accepted and wrong, and print the weights of doubt that fit them.

    \b
    example:  kirpik-models evaluate votes --fonts fonts --tracks 600
    """
    from kirpik_models.report import table, write_section  # noqa: PLC0415
    from kirpik_models.votes_session import votes_session  # noqa: PLC0415

    found = votes_session(models, fonts=fonts, count=count, seed=seed)
    for name, rows in found.tables.items():
        click.echo(table(rows) + "\n")
        write_section(models, name, rows)
    for name, weights in (("lone", found.lone), ("several", found.several)):
        click.echo(f"bias, evidence, nearest, forgotten, {name}: " + ", ".join(f"{one:.2f}" for one in weights))
