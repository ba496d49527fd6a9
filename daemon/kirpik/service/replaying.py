"""Drive the pipeline with a recording: frames and signal changes in the order of their times, none dropped."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from kirpik.pipeline import Pipeline
from kirpik.values import Frame, SignalChange, Violation


class Source(Protocol):
    def frames(self) -> Iterable[Frame]: ...


Step = Sequence[Violation]
"""The accusations that one frame brought to an end; the last step of a recording belongs to no frame."""


def replay(
    source: Source,
    changes: Sequence[SignalChange],
    pipeline: Pipeline,
    *,
    before: Callable[[Frame], object] = lambda _: None,
    paused: Callable[[], bool] = lambda: False,
    stop: threading.Event | None = None,
) -> Iterator[Step]:
    """Run to the recording's end, or until `stop` is set; what is in sight then is judged as it stands.

    While `paused`, frames pass unseen: nothing is detected, followed or read, and what was being followed ends there.
    """
    waiting, seeing = list(reversed(changes)), True
    for frame in source.frames():
        before(frame)
        while waiting and waiting[-1].sensor_timestamp_ns <= frame.sensor_timestamp_ns:
            pipeline.signal(waiting.pop())
        if not paused():
            seeing = True
            yield pipeline.step(frame)
        else:
            if seeing:
                pipeline.finish()
            seeing = False
            yield ()
        if stop is not None and stop.is_set():
            break
    yield pipeline.finish()


class Pace:
    """Waits so that frames pass at the speed at which they were recorded."""

    def __init__(self, stop: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self._stop = stop
        self._clock = clock
        self._offset_s: float | None = None

    def wait(self, frame: Frame) -> None:
        now, then = self._clock(), frame.sensor_timestamp_ns / 1e9
        if self._offset_s is None:
            self._offset_s = now - then
        self._stop.wait(max(0.0, then + self._offset_s - now))
