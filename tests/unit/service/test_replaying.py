"""Frames that pass while a unit is told to pause are seen by nobody."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from kirpik.pipeline import Pipeline
from kirpik.service.replaying import replay
from kirpik.values import Frame, SignalChange, Violation


@dataclass
class Watched:
    """A pipeline that notes what it is shown."""

    seen: list[str] = field(default_factory=list)

    def signal(self, change: SignalChange) -> None:
        self.seen.append(change.phase)

    def step(self, frame: Frame) -> list[Violation]:
        self.seen.append(f"frame {frame.sensor_timestamp_ns}")
        return []

    def finish(self) -> list[Violation]:
        self.seen.append("forgets")
        return []


@dataclass
class Stamp:
    sensor_timestamp_ns: int


@dataclass
class Frames:
    count: int

    def frames(self) -> Iterable[Frame]:
        return [cast("Frame", Stamp(number)) for number in range(self.count)]


def test_nothing_is_detected_followed_or_read_while_paused() -> None:
    watched, pause = Watched(), iter([False, True, True, False, False])
    changes = [SignalChange(2, "A", "red")]
    steps = list(replay(Frames(5), changes, cast("Pipeline", watched), paused=lambda: next(pause)))
    assert [len(step) for step in steps] == [0] * 6
    assert watched.seen == ["frame 0", "forgets", "red", "frame 3", "frame 4", "forgets"]
