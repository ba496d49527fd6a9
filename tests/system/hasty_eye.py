"""The real `kirpikd eye`, with a trial as long as a test: `python -m tests.system.hasty_eye TOML`."""

import logging
import signal
import sys
import threading
from pathlib import Path

from kirpik.commands.eye import live
from kirpik.config import load_config
from kirpik.errors import KirpikError
from kirpik.parts.eye import open_eye
from kirpik.service.trial import TrialWatch


def main(path: Path) -> int:
    logging.basicConfig(level=logging.INFO)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    eye = open_eye(load_config(path), path, stop=stop)
    eye.trial = TrialWatch(eye.letters.obedience, well_after_s=1.0, frames_needed=5, patience_s=6.0)
    return live(eye, stop)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except KirpikError as error:
        sys.exit(f"eye: {error}")
