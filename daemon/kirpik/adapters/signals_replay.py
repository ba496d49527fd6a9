"""Signal changes of a recording: `signals.csv` in its folder, or `<name>.signals.csv` beside a video file."""

from itertools import pairwise
from pathlib import Path
from typing import get_args

from kirpik.adapters.camera_replay import read_table, whole
from kirpik.errors import InputError
from kirpik.values import Phase, SignalChange

COLUMNS = ["sensor_timestamp_ns", "signal", "phase"]


def read_signals(recording: Path) -> list[SignalChange]:
    """The changes in the order of their times; none where the recording has no such file."""
    path = recording / "signals.csv" if recording.is_dir() else recording.with_name(f"{recording.stem}.signals.csv")
    if not path.exists():
        return []
    changes = [_change(path, line, row) for line, row in read_table(path, COLUMNS)]
    for before, after in pairwise(changes):
        if after.sensor_timestamp_ns < before.sensor_timestamp_ns:
            raise InputError(
                f"{path}: time runs backwards: {after.sensor_timestamp_ns} ns after {before.sensor_timestamp_ns} ns"
            )
    return changes


def _change(path: Path, line: int, row: dict[str, str]) -> SignalChange:
    phases: tuple[Phase, ...] = get_args(Phase)
    for phase in phases:
        if row["phase"] == phase:
            return SignalChange(whole(row["sensor_timestamp_ns"], f"{path}:{line}", COLUMNS[0]), row["signal"], phase)
    raise InputError(f"{path}:{line}: phase: '{row['phase']}', expected one of {' '.join(phases)}")
