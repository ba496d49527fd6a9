"""Options that several commands share."""

import argparse
from pathlib import Path

DEFAULT_CONFIG = Path("/etc/kirpik/kirpik.toml")


def add_config(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help=f"default {DEFAULT_CONFIG}")
