"""Whether what is on trial has proven itself: the eye saw frames pass for a while, or it did not in the time it has."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kirpik.obey import Obedience
from kirpik.verbs import After

WELL_AFTER_S = 60.0
"""Seeing for so long, without a start anew, is being well."""
FRAMES_NEEDED = 300
PATIENCE_S = 240.0
"""A camera that gives no frames ends a trial."""


@dataclass(slots=True)
class TrialWatch:
    obedience: Obedience
    well_after_s: float = WELL_AFTER_S
    frames_needed: int = FRAMES_NEEDED
    patience_s: float = PATIENCE_S
    clock: Callable[[], float] = time.monotonic
    after: After = After.GO_ON
    _began_s: float = field(init=False)
    _watching: bool = field(init=False)

    def __post_init__(self) -> None:
        self._began_s = self.clock()
        self._watching = self.obedience.on_trial()

    def look(self, *, frames: int) -> None:
        """`frames` have passed since the start."""
        if not self._watching:
            return
        passed_s = self.clock() - self._began_s
        if passed_s >= self.well_after_s and frames >= self.frames_needed:
            self._watching = False
            self.obedience.well()
        elif passed_s >= self.patience_s:
            self._watching = False
            self.after = self.obedience.unwell()
