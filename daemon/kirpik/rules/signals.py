"""What each signal showed, and when. Before its first word, and when it has fallen silent, a signal is unknown.

Nobody is accused on an unknown signal. Where the lamp's picture is a second witness, both must say red.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from kirpik.site import Signal
from kirpik.values import Phase, SignalChange

KEEP_S = 3600.0
"""No track that matters is older than this."""
ERROR_MS = {"replay": 0.0, "gpio": 10.0, "unix": 250.0, "lamp": 100.0}
"""How late a source's word may be, where the site does not say."""
PERIOD_S = {"replay": float("inf"), "gpio": 2.0, "unix": 2.0, "lamp": 2.0}
"""A source silent for longer is unknown, where the site does not say; a recording's last word holds."""
UNSET = Signal(name="unset")


@dataclass(frozen=True, slots=True)
class Red:
    """One red without a break."""

    start_ns: int
    """When it began; where it was on already at the first word, that word's time, which can only free."""
    end_ns: int | None
    """None while it lasts; where its source fell silent, when that became too long."""
    sure: bool = True
    """False where the second witness does not say the same."""


@dataclass(slots=True)
class _Shown:
    """A phase, from its first word to its last."""

    phase: Phase
    start_ns: int
    heard_ns: int


@dataclass(slots=True)
class _Source:
    """One witness of one signal: its phases in turn."""

    period_ns: float
    shown: deque[_Shown] = field(default_factory=deque)

    def hear(self, phase: Phase, now_ns: int) -> None:
        last = self.shown[-1] if self.shown else None
        if last is not None and last.phase == phase and now_ns <= last.heard_ns + self.period_ns:
            last.heard_ns = now_ns
        else:
            self.shown.append(_Shown(phase, now_ns, now_ns))
        while len(self.shown) > 1 and self.shown[1].start_ns < now_ns - KEEP_S * 1e9:
            self.shown.popleft()

    def red_at(self, moment_ns: int, *, amber: bool) -> Red | None:
        shown = list(self.shown)
        index = bisect_right([one.start_ns for one in shown], moment_ns) - 1
        if index < 0 or not _red(shown[index].phase, amber) or moment_ns > self._known_until(shown, index):
            return None
        first = last = index
        while first > 0 and self._joins(shown, first - 1, amber=amber):
            first -= 1
        while last + 1 < len(shown) and self._joins(shown, last, amber=amber) and _red(shown[last + 1].phase, amber):
            last += 1
        until = self._known_until(shown, last)
        return Red(shown[first].start_ns, None if until == float("inf") else int(until))

    def phase_at(self, moment_ns: int) -> Phase | None:
        shown = list(self.shown)
        index = bisect_right([one.start_ns for one in shown], moment_ns) - 1
        return None if index < 0 or moment_ns > self._known_until(shown, index) else shown[index].phase

    def _joins(self, shown: Sequence[_Shown], index: int, *, amber: bool) -> bool:
        """Whether this one is red and goes over into the next without a silence."""
        return _red(shown[index].phase, amber) and self._known_until(shown, index) >= shown[index + 1].start_ns

    def _known_until(self, shown: Sequence[_Shown], index: int) -> float:
        after = shown[index + 1].start_ns if index + 1 < len(shown) else float("inf")
        return min(after, shown[index].heard_ns + self.period_ns)


class Timeline:
    """The words of all signals, oldest first."""

    def __init__(self, signals: Sequence[Signal] = ()) -> None:
        self._settings = {signal.name: signal for signal in signals}
        self._sources: dict[str, _Source] = {}
        self._lamps: dict[str, _Source] = {}

    def add(self, change: SignalChange) -> None:
        """A change, or the same again: a source that has a period must repeat itself to be believed."""
        settings = self._settings.get(change.signal, UNSET)
        period_s = PERIOD_S[_kind(settings)] if settings.period_s is None else settings.period_s
        source = self._sources.setdefault(change.signal, _Source(period_s * 1e9))
        source.hear(change.phase, change.sensor_timestamp_ns)

    def add_lamp(self, change: SignalChange) -> None:
        """What the picture of the lamp shows: the second witness, or the only one."""
        if self._settings.get(change.signal, UNSET).source == "lamp":
            self.add(change)
            return
        self._lamps.setdefault(change.signal, _Source(PERIOD_S["lamp"] * 1e9)).hear(
            change.phase, change.sensor_timestamp_ns
        )

    def error_ms(self, signal: str) -> float:
        settings = self._settings.get(signal, UNSET)
        return ERROR_MS[_kind(settings)] if settings.error_ms is None else settings.error_ms

    def red_at(self, signal: str, moment_ns: int, *, amber: bool) -> Red | None:
        """The red around the moment, or None when it was not red or nothing was known."""
        source = self._sources.get(signal)
        red = None if source is None else source.red_at(moment_ns, amber=amber)
        if red is None or not self._has_witness(signal):
            return red
        lamp = self._lamps.get(signal)
        seen = None if lamp is None else lamp.red_at(moment_ns, amber=amber)
        return Red(red.start_ns, red.end_ns, sure=False) if seen is None else _both(red, seen)

    def waits(self, signal: str, moment_ns: int) -> bool:
        """Whether somebody may be waiting at it: everything but green and off, the unknown too."""
        source = self._sources.get(signal)
        return (None if source is None else source.phase_at(moment_ns)) not in ("green", "off")

    def between(self, signal: str, start_ns: int, end_ns: int) -> tuple[SignalChange, ...]:
        """The changes in the span, and the one in force when it began."""
        shown = self._sources[signal].shown if signal in self._sources else ()
        before = [one for one in shown if one.start_ns <= start_ns][-1:]
        during = [one for one in shown if start_ns < one.start_ns <= end_ns]
        return tuple(SignalChange(one.start_ns, signal, one.phase) for one in (*before, *during))

    def _has_witness(self, signal: str) -> bool:
        settings = self._settings.get(signal, UNSET)
        return settings.lamp_px is not None and settings.source != "lamp"


def _kind(settings: Signal) -> str:
    return settings.source.partition(":")[0]


def _both(first: Red, second: Red) -> Red:
    """What two witnesses agree on: red since the later beginning, until the earlier end."""
    ends = [red.end_ns for red in (first, second) if red.end_ns is not None]
    return Red(max(first.start_ns, second.start_ns), min(ends, default=None))


def _red(phase: Phase, amber: bool) -> bool:
    return phase in ("red", "red_amber") or (amber and phase == "amber")
