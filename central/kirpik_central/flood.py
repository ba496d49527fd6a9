"""How much one unit may say: a stolen one shall not fill the disk on which the evidence of all the others lies.

A unit that has been away for long comes with all that has waited, so the burst is large and only what goes on for hours
is held back. What is held back is neither stored nor receipted: an honest unit still has it and sends it again.
"""

import time
from collections.abc import Callable, Sequence

from kirpik_central.letters import Letter

BURST = 100_000
"""Letters; a spool of the usual size holds some 80,000 packets."""
HOURLY = 10_000
"""Some twenty times what a busy unit says."""
HOUR_S = 3600.0


class Gate:
    """A bucket for each unit that spoke lately, by the topic's name of it; nothing of it is kept over a start."""

    def __init__(
        self, *, burst: int = BURST, hourly: int = HOURLY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = float(burst)
        self._rate = hourly / HOUR_S
        self._clock = clock
        self._left: dict[str, float] = {}
        self._filled_s = clock()

    def parted(self, letters: Sequence[Letter]) -> tuple[list[Letter], list[Letter]]:
        """Those to be looked at, and those that are over the measure."""
        self._fill()
        admitted, held = [], []
        for letter in letters:
            unit = letter.topic[:TREE]
            left = self._left.get(unit, self._burst)
            if left < 1:
                held.append(letter)
                continue
            self._left[unit] = left - 1
            admitted.append(letter)
        return admitted, held

    def _fill(self) -> None:
        """Full buckets are forgotten, so that only who speaks takes room; looked at once a minute, which is enough."""
        now_s = self._clock()
        if (passed_s := now_s - self._filled_s) < PAUSE_S:
            return
        self._filled_s = now_s
        more = passed_s * self._rate
        self._left = {unit: left + more for unit, left in self._left.items() if left + more < self._burst}


TREE = len("kirpik/1/u/") + 32
"""Letters of a topic that tell whose it is."""
PAUSE_S = 60.0
