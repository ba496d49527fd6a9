"""Whether the camera still looks where it was calibrated: what the traffic's own plates say, as a few numbers.

Every vehicle that could be measured leaves three numbers here, and the oldest falls out: how far the camera seems
tilted, which way it drove, and how high its plate was. Nothing tells who it was or when, nothing is read or stored.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Motion

Array = NDArray[np.float64]

BASELINE = 24
"""So many vehicles tell how the camera stood when the run began."""
MEAN_TO_SIGMA = 1.2533
"""From the mean deviation of a normal to its standard deviation; and the same from mean to median."""
RECENT = 6
"""So many of the latest are held against them."""
RECENT_LEAST = 4
SPREADS = 6.0
"""By so many of its own standard deviations a median must have moved."""
LEAST_DEG = np.array([0.3, 1.2])
"""And at least by so much: tilt and heading."""
TILT_MOST_DEG = 0.45
"""Against the calibration itself, whatever the run began with."""
HEIGHT_M = (0.25, 1.15)
"""Between which the median plate of any traffic hangs; outside, a scale is wrong."""


@dataclass(slots=True)
class DriftWatch:
    """Feed it every sound measure; ask it before anybody is accused."""

    _first: list[Array] = field(default_factory=list)
    _recent: deque[Array] = field(default_factory=lambda: deque(maxlen=RECENT))

    def add(self, motion: Motion) -> None:
        row = np.array([motion.tilt_deg, _aligned(motion.heading_deg), motion.height_m])
        self._recent.append(row)
        if len(self._first) < BASELINE:
            self._first.append(row)

    @property
    def vehicles(self) -> int:
        """That were seen, as far as it counts them."""
        return len(self._first)

    def has_drifted(self) -> bool:
        """Whether what is measured now cannot be trusted to be where it seems."""
        if len(self._recent) < RECENT_LEAST:
            return False
        recent, first = np.stack(self._recent), np.stack(self._first)
        now, middle = np.median(recent, axis=0), np.median(first, axis=0)
        if abs(now[0]) > TILT_MOST_DEG:
            return True
        if len(first) < BASELINE:
            return False
        spread = np.abs(first - middle).mean(axis=0) * MEAN_TO_SIGMA**2 * np.sqrt(1 / len(recent) + 1 / len(first))
        moved = np.abs(now - middle)[:2] > np.maximum(SPREADS * spread[:2], LEAST_DEG)
        return bool(moved.any()) or not HEIGHT_M[0] <= middle[2] <= HEIGHT_M[1]


def _aligned(heading_deg: float) -> float:
    """Both ways of a road are one direction: −90° … 90°."""
    return (heading_deg + 90.0) % 180.0 - 90.0
