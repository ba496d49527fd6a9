"""A signal's lamps as the camera itself sees them: a second witness beside the controller's word.

`lamp_px` is the outline of a head of three lamps, red above; or, where it is less than twice as high as wide, of the
red lamp alone.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kirpik.site import Signal
from kirpik.values import Luma, Phase, SignalChange

BRIGHTER = 30.0
"""Grey levels that a burning lamp must be above a dark one."""
GLIMPSE_S = 0.15
"""Lamps flicker with the mains: one burns that burnt in any frame of so long."""
REPEAT_S = 0.5


@dataclass(slots=True)
class Head:
    """One signal's region."""

    signal: Signal
    darkest: float = 255.0
    brightest: float = 0.0
    recent: deque[tuple[int, frozenset[int]]] = field(default_factory=deque)
    told: tuple[int, Phase] | None = None

    def look(self, luma: Luma, now_ns: int) -> SignalChange | None:
        """A change, or after REPEAT_S the same again; None while nothing can be told."""
        lit = self._lit(luma)
        if lit is None:
            return None
        self.recent.append((now_ns, lit))
        while self.recent[0][0] < now_ns - GLIMPSE_S * 1e9:
            self.recent.popleft()
        phase = _phase(frozenset().union(*(each for _, each in self.recent)))
        if self.told is not None and self.told[1] == phase and now_ns - self.told[0] < REPEAT_S * 1e9:
            return None
        self.told = (now_ns, phase)
        return SignalChange(now_ns, self.signal.name, phase)

    def _lit(self, luma: Luma) -> frozenset[int] | None:
        """Which of red, amber, green (0, 1, 2) burn."""
        x, y, width, height = self.signal.lamp_px or (0, 0, 0, 0)
        part = luma[max(y, 0) : y + height, max(x, 0) : x + width]
        if part.size == 0:
            return None
        if height < 2 * width:
            return self._single(_bright(part))
        levels = [_bright(third) for third in np.array_split(part, 3, axis=0)]
        low, high = min(levels), max(levels)
        if high - low < BRIGHTER:
            return frozenset()
        return frozenset(i for i, level in enumerate(levels) if level > (low + high) / 2)

    def _single(self, level: float) -> frozenset[int] | None:
        """Bright or dark by what it was before; until it has been both, nothing is known."""
        self.darkest, self.brightest = min(self.darkest, level), max(self.brightest, level)
        if self.brightest - self.darkest < BRIGHTER:
            return None
        return frozenset({0}) if level > (self.darkest + self.brightest) / 2 else frozenset()


class Lamps:
    """All signals that the camera watches itself."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._heads = [Head(signal) for signal in signals if signal.lamp_px is not None]

    def look(self, luma: Luma, now_ns: int) -> list[SignalChange]:
        found = [head.look(luma, now_ns) for head in self._heads]
        return [change for change in found if change is not None]


def _bright(part: Luma) -> float:
    """The level that a tenth of the pixels exceed: the lamp, whatever housing is around it."""
    return float(np.percentile(part, 90))


def _phase(lit: frozenset[int]) -> Phase:
    phases: dict[frozenset[int], Phase] = {
        frozenset({0}): "red",
        frozenset({1}): "amber",
        frozenset({2}): "green",
        frozenset({0, 1}): "red_amber",
    }
    return phases.get(lit, "off")
