"""What the eye does beside seeing: checkpoints, expiry, an alarm before the spool is full, covers for empty slots."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kirpik.errors import SpoolFullError
from kirpik.seal import Sealer
from kirpik.service.complaint import Complaint
from kirpik.store.outbox import Outbox
from kirpik.store.overdue import Overdue
from kirpik.wire.checkpoint import NONE_WITHHELD

LOOK_S = 60.0
ALARM_SHARE = 0.7
READY = 2
"""Packets that wait at any time at a constant rate, so that the link has one to send and one in reserve."""
REFILL_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    checkpoint_s: float = 3600.0
    constant_rate: bool = False
    """One packet leaves in each slot of the link, whether or not there is something to say."""


class Duties:
    """`turn` is called often, and mostly has nothing to do."""

    def __init__(
        self,
        sealer: Sealer,
        outbox: Outbox,
        overdue: Overdue,
        schedule: Schedule,
        *,
        withheld: Callable[[], Sequence[int]] = lambda: NONE_WITHHELD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sealer = sealer
        self._outbox = outbox
        self._overdue = overdue
        self._schedule = schedule
        self._withheld = withheld
        self._clock = clock
        self._began_s = self._look_s = self._refill_s = clock()
        self._checkpoint_s = clock() + schedule.checkpoint_s
        self._alarm = Complaint("spool", log.error, clock=clock)

    def turn(self, unsaid: int = 0) -> None:
        """`unsaid` is how many accusations a full spool has kept back in this run."""
        now_s = self._clock()
        if now_s >= self._look_s:
            self._look_s = now_s + LOOK_S
            self._look()
        if now_s >= self._checkpoint_s:
            self._checkpoint_s = now_s + self._schedule.checkpoint_s
            self._try(lambda: self._tell(unsaid))
        if self._schedule.constant_rate and now_s >= self._refill_s:
            self._refill_s = now_s + REFILL_S
            for _ in range(READY - len(self._outbox.waiting())):
                self._try(self._sealer.cover)

    def _tell(self, unsaid: int) -> None:
        uptime_s, withheld = self._uptime_s(), self._withheld()
        self._sealer.checkpoint("regular", uptime_s=uptime_s, unsaid=unsaid, withheld=withheld)

    def _look(self) -> None:
        if overdue := self._overdue.find(self._outbox):
            self._try(lambda: self._sealer.give_up(overdue, uptime_s=self._uptime_s()))
            log.error("packets=expired count=%d why='no receipt in the time that the settings allow'", len(overdue))
        self._outbox.tell_fill()
        share = self._outbox.size_bytes / self._outbox.limit_bytes
        if share >= ALARM_SHARE:
            self._alarm.raised(f"{share:.0%} of what the spool may hold; see why no receipts come")
        else:
            self._alarm.over()

    def _try(self, do: Callable[[], object]) -> None:
        try:
            do()
        except SpoolFullError as error:
            self._alarm.raised(str(error))

    def _uptime_s(self) -> float:
        return self._clock() - self._began_s
