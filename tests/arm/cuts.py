"""When the power is cut: twenty moments, spread over a unit's life, each with the words by which it is recognised."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

from tests.arm.diary import Diary
from tests.arm.ground import Ground
from tests.arm.machine import Machine

LONG_S, WRITES_S = 3600.0, 300.0

Trigger = Literal["time", "flush", "stored"]


@dataclass(frozen=True, slots=True)
class Moment:
    """`said` on the serial line, then whatever `trigger` waits for, then the power is gone."""

    what: str
    said: str
    trigger: Trigger = "time"
    within_s: tuple[float, float] = (0.0, 0.0)
    """At a random time between; with a flush, so many of them are let through first."""
    broker: bool = True
    """Whether anybody answers the unit meanwhile; without, its packets wait."""


KERNEL = r"Booting Linux|Linux version"
SYSTEM = r"Welcome to "
CONFIGURES = r"Starting kirpik-configure"
DOCUMENTS = r"documents: ok"
KEYS = r"keys: ok"
ASKS = r"words  \w+ \w+"
EYE = r"Started kirpik-eye"

FIRST_BOOT = (
    Moment("the kernel starts", KERNEL, within_s=(0, 8)),
    Moment("the package is configured", CONFIGURES, within_s=(10, 50)),
    Moment("keys are made", DOCUMENTS, "flush", (0, 3)),
    Moment("the machine gets its name", DOCUMENTS, within_s=(0, 1.5)),
    Moment("the root is sealed", KEYS, "flush", (0, 2)),
)
ENROLMENT = (
    Moment("it asks to belong", ASKS, within_s=(0, 5)),
    Moment("it was answered", ASKS, "flush", (0, 2)),
)
SERVICE = (
    Moment("its packets wait", EYE, within_s=(75, 110), broker=False),
    Moment("the spool is written", EYE, "flush", (0, 1)),
    Moment("a receipt is on its way", EYE, "stored"),
    Moment("the system starts", SYSTEM, within_s=(0, 60)),
    Moment("the spool is written", EYE, "flush", (1, 6)),
    Moment("its packets wait", EYE, within_s=(75, 110), broker=False),
    Moment("a receipt is on its way", EYE, "stored", (0, 1.5)),
    Moment("the kernel starts", KERNEL, within_s=(0, 20)),
    Moment("the spool is written", EYE, "flush", (1, 10)),
    Moment("it guards", EYE, within_s=(0, 60)),
    Moment("a receipt is on its way", EYE, "stored", (0, 0.5)),
    Moment("the system starts", SYSTEM, within_s=(20, 60)),
    Moment("the spool is written, nobody answers", EYE, "flush", (1, 8), broker=False),
)


@dataclass(frozen=True, slots=True)
class Cutter:
    ground: Ground
    machine: Machine
    diary: Diary

    def cut_at(self, moments: Sequence[Moment], *, done: int = 0, then: Callable[[], object] = lambda: None) -> None:
        """Each in a start of its own, which thereby shows that the machine came up after the cut before.

        `done` cuts come before these; what is in the diary beyond them is not done again.
        """
        for moment in moments[max(0, len(self.diary.cuts) - done) :]:
            with nullcontext() if moment.broker else self.ground.without_broker():
                self._cut(moment, then)

    def _cut(self, moment: Moment, then: Callable[[], object]) -> None:
        stored, began_s = self.ground.packets(), time.monotonic()
        if moment.broker:
            self.ground.check()
        if not self.machine.running:
            self.machine.start()
        self.machine.wait_for(moment.said, timeout_s=LONG_S)
        came_s = time.monotonic()
        within = self.diary.random.uniform(*moment.within_s)
        then()
        flushes = self.machine.flushes() + round(within) if moment.trigger == "flush" else 0
        if moment.trigger == "flush":
            self._wait(lambda: self.machine.flushes() > flushes)
        else:
            if moment.trigger == "stored":
                self._wait(lambda: self.ground.packets() > stored)
            time.sleep(within)
        hit = self.machine.running
        self.machine.cut()
        self.diary.cuts.append({
            "what": moment.what, "cut": hit, "came_up_s": round(came_s - began_s, 1),
            "then_s": round(time.monotonic() - came_s, 2), "packets": self.ground.packets(),
            "chain_broken": self.ground.chain()["chain_broken"],
        })  # fmt: skip
        self.diary.write()
        print(f"{time.strftime('%H:%M:%S')} cut {len(self.diary.cuts)}: {self.diary.cuts[-1]}", flush=True)

    def _wait(self, happened: Callable[[], bool]) -> None:
        """Until then, or until the machine has gone down, or for some minutes."""
        until_s = time.monotonic() + WRITES_S
        try:
            while self.machine.running and time.monotonic() < until_s and not happened():
                time.sleep(0.01)
        except OSError:  # it went down while it was asked
            assert self.machine.ended(timeout_s=10)
