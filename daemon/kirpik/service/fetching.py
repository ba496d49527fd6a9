"""Files that the eye waits for, part by part: the link asks the broker for the next one, and for one at a time.

Parts lie retained at the broker, so nobody has to be awake to send them, and a line that breaks costs one part. Nothing
here is believed: the eye knows each file by the hash that a signed order names.
"""

import logging
import time
from collections.abc import Callable

from kirpik.errors import SpoolFullError, WireError
from kirpik.mqtt.line import UnitLine
from kirpik.mqtt.messages import Arrival
from kirpik.service.complaint import Complaint
from kirpik.store.fetched import Fetched
from kirpik.store.wanted import WantedView
from kirpik.wire import topics
from kirpik.wire.part import open_part

LOOK_S = 5.0
PATIENCE_S = 30.0
"""What is retained comes at once; what does not come by then is not there."""
PAUSE_FIRST_S, PAUSE_LONGEST_S = 30.0, 1800.0
"""Before a file is asked for again that was not there, had no room, or was not what it should be."""

log = logging.getLogger(__name__)


class Fetching:
    """`turn` is called often. `bytes_per_s` is the limit of a line that costs."""

    def __init__(
        self, wanted: WantedView, fetched: Fetched, *, bytes_per_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._wanted = wanted
        self._fetched = fetched
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._places: dict[bytes, int] = {}
        """Number of the next part of each file."""
        self._pauses: dict[bytes, tuple[float, float]] = {}
        """Until when a file is let be, and for how long that is."""
        self._asked: tuple[bytes, int] | None = None
        self._look_at_s = self._patient_until_s = clock()
        self._trouble = Complaint("files", log.warning, clock=clock)

    def turn(self, line: UnitLine) -> None:
        now_s = self._clock()
        if self._asked is not None and now_s >= self._patient_until_s:
            wanted, _ = self._let_go(line, self._asked)
            self._pause(wanted, f"{wanted.hex()[:12]}… does not lie at the broker")
        if self._asked is None and now_s >= self._look_at_s:
            self._ask(line)

    def take(self, line: UnitLine, arrival: Arrival) -> bool:
        """Whether it was a part of a file, asked for or not."""
        if not arrival.topic.startswith(f"{topics.FILES}/"):
            return False
        if self._asked is not None and arrival.topic == topics.file_part(*self._asked):
            self._keep(*self._let_go(line, self._asked), arrival.payload)
        return True

    def land(self) -> None:
        """The line is lost, and what was asked over it."""
        self._asked = None

    def _ask(self, line: UnitLine) -> None:
        self._asked = self._next()
        if self._asked is None:
            self._look_at_s = self._clock() + LOOK_S
            return
        self._patient_until_s = self._clock() + PATIENCE_S
        line.subscribe(topics.file_part(*self._asked))

    def _next(self) -> tuple[bytes, int] | None:
        """The last part that had come before a start is fetched once more: it may be the one that a power cut tore."""
        hashes = self._wanted.hashes()
        self._fetched.forget_all_but(hashes)
        self._places = {each: number for each, number in self._places.items() if each in hashes}
        self._pauses = {each: pause for each, pause in self._pauses.items() if each in hashes}
        for each in hashes:
            if not self._fetched.has(each) and self._clock() >= self._pauses.get(each, (0.0, 0.0))[0]:
                return each, self._places.setdefault(each, max(0, self._fetched.parts(each) - 1))
        return None

    def _keep(self, wanted: bytes, number: int, data: bytes) -> None:
        try:
            part = open_part(data)
            if part.number != number:
                raise WireError("part-number", f"expected {number}, got {part.number}")
            whole = self._fetched.add(wanted, part)
        except (WireError, SpoolFullError) as error:
            self._pause(wanted, str(error))
            return
        if part.last and not whole:
            self._places.pop(wanted)
            self._pause(wanted, f"{wanted.hex()[:12]}… has come whole and has another hash; it begins anew")
            return
        self._places[wanted] = number + 1
        self._pauses.pop(wanted, None)
        self._trouble.over()
        self._look_at_s = self._clock() + (len(data) / self._bytes_per_s if self._bytes_per_s else 0.0)
        if whole:
            log.info("file=fetched sha256=%s bytes=%d", wanted.hex(), part.size)

    def _pause(self, wanted: bytes, why: str) -> None:
        last_s = self._pauses.get(wanted, (0.0, 0.0))[1]
        pause_s = min(2 * last_s, PAUSE_LONGEST_S) or PAUSE_FIRST_S
        self._pauses[wanted] = self._clock() + pause_s, pause_s
        self._trouble.raised(why)

    def _let_go(self, line: UnitLine, asked: tuple[bytes, int]) -> tuple[bytes, int]:
        """The same topic is asked for anew, or never again."""
        self._asked = None
        line.unsubscribe(topics.file_part(*asked))
        return asked
