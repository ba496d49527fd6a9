"""A unit's days without a camera: the real pipeline behind a finder that knows the passes, real eye, link and disk."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from kirpik.mqtt.messages import Answer
from kirpik.pipeline import Pipeline
from kirpik.service.duties import Duties, Schedule
from kirpik.service.eye import Eye as EyeService
from kirpik.service.flights import Pace
from kirpik.service.heartbeat import take_pulse
from kirpik.service.link import Link
from kirpik.service.trial import TrialWatch
from kirpik.site import Speeding
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import OutboxView
from kirpik.store.overdue import Overdue
from kirpik.values import Violation
from tests.unit.eyes import Eye, QuickDisk
from tests.unit.road.roads import Pass
from tests.unit.service.test_observer import Central, Watched
from tests.unit.test_pipeline import Reader, Road, frames, site
from tests.unit.wire.samples import UNIT

RULE = Speeding(limit_kmh=60, charge_from_kmh_over=10, legal_basis="Example Act, section 592")
MACHINE = frozenset(("load", "memory_mib", "memory_percent", "soc_c", "disk_percent"))
"""What the machine below says of itself, whoever drives by."""


class NoRecording:
    bad, total = 0, None


@dataclass
class Listened(Watched):
    """Also keeps what was said, except in packets, which nobody can read."""

    words: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        if not topic.endswith("/v"):
            self.words.append((topic, payload))
        return super().publish(topic, payload, retain=retain, expiry_s=expiry_s)

    def turn(self, timeout_s: float) -> list[Any]:
        return [each for each in super().turn(timeout_s) if isinstance(each, Answer) or each]


@dataclass
class Left:
    """What a day leaves behind."""

    files: dict[str, tuple[int, bytes]]
    traffic: list[tuple[float, str, int]]
    words: list[tuple[str, bytes]]
    log: list[str]

    def differs_from(self, other: "Left") -> list[str]:
        parts = ("files", "traffic", "words", "log")
        return [part for part in parts if getattr(self, part) != getattr(other, part)]


def passes(count: int, *, seed: int, speeds: tuple[float, float]) -> list[Pass]:
    chance = Random(seed)  # noqa: S311  repeatable
    return [
        Pass(chance.uniform(*speeds), y_m=30.0 + chance.uniform(-4, 4), x_m=chance.uniform(-2.0, 2.0))
        for _ in range(count)
    ]


class Day:
    """One unit, one folder. `pipeline` makes the chain; a broken one may be handed in."""

    def __init__(self, home: Path, *, pipeline: type[Pipeline] = Pipeline, reader: Reader | None = None) -> None:
        self.home, self.reader = home, reader or Reader()
        self._make = pipeline
        self._handler = _Lines()
        self.parts = Eye(home, disk=QuickDisk())
        self.violations: list[Violation] = []

    def live(self, rounds: Sequence[Sequence[Pass]], *, measures: Mapping[str, float] | None = None) -> Left:
        """Each round is six seconds of road; then the link speaks for an hour."""
        root = logging.getLogger()
        root.addHandler(self._handler)
        before = root.level
        root.setLevel(logging.DEBUG)
        try:
            self.pipelines = [self._watch(number, driving) for number, driving in enumerate(rounds)]
            line = self._speak(measures or {})
        finally:
            root.removeHandler(self._handler)
            root.setLevel(before)
        return Left(snapshot(self.home), line.seen, line.words, self._handler.lines)

    def _watch(self, number: int, driving: Sequence[Pass]) -> Pipeline:
        pipeline = self._make(site(RULE), Road(driving), self.reader)
        overdue = Overdue(90 * 86_400.0, wall=lambda: 1.795e9, monotonic=lambda: 0.0)
        duties = Duties(self.parts.sealer, self.parts.outbox, overdue, Schedule(), clock=lambda: float(number))
        eye = EyeService(
            steps=self._steps(pipeline), recording=NoRecording(), counts=pipeline.counts, sealer=self.parts.sealer,
            outbox=self.parts.outbox, letters=self.parts.letters, trial=TrialWatch(self.parts.obedience),
            idle=lambda _: None, duties=duties.turn,
        )  # fmt: skip
        while not eye.over:
            eye.turn()
        return pipeline

    def _steps(self, pipeline: Pipeline) -> Iterator[list[Violation]]:
        for frame in frames():
            found = pipeline.step(frame)
            self.violations += found
            yield found
        found = pipeline.finish()
        self.violations += found
        yield found

    def _speak(self, measures: Mapping[str, float]) -> Listened:
        clock = [0.0]
        line = Listened(clock, Central())
        link = Link(
            line, OutboxView(self.home / "outbox"), Inbox(self.home / "inbox", disk=QuickDisk()), unit=UNIT,
            pace=Pace(health_s=60), clock=lambda: clock[0],
            measures=lambda: {
                **{name: said for name, said in take_pulse(self.home, self.home).items() if name not in MACHINE},
                **measures,
            },
        )  # fmt: skip
        while clock[0] < 3600:
            clock[0] += 20
            link.turn()
        return line


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname} {record.getMessage()}")


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder with its rights and every byte; and links with where they lead.

    `.reserve` files only hold room back: they are filled with chance when the unit begins, so only their size counts.
    """
    found: dict[str, tuple[int, bytes]] = {}
    for path in sorted(folder.rglob("*")):
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        data = b"%d" % len(data) if path.name == ".reserve" else data
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, data)
    return found
