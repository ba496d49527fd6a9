"""Which packets of the outbox are on their way, and when each is sent again.

A packet is done when the eye has deleted it. Until then it is sent again and again, each time after twice the pause,
because neither the broker's answer nor a receipt that only the eye can check proves anything here. What a receipt says
is taken as a hint all the same: what the central seems to hold makes room for the next ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kirpik.service.hearing import Hint
from kirpik.store.outbox import Entry

WINDOW = 8
"""Packets that are on their way at once; more would only fill the broker."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the link is."""

    first_s: float = 5.0
    """Before a packet is sent for the second time."""
    longest_s: float = 600.0
    """The pause doubles up to this."""
    held_s: float = 600.0
    """For the eye, to delete what the central seems to hold."""
    health_s: float = 60.0
    call_first_s: float = 1.0
    """Before the broker is called for the second time; doubles too."""
    call_longest_s: float = 60.0
    bytes_per_s: float | None = None
    """Of packets, in the long run; None for no limit."""
    slot_s: float | None = None
    """Constant rate: one packet, new or again, in each slot, and nothing that would tell which."""


@dataclass(slots=True)
class _Flight:
    sent_s: float
    due_s: float
    pause_s: float
    held: bool = False


class Flights:
    """`jitter` returns a factor around 1, so that a fleet does not come back in step."""

    def __init__(self, pace: Pace, *, jitter: Callable[[], float]) -> None:
        self._pace = pace
        self._jitter = jitter
        self._flights: dict[Entry, _Flight] = {}

    def due(self, waiting: Sequence[Entry], now_s: float) -> list[Entry]:
        """Of what is waiting, oldest first, that which is to be sent now."""
        due, under_way = [], 0
        for entry in waiting:
            flight = self._flights.get(entry)
            if flight is not None and flight.held and now_s < flight.due_s:
                continue
            under_way += 1
            if under_way > WINDOW:
                break
            if flight is None or now_s >= flight.due_s:
                due.append(entry)
        return due

    def for_slot(self, waiting: Sequence[Entry]) -> list[Entry]:
        """The oldest that was not sent yet; when all were, the one that was sent longest ago: a slot is never empty."""
        new = [entry for entry in waiting if entry not in self._flights][:1]
        return new or sorted(waiting, key=lambda entry: self._flights[entry].sent_s)[:1]

    def sent(self, entry: Entry, now_s: float) -> None:
        last = self._flights.get(entry)
        pause_s = self._pace.first_s if last is None else min(2 * last.pause_s, self._pace.longest_s)
        self._flights[entry] = _Flight(now_s, now_s + pause_s * self._jitter(), pause_s)

    def heard(self, hint: Hint, now_s: float) -> None:
        """A receipt came: the central lives, so the rest need not wait for longer than the first pause."""
        for entry, flight in self._flights.items():
            if entry.epoch == hint.epoch and (entry.sequence <= hint.up_to or entry.sequence in hint.singles):
                flight.held, flight.due_s = True, now_s + self._pace.held_s
            elif not flight.held:
                flight.due_s = min(flight.due_s, flight.sent_s + self._pace.first_s)

    def forget_all_but(self, waiting: Sequence[Entry]) -> None:
        """What is not waiting any more has been deleted or parked."""
        gone = self._flights.keys() - set(waiting)
        for entry in gone:
            del self._flights[entry]

    def land(self) -> None:
        """The line is lost, and all that was on it: send again, from the oldest."""
        self._flights.clear()
