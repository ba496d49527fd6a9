"""A traffic signal's plan: which phase begins when."""

from dataclasses import dataclass
from typing import Literal

Phase = Literal["red", "amber", "green", "red_amber", "off"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Phases in turn, from the beginning of the first one at `start_s`."""

    cycle: tuple[tuple[Phase, float], ...]
    start_s: float = 0.0

    @property
    def period_s(self) -> float:
        return sum(seconds for _, seconds in self.cycle)

    def changes(self, until_s: float) -> list[tuple[float, Phase]]:
        """(time, phase) of every beginning up to `until_s`; the one that holds at 0 is told at 0."""
        found: list[tuple[float, Phase]] = []
        at_s = self.start_s
        while at_s < until_s:
            for phase, seconds in self.cycle:
                if at_s < until_s and at_s + seconds > 0:
                    found.append((max(at_s, 0.0), phase))
                at_s += seconds
        return found

    def reds(self, until_s: float) -> list[tuple[float, float]]:
        """Stretches of red and red-amber together, in seconds."""
        stretches: list[tuple[float, float]] = []
        changes = self.changes(until_s)
        for i, (begin, phase) in enumerate(changes):
            end = changes[i + 1][0] if i + 1 < len(changes) else until_s
            if phase not in ("red", "red_amber"):
                continue
            if stretches and stretches[-1][1] == begin:
                stretches[-1] = (stretches[-1][0], end)
            else:
                stretches.append((begin, end))
        return stretches
