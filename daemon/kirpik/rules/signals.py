"""What each signal showed, and when. Before its first word a signal is unknown, and nobody is accused on that."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

from kirpik.values import Phase, SignalChange

KEEP_S = 3600.0
"""No track that matters is older than this."""


@dataclass(frozen=True, slots=True)
class Red:
    """One red without a break."""

    start_ns: int
    """When it began; where it was on already at the first word, that word's time, which can only free."""
    end_ns: int | None
    """None while it lasts."""


class Timeline:
    """The changes of all signals, oldest first."""

    def __init__(self) -> None:
        self._changes: dict[str, deque[SignalChange]] = {}

    def add(self, change: SignalChange) -> None:
        changes = self._changes.setdefault(change.signal, deque())
        changes.append(change)
        while changes[0].sensor_timestamp_ns < change.sensor_timestamp_ns - KEEP_S * 1e9:
            changes.popleft()

    def red_at(self, signal: str, moment_ns: int, *, amber: bool) -> Red | None:
        """The red around the moment, or None when it was not red or nothing was known yet."""
        changes = list(self._changes.get(signal, ()))
        index = bisect_right([change.sensor_timestamp_ns for change in changes], moment_ns) - 1
        if index < 0 or not _is_red(changes[index].phase, amber=amber):
            return None
        first = index
        while first > 0 and _is_red(changes[first - 1].phase, amber=amber):
            first -= 1
        end = next((c.sensor_timestamp_ns for c in changes[index:] if not _is_red(c.phase, amber=amber)), None)
        return Red(changes[first].sensor_timestamp_ns, end)

    def between(self, signal: str, start_ns: int, end_ns: int) -> tuple[SignalChange, ...]:
        """The changes in the span, and the one in force when it began."""
        changes = self._changes.get(signal, ())
        before = [change for change in changes if change.sensor_timestamp_ns <= start_ns][-1:]
        return (*before, *(change for change in changes if start_ns < change.sensor_timestamp_ns <= end_ns))


def _is_red(phase: Phase, *, amber: bool) -> bool:
    return phase in ("red", "red_amber") or (amber and phase == "amber")
