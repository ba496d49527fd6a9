"""Signal changes of a recording: `signals.csv` in its folder; of a video, `<name>.signals.csv` or that beside it."""

from itertools import pairwise
from pathlib import Path
from typing import get_args

from kirpik.adapters.camera_replay import read_table, whole
from kirpik.errors import InputError
from kirpik.values import Phase, SignalChange

COLUMNS = ["sensor_timestamp_ns", "signal", "phase"]


def read_signals(recording: Path) -> list[SignalChange]:
    """The changes in the order of their times; none where the recording has no such file."""
    path = _table_of(recording)
    if not path.exists():
        return []
    changes = [_change(path, line, row) for line, row in read_table(path, COLUMNS)]
    for signal in {change.signal for change in changes}:
        for before, after in pairwise(change for change in changes if change.signal == signal):
            if after.sensor_timestamp_ns < before.sensor_timestamp_ns:
                times = f"{after.sensor_timestamp_ns} ns after {before.sensor_timestamp_ns} ns"
                raise InputError(f"{path}: signal '{signal}': time runs backwards: {times}")
    return sorted(changes, key=lambda change: change.sensor_timestamp_ns)


def _table_of(recording: Path) -> Path:
    if recording.is_dir():
        return recording / "signals.csv"
    own = recording.with_name(f"{recording.stem}.signals.csv")
    return own if own.exists() else recording.with_name("signals.csv")


def _change(path: Path, line: int, row: dict[str, str]) -> SignalChange:
    if not row["signal"]:
        raise InputError(f"{path}:{line}: signal: '', expected a signal's name")
    phases: tuple[Phase, ...] = get_args(Phase)
    for phase in phases:
        if row["phase"] == phase:
            return SignalChange(whole(row["sensor_timestamp_ns"], f"{path}:{line}", COLUMNS[0]), row["signal"], phase)
    raise InputError(f"{path}:{line}: phase: '{row['phase']}', expected one of {' '.join(phases)}")
