"""A token bucket: so many bytes a second in the long run, some more at once after a pause."""

import time
from collections.abc import Callable

BURST_S = 10.0
"""A pause of so long may be made up for at once."""


class Bucket:
    def __init__(
        self, bytes_per_s: float | None, *, least_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """None means no limit. It holds at least `least_bytes`, so that the largest thing can ever go."""
        self._rate = bytes_per_s
        self._clock = clock
        self._most = max(least_bytes, (bytes_per_s or 0) * BURST_S)
        self._there = self._most
        self._at_s = clock()

    def spend(self, size_bytes: int) -> bool:
        """Whether so much may go now; what may, is counted."""
        if self._rate is None:
            return True
        now_s = self._clock()
        self._there = min(self._most, self._there + self._rate * (now_s - self._at_s))
        self._at_s = now_s
        if size_bytes > self._there:
            return False
        self._there -= size_bytes
        return True
