"""The options that several of the lab's commands have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

FONTS = click.option(
    "--fonts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of free faces.",
)
RUN = click.option("--run", type=_FOLDER, required=True, help="Folder of the run's checkpoints.")
MODELS = click.option("--models", type=_FOLDER, default="models", show_default=True)


def labels(*, required: bool) -> Callable[..., Any]:
    return click.option("--labels", type=_FILE, required=required, help="labels.jsonl of real pictures.")


def stirred(share: float) -> Callable[..., Any]:
    """`--with` an earlier network and `--share` of it, which is `share` if not said."""

    def both(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option(
                "--share",
                type=click.FloatRange(0, 1),
                default=share,
                show_default=True,
                help="Of each weight, from it.",
            ),
            click.option(
                "--with",
                "earlier",
                type=_FILE,
                help="A .tflite file of an earlier point of the same training, to be stirred in.",
            ),
        ):
            command = option(command)
        return command

    return both
