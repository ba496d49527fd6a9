"""`kirpik-models read`: plates on pictures, folders and videos, one JSON line a frame."""

import json
import sys
from pathlib import Path

import click

from kirpik.errors import InputError
from kirpik.vision.plates import ANY, known
from kirpik_models.read import COUNTRIES, StillReader, lines
from kirpik_models.stills import list_inputs, open_stills


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE|FOLDER|VIDEO…")
@click.option(
    "--format", "formats", multiple=True, metavar="ID", help='Grammar or country, repeatable; "any" = all off.'
)
@click.option("--models", type=click.Path(path_type=Path), help="Folder of the networks.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
def read(paths: tuple[Path, ...], formats: tuple[str, ...], models: Path | None, threads: int) -> None:
    """Find and read plates, one JSON line a frame.

    \b
    example:  kirpik-models read crossing.mp4 holiday.jpg --format any
    """
    for name in formats:
        if not known(name):
            raise click.UsageError(f"--format {name!r} is no plate format, country or 'any'")
    wanted = None if ANY in formats else formats or COUNTRIES
    inputs = list_inputs(paths)
    reader = StillReader(models, formats=wanted, threads=threads)
    failed = False
    for path, name in inputs:
        try:
            for line in lines(reader, open_stills(path, name)):
                sys.stdout.write(json.dumps(line) + "\n")
        except InputError as error:
            failed = True
            click.echo(f"kirpik-models read: {error}", err=True)
    if failed:
        sys.exit(1)
