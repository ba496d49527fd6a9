"""The detector's and corner finder's part of the lab's commands."""

import click


def register(*, synth: click.Group, train: click.Group, quantize: click.Group, evaluate: click.Group) -> None:
    """Add detector and corners to each stage."""
    del synth, train, quantize, evaluate
