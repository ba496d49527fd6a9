"""One lasting trouble is said at once, then once a minute with its count, and once more when it is over."""

import time
from collections.abc import Callable

EVERY_S = 60.0


class Complaint:
    """`say` takes one line for the log."""

    def __init__(
        self,
        name: str,
        say: Callable[[str], None],
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._say = say
        self._every_s = every_s
        self._clock = clock
        self._times = 0
        self._said_at: float | None = None

    def raised(self, why: str) -> None:
        self._times += 1
        now = self._clock()
        if self._said_at is None or now - self._said_at >= self._every_s:
            self._say(f"{self._name}=trouble times={self._times} why={why!r}")
            self._said_at = now

    def over(self) -> None:
        """Say so, unless there was no trouble."""
        if self._times:
            self._say(f"{self._name}=well times={self._times}")
        self._times, self._said_at = 0, None
