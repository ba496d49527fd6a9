"""The packets' way out: which go now, within the window, the line's share and the slots; and what became of them."""

from collections.abc import Callable, Iterator, Sequence

from kirpik.service.bucket import Bucket
from kirpik.service.flights import Flights, Pace
from kirpik.service.hearing import Hint
from kirpik.service.waiting import Waiting
from kirpik.store.outbox import Entry
from kirpik.wire import packet

FRAME_BYTES = 200
"""Topic, MQTT, TLS and TCP around a packet, about."""
UNANSWERED_S = 60.0
"""A broker that has said nothing to a packet by then is not there any more, whatever the line says."""


class Sending:
    def __init__(
        self,
        waiting: Waiting,
        pace: Pace,
        *,
        jitter: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._waiting = waiting
        self._clock = clock
        self._flights = Flights(pace, jitter=jitter)
        self._bucket = Bucket(pace.bytes_per_s, least_bytes=packet.REWRAPPED_SIZES[-1] + FRAME_BYTES, clock=clock)
        self._slot_s = pace.slot_s
        self._next_slot_s = clock()
        self._unanswered: dict[int, float] = {}
        self._heard: Hint | None = None

    def due(self) -> Iterator[tuple[Entry, bytes]]:
        """What is to be published now; each is to be followed by `sent`."""
        entries = self._waiting.entries()
        for entry in self._chosen(entries):
            data = self._waiting.read(entry)
            if data is None:
                continue
            if not self._bucket.spend(len(data) + FRAME_BYTES):
                break
            yield entry, data
        self._flights.forget_all_but(entries)

    def sent(self, entry: Entry, message: int) -> None:
        self._flights.sent(entry, self._clock())
        self._unanswered[message] = self._clock()

    def answered(self, message: int) -> bool:
        """Whether the message was a packet."""
        return self._unanswered.pop(message, None) is not None

    def stuck(self) -> bool:
        """Whether the broker takes packets without ever answering."""
        return bool(self._unanswered) and self._clock() - min(self._unanswered.values()) > UNANSWERED_S

    def heard(self, hint: Hint) -> None:
        self._heard = hint
        self._flights.heard(hint, self._clock())
        self._waiting.look_again()

    def land(self) -> None:
        """The line is lost, and all that was on it."""
        self._unanswered.clear()
        self._flights.land()

    def measures(self) -> dict[str, float]:
        """For the heartbeat."""
        return self._waiting.measures()

    def standing(self) -> dict[str, float]:
        """For the central. What was acknowledged is told as it said itself, unchecked."""
        told = self._waiting.standing()
        if self._heard is not None:
            told |= {"acked_epoch": self._heard.epoch, "acked_sequence": self._heard.up_to}
        return told

    def _chosen(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        now_s = self._clock()
        if self._slot_s is None:
            return self._flights.due(entries, now_s)
        if now_s < self._next_slot_s:
            return ()
        missed = (now_s - self._next_slot_s) // self._slot_s
        self._next_slot_s += self._slot_s * (missed + 1)
        return self._flights.for_slot(entries)
