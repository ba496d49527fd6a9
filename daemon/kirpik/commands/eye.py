"""`kirpikd eye`: the service that sees. It runs under systemd, without a network."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable

from kirpik.adapters.notify import open_notify
from kirpik.commands.options import add_config
from kirpik.config import load_config
from kirpik.parts.eye import open_eye
from kirpik.service.eye import Eye
from kirpik.service.supervisor import supervise
from kirpik.service.worker import Worker
from kirpik.verbs import After

EXAMPLE = "kirpikd eye --config /etc/kirpik/kirpik.toml"
PATIENCE_S = 20.0
PERIOD_S = 0.25
PROGRESS_EVERY_S = 0.25
EXIT_CODES = {After.GO_ON: 0, After.RESTART: 3, After.GONE: 4}
"""systemd starts us afresh after 3 and leaves us alone after 4."""


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument("--once", action="store_true", help="end when a recording is through and all has receipts")
    verb.add_argument("--progress", action="store_true", help="write counts as NDJSON to standard output")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    eye = open_eye(load_config(options.config), options.config, stop=stop)
    return live(eye, stop, once=options.once, progress=options.progress)


def live(eye: Eye, stop: threading.Event, *, once: bool = False, progress: bool = False) -> int:
    """Until it is stopped or ends itself; the exit code says what systemd is to do."""
    tick = _ticker(eye) if progress else lambda: None

    def turn() -> None:
        eye.turn()
        tick()
        if eye.after is not After.GO_ON or (once and eye.through()):
            stop.set()

    worker = Worker("eye", turn, patience_s=PATIENCE_S)
    supervise([worker], stop=stop, notify=open_notify(), period_s=PERIOD_S, is_ready=eye.has_looked)
    if progress:
        _tell(eye)
    return EXIT_CODES[eye.after]


def _ticker(eye: Eye) -> Callable[[], None]:
    told_s = [0.0]

    def tick() -> None:
        now = time.monotonic()
        if now - told_s[0] >= PROGRESS_EVERY_S:
            told_s[0] = now
            _tell(eye)

    return tick


def _tell(eye: Eye) -> None:
    sys.stdout.write(json.dumps({"progress": eye.progress()}) + "\n")
    sys.stdout.flush()
