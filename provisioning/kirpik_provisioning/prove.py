"""`kirpik-prove`: the proofs of the promises at length. They are tests and live with the source, so they need it."""

import os
import sys
from pathlib import Path

import kirpik

ROOM = "tests/promises"


def main() -> None:
    root = Path(kirpik.__file__).resolve().parents[2]
    if not (root / ROOM).is_dir():
        sys.exit(
            f"kirpik-prove: {root / ROOM}: not here; run it from a checkout of the source, after ./install.sh --tests"
        )
    paths = [str(root / name) for name in ("daemon", "provisioning", "central", "models", "")]
    environment = {**os.environ, "PYTHONPATH": ":".join(paths)}
    os.chdir(root)
    os.execve(sys.executable, [sys.executable, "-m", "tests.promises", *sys.argv[1:]], environment)  # noqa: S606
