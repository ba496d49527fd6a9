"""Some units of the rotation bench in one process: `python -m tests.bench.rotation_crew REPORT PORT PERIOD_S`.

Beside REPORT lies `.units` with a folder a line; event ids go to `.sealed`, one a line, before the packet is sealed.
"""

import json
import random
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from kirpik.wire import packet, suite
from tests.system.simulated import QUICK, SimulatedUnit
from tests.unit.eyes import QuickDisk

REPORT_EVERY_S = 1.0
PACE = replace(QUICK, first_s=20.0, longest_s=60.0, health_s=30.0)
"""Calm enough for a thousand units that share two cores with their broker and central."""


def main(report: Path, port: int, period_s: float) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    folders = [Path(line) for line in report.with_suffix(".units").read_text().splitlines()]
    chance = random.Random(str(report))  # noqa: S311  keeps units out of step
    units = [SimulatedUnit(folder, "127.0.0.1", port, disk=QuickDisk(), pace=PACE) for folder in folders]
    due = {unit.folder: time.monotonic() + chance.uniform(0.0, period_s) for unit in units}
    to_new: set[Path] = set()
    told_s = 0.0
    drain = report.parent / "drain"
    with report.with_suffix(".sealed").open("w") as diary:
        while not stop.is_set():
            flowing, began_s = not drain.exists(), time.monotonic()
            for unit in units:
                if flowing and unit.line.connected and time.monotonic() >= due[unit.folder]:
                    unit.seal()
                    diary.write(f"{unit.unit.hex()} {unit.sealed[-1].hex()}\n")
                    due[unit.folder] += period_s
                    if _newest_recipient(unit) == _second_key(unit):
                        to_new.add(unit.folder)
                unit.turn()
            if time.monotonic() - told_s >= REPORT_EVERY_S:
                told_s = time.monotonic()
                diary.flush()
                _tell(report, units, to_new, drained=not flowing)
            time.sleep(max(0.0, 0.02 - (time.monotonic() - began_s)))
        for unit in units:
            unit.close()


def _newest_recipient(unit: SimulatedUnit) -> bytes:
    data = unit.parts.outbox.read(unit.parts.outbox.waiting()[-1])
    return packet.parse_header(data or b"").recipient


def _second_key(unit: SimulatedUnit) -> bytes | None:
    keyset = unit.parts.keyring.keyset
    return suite.key_id(keyset.seal[-1].public) if keyset is not None and len(keyset.seal) > 1 else None


def _tell(report: Path, units: list[SimulatedUnit], to_new: set[Path], *, drained: bool) -> None:
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
