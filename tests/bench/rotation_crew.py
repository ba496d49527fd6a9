"""Some units of the rotation bench in one process: `python -m tests.bench.rotation_crew REPORT PORT PERIOD_S`.

Beside REPORT lies `.units` with a folder a line; event ids go to `.sealed`, one a line, before the packet is sealed.
"""

import json
import random
import select
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from kirpik.wire import packet, suite
from tests.system.simulated import QUICK, SimulatedUnit
from tests.unit.eyes import QuickDisk

REPORT_EVERY_S = 2.0
LOOK_S = 1.0
PACE = replace(QUICK, first_s=20.0, longest_s=60.0, health_s=30.0)
"""Calm enough for a thousand units that share two cores with their broker and central."""


def main(report: Path, port: int, period_s: float) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    folders = [Path(line) for line in report.with_suffix(".units").read_text().splitlines()]
    units = [SimulatedUnit(folder, "127.0.0.1", port, disk=QuickDisk(), pace=PACE) for folder in folders]
    with report.with_suffix(".sealed").open("w") as diary:
        crew = Crew(units, diary, report, period_s)
        while not stop.is_set():
            crew.turn()
    for unit in units:
        unit.close()


class Crew:
    """Units that nobody calls are looked at now and then only: idle ones must cost next to nothing."""

    def __init__(self, units: list[SimulatedUnit], diary: TextIO, report: Path, period_s: float) -> None:
        chance = random.Random(str(report))  # noqa: S311  keeps units out of step
        self._units = units
        self._diary = diary
        self._report = report
        self._period_s = period_s
        self._drain = report.parent / "drain"
        self._due = [time.monotonic() + chance.uniform(0.0, period_s) for _ in units]
        self._to_new: set[bytes] = set()
        self._looked_s = self._told_s = 0.0

    def turn(self) -> None:
        now = time.monotonic()
        if now - self._looked_s >= LOOK_S:
            self._looked_s = now
            for number, unit in enumerate(self._units):
                self._seal_when_due(number, unit, now)
                unit.turn()
        else:
            for unit in self._called():
                unit.turn()
        if now - self._told_s >= REPORT_EVERY_S:
            self._told_s = now
            self._diary.flush()
            _tell(self._report, self._units, self._to_new, drained=self._drain.exists())

    def _called(self) -> list[SimulatedUnit]:
        handles = {handle: unit for unit in self._units if (handle := unit.line.fileno()) is not None}
        readable, _, _ = select.select(list(handles), [], [], LOOK_S / 4)
        return [handles[handle] for handle in readable]

    def _seal_when_due(self, number: int, unit: SimulatedUnit, now: float) -> None:
        if now < self._due[number] or not unit.line.connected or self._drain.exists():
            return
        unit.seal()
        self._diary.write(f"{unit.unit.hex()} {unit.sealed[-1].hex()}\n")
        self._due[number] = now + self._period_s
        if _newest_recipient(unit) == _second_key(unit):
            self._to_new.add(unit.unit)


def _newest_recipient(unit: SimulatedUnit) -> bytes:
    data = unit.parts.outbox.read(unit.parts.outbox.waiting()[-1])
    return packet.parse_header(data or b"").recipient


def _second_key(unit: SimulatedUnit) -> bytes | None:
    keyset = unit.parts.keyring.keyset
    return suite.key_id(keyset.seal[-1].public) if keyset is not None and len(keyset.seal) > 1 else None


def _tell(report: Path, units: list[SimulatedUnit], to_new: set[bytes], *, drained: bool) -> None:
    told = {
        "connected": sum(unit.line.connected for unit in units),
        "sealed": sum(len(unit.sealed) for unit in units),
        "keys_2": sum(unit.parts.keyring.keyset_version == 2 for unit in units),
        "new_key": len(to_new),
        "waiting": sum(len(unit.parts.outbox.waiting()) for unit in units),
        "wrapped": sum(unit.letters.wrapped for unit in units),
        "drained": len(units) if drained else 0,
    }
    partial = report.with_suffix(".adding")
    partial.write_text(json.dumps(told))
    partial.rename(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
