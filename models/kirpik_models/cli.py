"""`kirpik-models`: the lab's commands. Errors are one sentence on stderr; 0 done, 1 failed, 2 used wrongly."""

import sys

import click

from kirpik import __version__
from kirpik.errors import KirpikError
from kirpik_models.command_coral import compile_coral
from kirpik_models.command_read import read
from kirpik_models.commands_finder import register as register_finder
from kirpik_models.commands_reader import register as register_reader


class OneSentence(click.Group):
    """Turns the errors that are made on purpose into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KirpikError as error:
            click.echo(f"kirpik-models: {error}", err=True)
            sys.exit(1)


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kirpik-models")
def main() -> None:
    """Kirpik's lab: synthesis, training, quantization, evaluation and reading of stills.

    \b
    example:  kirpik-models read picture.jpg --format any
    """


@main.group()
def synth() -> None:
    """Show what the networks learn from."""


@main.group()
def train() -> None:
    """Train a network; may be interrupted and taken up again."""


@main.group()
def quantize() -> None:
    """Turn a checkpoint into a whole-number .tflite file and enter it in the manifest."""


@main.group()
def evaluate() -> None:
    """Measure a finished network."""


main.add_command(read)
main.add_command(compile_coral)
for register in (register_reader, register_finder):
    register(synth=synth, train=train, quantize=quantize, evaluate=evaluate)
