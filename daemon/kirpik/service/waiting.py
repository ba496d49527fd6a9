"""The outbox as the link watches it: looked at seldom enough that a full one costs little, read packet by packet."""

import time
from collections.abc import Callable, Sequence

from kirpik.errors import WireError
from kirpik.store.outbox import Entry, OutboxView
from kirpik.wire import packet
from kirpik.wire.health import LATE_S, chain_48

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

    def standing(self) -> dict[str, float]:
        """For the central, which so notices what is missing: where the chain ends, and how much waits."""
        told: dict[str, float] = {"spool_count": len(self._entries) + len(self._spoiled)}
        if (head := self._outbox.told_head()) is not None:
            told |= {"epoch": head.entry.epoch, "sequence": head.entry.sequence, "chain_48": chain_48(head.link)}
        return told

    def measures(self) -> dict[str, float]:
        """For the heartbeat: whether something is wrong, and no count."""
        oldest = self._outbox.written_s(self._entries[0]) if self._entries else None
        late = oldest is not None and time.time() - oldest >= LATE_S
        return {"spool_late": int(late), "parked": int(self._outbox.parked() > 0)}
