"""What the eye looks at, opened: the board's camera, or a recording in its place."""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kirpik.adapters.camera_open import open_camera
from kirpik.adapters.camera_pi import PiCamera
from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.signals_replay import read_signals
from kirpik.adapters.time_of_day import HostClock, boottime_ns
from kirpik.config import Config, beside
from kirpik.road.outlook import Outlook
from kirpik.road.watch import Watch
from kirpik.rules.unheard import unheard
from kirpik.service.eye import Counted
from kirpik.service.replaying import Pace, Source
from kirpik.site import Site
from kirpik.values import Frame, SignalChange

log = logging.getLogger(__name__)

REPLAY = "replay:"
SCRATCH = "RUNTIME_DIRECTORY"
"""systemd's name for the folder in memory that it made for this process alone."""


class Stream(Source, Counted, Protocol):
    """Frames, and how many of them were bad."""


@dataclass(frozen=True, slots=True)
class Opened:
    stream: Stream
    changes: Sequence[SignalChange]
    """Of the signals, where a recording has them."""
    before: Callable[[Frame], object]
    """Called before each frame is looked at."""
    watch: Watch
    figures: Callable[[float], Mapping[str, float]]
    """For the heartbeat; takes the seconds since it was last asked."""


def open_source(config: Config, config_path: Path, site: Site, *, stop: threading.Event) -> Opened:
    """Raises a KirpikError that says what is missing."""
    if config.camera.source.startswith(REPLAY):
        return _recording(config, beside(config_path, config.camera.source.removeprefix(REPLAY)), site, stop)
    clock = HostClock()
    tuning = beside(config_path, config.camera.tuning) if config.camera.tuning else None
    camera = open_camera(
        config.camera, site.camera, tuning=tuning, scratch=Path(os.environ.get(SCRATCH, "/run/kirpik-eye")),
        utc_of=clock.utc_of, now_ns=boottime_ns, stop=stop,
    )  # fmt: skip
    outlook = Outlook()
    watch = Watch(outlook=outlook, clock=clock.now)
    return Opened(camera, (), lambda _frame: None, watch, _Figures(camera, watch, outlook))


def _recording(config: Config, path: Path, site: Site, stop: threading.Event) -> Opened:
    pace = Pace(stop).wait if config.camera.pace == "recorded" else (lambda _frame: None)
    changes = read_signals(path)
    for said in unheard(site, changes):
        log.warning("recording=%s: %s", path, said)
    return Opened(Recording(path, site.camera), changes, pace, Watch(), lambda _passed_s: {})


class _Figures:
    def __init__(self, camera: PiCamera, watch: Watch, outlook: Outlook) -> None:
        self._camera = camera
        self._watch = watch
        self._outlook = outlook
        self._frames = 0

    def __call__(self, passed_s: float) -> Mapping[str, float]:
        seen, view = self._camera.seen, self._outlook.view
        fps, self._frames = (seen.frames - self._frames) / max(passed_s, 1e-3), seen.frames
        return {
            "fps": round(fps, 1),
            "frames": seen.frames,
            "frames_dropped": seen.dropped,
            "frames_bad": self._camera.bad,
            "exposure_us": seen.exposure_us,
            "gain": round(seen.gain, 2),
            "lens_blocked": int(view.blocked),
            "lens_moved": int(view.moved),
            "lens_dark": int(view.dark),
            "picture_frozen": int(view.frozen),
            "clock_synchronised": int(self._watch.clock().is_set),
        }
