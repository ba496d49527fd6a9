"""Which packets have waited for too long, by a clock that may be wrong, jump, or have been lost with the power.

A clock that errs must not cost evidence. So a packet is overdue only while the wall clock has gone on evenly for an
hour, beside the monotonic one; after each step of it, and each start, that hour begins anew. A packet that was written
before the clock was set begins to wait when that is noticed.
"""

import time
from collections.abc import Callable

from kirpik.store.ledger import PLAUSIBLE_S
from kirpik.store.outbox import Entry, Outbox

STEADY_S = 3600.0
STEP_S = 60.0
"""A difference between the two clocks that has grown by this is a step."""


class Overdue:
    def __init__(
        self,
        keep_s: float,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_s = keep_s
        self._wall = wall
        self._monotonic = monotonic
        self._since_s = monotonic()
        self._offset_s = wall() - self._since_s

    def find(self, outbox: Outbox) -> list[Entry]:
        """Oldest first. To be asked every minute or so."""
        now_s, steady_s = self._wall(), self._monotonic()
        if abs(now_s - steady_s - self._offset_s) > STEP_S:
            self._offset_s, self._since_s = now_s - steady_s, steady_s
        if int(now_s) not in PLAUSIBLE_S or steady_s - self._since_s < STEADY_S:
            return []
        written = outbox.written()
        for entry in [entry for entry, time_s in written.items() if int(time_s) not in PLAUSIBLE_S or time_s > now_s]:
            outbox.touch(entry)
            del written[entry]
        return sorted(entry for entry, time_s in written.items() if now_s - time_s >= self._keep_s)
