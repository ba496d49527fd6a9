"""The outbox as the link watches it: looked at seldom enough that a full one costs little, read packet by packet."""

import time
from collections.abc import Callable, Sequence

from kirpik.errors import WireError
from kirpik.store.outbox import Entry, OutboxView
from kirpik.wire import packet

LOOK_S = 0.25
SHARE = 10
"""Looking takes at most this part of the time."""


class Waiting:
    def __init__(self, outbox: OutboxView, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outbox = outbox
        self._clock = clock
        self._entries: list[Entry] = []
        self._look_at_s = clock()
        self._spoiled: set[Entry] = set()

    def entries(self) -> Sequence[Entry]:
        """Oldest first, without those that no central could read."""
        began_s = self._clock()
        if began_s >= self._look_at_s:
            waiting = self._outbox.waiting()
            self._spoiled &= set(waiting)
            self._entries = [entry for entry in waiting if entry not in self._spoiled]
            self._look_at_s = self._clock() + max(LOOK_S, SHARE * (self._clock() - began_s))
        return self._entries

    def look_again(self) -> None:
        """At once: the eye may have deleted something."""
        self._look_at_s = min(self._look_at_s, self._clock() + LOOK_S / 5)

    def read(self, entry: Entry) -> bytes | None:
        """None when it is gone, or is no packet: that one is left for the eye to find."""
        data = self._outbox.read(entry)
        if data is None:
            return None
        try:
            packet.parse_header(data)
        except WireError:
            self._spoiled.add(entry)
            return None
        return data

    def measures(self) -> dict[str, float]:
        """For the health message."""
        oldest = self._outbox.written_s(self._entries[0]) if self._entries else None
        oldest_s = 0 if oldest is None else max(0, round(time.time() - oldest))
        count = len(self._entries) + len(self._spoiled)
        return {"spool_count": count, "spool_oldest_s": oldest_s, "parked": self._outbox.parked()}
