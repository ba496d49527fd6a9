"""Two clocks: the sensor's, by which is measured, and the time of day. Do they go alike?

A recording whose timestamps were made up from a frame rate, or a sensor clock that runs fast, makes every speed wrong
by the same share. The time of day is read late by a little each time, and it may step: of every two seconds only the
least late reading counts, and after a step the comparison begins anew; until it can tell, what it told before holds.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

BUCKET_NS = 2_000_000_000
APART = 8
"""Pace is taken between readings so many buckets apart."""
PACES_LEAST, BUCKETS_MOST = 3, 40
PACE_MOST = 0.004
"""Share by which the two may differ: a good tenth of what is deducted from a speed."""
STEP_NS = 200_000_000
"""Arrival jitters by less; more is a step of the clock."""


@dataclass(slots=True)
class ClockWatch:
    """Show it each frame's two times."""

    _bucket_ns: int = 0
    _readings: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=BUCKETS_MOST))
    """Sensor time and the least offset of each bucket."""
    _offset_ns: int | None = None
    _disagreed: bool = False
    """Before the last step."""
    stepped_ns: int = 0
    """The largest step of the time of day that was seen: so wrong may it be."""

    def see(self, sensor_ns: int, utc_ns: int | None) -> None:
        if utc_ns is None:
            return
        offset_ns = utc_ns - sensor_ns
        if self._offset_ns is not None and abs(offset_ns - self._offset_ns) > STEP_NS:
            self.stepped_ns = max(self.stepped_ns, abs(offset_ns - self._offset_ns))
            self._disagreed = self.disagree()
            self._readings.clear()
        self._offset_ns = offset_ns
        if not self._readings or sensor_ns - self._bucket_ns >= BUCKET_NS:
            self._bucket_ns = sensor_ns
            self._readings.append((sensor_ns, offset_ns))
        elif offset_ns < self._readings[-1][1]:
            self._readings[-1] = (sensor_ns, offset_ns)

    def disagree(self) -> bool:
        """Whether the sensor's clock runs so wrong that no speed by it may be charged."""
        rows = list(self._readings)
        paces = [(late[1] - early[1]) / (late[0] - early[0]) for early, late in zip(rows, rows[APART:], strict=False)]
        return abs(median(paces)) > PACE_MOST if len(paces) >= PACES_LEAST else self._disagreed
