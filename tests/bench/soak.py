"""A day through the whole chain, with faults at random: `python -m tests.bench.soak --hours 24`.

Traffic drives past the real pipeline behind a finder that knows the passes; the real sealer, keyring, ledger, post
and link take it from there to a real broker and a real intake, as processes. Time in which nobody drives is left out,
so that a day takes minutes. Meanwhile broker and intake are killed, the line is cut, the eye starts anew, and the spool
is full, each at random. At the end everything is counted: what was sealed against what is stored, and what this process
holds of memory and file handles in each hour.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kirpik.errors import SpoolFullError
from kirpik.pipeline import Pipeline
from kirpik.values import Frame, PlateText, Quad, Reading, Sighting
from kirpik.vision.patch import Patch
from kirpik.wire.packet import check_evidence
from kirpik.wire.record import Record, decode_payload
from tests.promises.days import RULE
from tests.system.ground import Fleet
from tests.system.road import Road
from tests.system.simulated import MIB, SimulatedUnit
from tests.unit.road.roads import Pass
from tests.unit.test_pipeline import Road as Seen
from tests.unit.test_pipeline import frames, site

ROUND_S = 6.0
GAP_S = 60.0
"""Between two groups of vehicles; the seconds in which nobody drives are not computed."""
VEHICLES = 3
"""A group."""
OFFENDERS = 0.25
FINISH_S = 600.0
WARM = 0.25
"""Of the hours, before what is held counts: caches fill, the allocator finds its size."""


@dataclass
class Passing(Seen):
    """The road at any hour."""

    offset_ns: int = 0

    def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:
        return super().find(replace(frame, sensor_timestamp_ns=frame.sensor_timestamp_ns - self.offset_ns), expected)


def read_plate(patches: Sequence[Patch]) -> Reading | None:
    """Everybody has the same plate, far apart in time; nothing is kept."""
    plate = PlateText("123ABC01")
    return Reading(plate, "kz2012_private", 1, 0.99, (0.99,) * 8) if patches else None


@dataclass
class Tally:
    vehicles: int = 0
    offenders: int = 0
    accused: int = 0
    spool_full: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    memory_kib: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)


class Soak:
    def __init__(self, folder: Path, *, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  repeatable
        self.fleet = Fleet(folder)
        self.fleet.start_broker()
        self.road = Road(self.fleet)
        self.road.intake.start()
        self.unit = SimulatedUnit(self.road.unit.folder, "127.0.0.1", self.fleet.port)
        self._view = Passing([])
        self._pipeline = Pipeline(site(RULE), self._view, read_plate)
        self._still = frames()
        self._due: dict[str, float] = {}
        self.tally = Tally()

    def run(self, hours: float, groups_an_hour: int) -> dict[str, object]:
        began_s = time.monotonic()
        for group in range(int(hours * groups_an_hour)):
            self._drive_by(group)
            self._chain()
            if self._chance.random() < 0.04:
                self._break()
            if group % groups_an_hour == groups_an_hour - 1:
                self._note(group // groups_an_hour + 1)
        self._settle(self._pipeline.finish())
        self._finish()
        return self._count(hours, time.monotonic() - began_s)

    def _drive_by(self, group: int) -> None:
        """Three seconds of one group, as fast as it can be computed."""
        driving = [self._vehicle() for _ in range(VEHICLES)]
        self._view.passes, self._view.offset_ns = driving, int(group * (ROUND_S + GAP_S) * 1e9)
        for frame in self._still:
            at = replace(frame, sensor_timestamp_ns=frame.sensor_timestamp_ns + self._view.offset_ns)
            self._settle(self._pipeline.step(at))

    def _vehicle(self) -> Pass:
        offends = self._chance.random() < OFFENDERS
        self.tally.vehicles += 1
        self.tally.offenders += offends
        speed = self._chance.uniform(85, 120) if offends else self._chance.uniform(40, 66)
        return Pass(speed, y_m=30.0 + self._chance.uniform(-3, 3), x_m=self._chance.uniform(-2.0, 2.0))

    def _settle(self, found: Sequence[object]) -> None:
        for violation in found:
            self.tally.accused += 1
            before = len(self.unit.sealed)
            try:
                self.unit.sealer.seal(violation)  # type: ignore[arg-type]  # as the pipeline made it
            except SpoolFullError:
                del self.unit.sealed[before:]
                self.tally.spool_full += 1

    def _chain(self) -> None:
        for _ in range(4):
            self.unit.turn()
        now_s = time.monotonic()
        for name in [name for name, due_s in self._due.items() if due_s <= now_s]:
            del self._due[name]
            self._mend(name)

    def _break(self) -> None:
        name = self._chance.choice(("broker", "intake", "line", "eye", "spool"))
        if name in self._due:
            return
        self.tally.faults[name] += 1
        self._due[name] = time.monotonic() + self._chance.uniform(0.2, 3.0)
        match name:
            case "broker":
                self.fleet.broker.kill()
            case "intake":
                self.road.intake.kill()
            case "line":
                self.unit.line.close()
            case "eye":
                self.unit.start()
            case "spool":
                self.unit.parts.outbox.limit_bytes = 1

    def _mend(self, name: str) -> None:
        if name == "broker":
            self.fleet.start_broker()
        if name == "intake":
            self.road.intake.start()
        if name == "spool":
            self.unit.parts.outbox.limit_bytes = 64 * MIB

    def _note(self, hour: int) -> None:
        status = Path("/proc/self/status").read_text()
        self.tally.memory_kib.append(int(status.partition("VmRSS:")[2].split()[0]))
        self.tally.handles.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208  as cheap as can be
        print(
            f"hour {hour:3}: {self.tally.vehicles} vehicles, {self.tally.accused} accused, {len(self.unit.sealed)} "
            f"sealed, {self.road.waiting()} waiting, {self.tally.memory_kib[-1] / 1024:.1f} MiB, "
            f"{self.tally.handles[-1]} handles, faults {sum(self.tally.faults.values())}", flush=True,
        )  # fmt: skip

    def _finish(self) -> None:
        for name in list(self._due):
            self._mend(name)
        deadline_s = time.monotonic() + FINISH_S
        while self.road.waiting() and time.monotonic() < deadline_s:
            self.unit.turn()
            time.sleep(0.01)

    def _count(self, hours: float, took_s: float) -> dict[str, object]:
        stored = list(self._events())
        counts, tally = Counter(stored), self.tally
        counted = self._pipeline.counts
        sealed = set(self.unit.sealed)
        figures: dict[str, object] = {
            "hours": hours,
            "packets": len(sealed),
            "lost": len(sealed - set(stored)),
            "twice": sum(number > 1 for number in counts.values()),
            "rss_drift_percent": _drift(tally.memory_kib),
            "fd_drift": _handles(tally.handles),
            "foreign": len(set(stored) - sealed),
            "waiting": self.road.waiting(),
            "chain_whole": self.road.chain_whole(),
            "vehicles": tally.vehicles,
            "offenders": tally.offenders,
            "suspects": counted.suspects,
            "reader_calls": counted.reader_calls,
            "accused": tally.accused,
            "kept_back_by_a_full_spool": tally.spool_full,
            "counters_exact": tally.accused == counted.violations == len(sealed) + tally.spool_full,
            "read_before_suspicion": counted.reader_calls - counted.suspects,
            "faults": dict(tally.faults),
            "eye_starts": self.unit.starts,
            "seconds": round(took_s),
        }
        for name, value in figures.items():
            print(f"{name:28} {value}")
        return figures

    def _events(self) -> Iterator[bytes]:
        public = self.unit.parts.identity.signer.public
        for case in self.road.store.cases():
            if case.evidence is not None:
                told = decode_payload(check_evidence(case.evidence, public).payload)
                if isinstance(told, Record):
                    yield told.event_id

    def end(self) -> None:
        self.unit.close()
        self.road.end()
        self.fleet.broker.kill()


def _drift(memory_kib: list[int]) -> float | None:
    """The last quarter of the day against the quarter after the warming up, in percent; None for too short a day."""
    warm = memory_kib[int(WARM * len(memory_kib)) :]
    quarter = max(1, len(memory_kib) // 4)
    if len(warm) < 2:
        return None
    return round(100 * (statistics.median(warm[-quarter:]) / statistics.median(warm[:quarter]) - 1), 2)


def _handles(handles: list[int]) -> int | None:
    warm = handles[int(WARM * len(handles)) :]
    return warm[-1] - warm[0] if warm else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--groups", type=int, default=40, help="of three vehicles, an hour")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-soak-") as folder:
        soak = Soak(Path(folder), seed=options.seed)
        try:
            print(json.dumps(soak.run(options.hours, options.groups)))
        finally:
            soak.end()


if __name__ == "__main__":
    main()
