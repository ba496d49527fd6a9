"""`kirpikd replay`: the eye's whole pipeline on a recording, as fast as it can, without a network."""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.signals_replay import read_signals
from kirpik.errors import InputError
from kirpik.parts.sight import Sight, open_sight
from kirpik.parts.state import State, throw_away_state
from kirpik.rules.unheard import unheard
from kirpik.seal import Sealer
from kirpik.service.events import summary_line, violation_line
from kirpik.service.replaying import Step, replay
from kirpik.site import as_recorded
from kirpik.site_file import load_site

EXAMPLE = "kirpikd replay recording/ --site site.toml --events -"
PROGRESS_EVERY_S = 0.5


def add(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("input", type=Path, metavar="INPUT", help="a video file, or a folder with frames.csv")
    verb.add_argument("--site", type=Path, required=True, metavar="SITE.toml", help="the site file of the camera")
    verb.add_argument("--events", metavar="FILE|-", default="-", help="violations and a summary as NDJSON; default -")
    verb.add_argument("--packets", type=Path, metavar="DIR", help="also seal packets into DIR, with keys made for it")
    verb.add_argument("--models", type=Path, metavar="DIR", help="folder of the networks, instead of the one found")
    verb.add_argument("--progress", action="store_true", help="show on stderr how far it is")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    site = as_recorded(load_site(options.site))
    recording = Recording(options.input, site.camera)
    changes = read_signals(options.input)
    sight = open_sight(site, models=options.models)
    with ExitStack() as stack:
        events = _open_events(options.events, stack)
        sealer = None if options.packets is None else _open_packets(options.packets).sealer(sight)
        began_s = time.monotonic()
        tick = _ticker(recording, sight) if options.progress else lambda: None
        for step in replay(recording, changes, sight.pipeline, stop=stop):
            _put(step, events, sealer)
            tick()
        seconds = time.monotonic() - began_s
        _write(events, summary_line(sight.pipeline.counts, frames_bad=recording.bad, seconds=seconds))
    for said in _warnings(options.input, sight, unheard(site, changes)):
        _say(f"warning: {said}")
    return 1 if stop.is_set() else 0


def _warnings(source: Path, sight: Sight, unheard: Iterable[str]) -> Iterator[str]:
    """What a run that went well should still make one look at."""
    yield from unheard
    if not sight.pipeline.counts.frames:
        yield f"{source}: no frame could be read, so nothing was looked at"


def _write(events: BinaryIO, line: str) -> None:
    try:
        events.write(line.encode() + b"\n")
        events.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{events.name}: cannot write the events: {error.strerror}") from error


def _put(step: Step, events: BinaryIO, sealer: Sealer | None) -> None:
    for violation in step:
        _write(events, violation_line(violation))
        if sealer is not None:
            sealer.seal(violation)


def _open_events(name: str, stack: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdout.buffer
    try:
        return stack.enter_context(Path(name).open("wb", buffering=0))
    except OSError as error:
        raise InputError(f"{name}: cannot write the events: {error.strerror}") from error


def _open_packets(folder: Path) -> State:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot make the folder for packets: {error.strerror}") from error
    if any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty, expected a new folder for packets and their keys")
    return throw_away_state(folder)


def _ticker(recording: Recording, sight: Sight) -> Callable[[], None]:
    shown_s = [0.0]

    def tick() -> None:
        now = time.monotonic()
        if now - shown_s[0] >= PROGRESS_EVERY_S:
            shown_s[0] = now
            counts = sight.pipeline.counts
            _say(f"frame {counts.frames + recording.bad} of {recording.total or '?'}, violations {counts.violations}")

    return tick


def _say(text: str) -> None:
    print(f"kirpikd replay: {text}", file=sys.stderr)  # noqa: T201  a command speaks
