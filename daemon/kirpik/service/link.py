"""The unit's voice: outbox to broker, broker to inbox, state and health. It sees no camera and can open no packet.

It can delay, and nothing else: only the eye deletes a packet, on a receipt that only the eye can check. One thread owns
the line; what the line carries is in the folders, so nothing here has to outlive the process.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from random import uniform

from kirpik.errors import BrokerError, ConfigError, SpoolFullError, StalledError
from kirpik.mqtt.line import UnitLine
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.service.answers import Answers
from kirpik.service.complaint import Complaint
from kirpik.service.fetching import Fetching
from kirpik.service.flights import Pace
from kirpik.service.hearing import hint_of, kind_of
from kirpik.service.sending import UNANSWERED_S, Sending
from kirpik.service.supervisor import supervise
from kirpik.service.waiting import Waiting
from kirpik.service.worker import Worker
from kirpik.store.inbox import MAX_BYTES, Inbox
from kirpik.store.orders import ResultsView
from kirpik.store.outbox import OutboxView
from kirpik.wire import health, topics
from kirpik.wire.ids import UNIT_ID_BYTES

EXPIRY_S = 600
"""A packet that the broker could not pass on by then comes again from the outbox."""
STANDING_S = 3600.0
"""What the central was told already is told again."""
TURN_S = 0.2
STUCK_LINES = 5
PATIENCE_S = 90.0
"""A name server and a broker that both hang take their time."""

log = logging.getLogger(__name__)


class Link:
    """`turn` is to be called again and again by one thread; it waits inside when there is nothing to do."""

    def __init__(  # noqa: PLR0913  as `run_link`
        self,
        line: UnitLine,
        outbox: OutboxView,
        inbox: Inbox,
        *,
        unit: bytes,
        pace: Pace,
        measures: Callable[[], Mapping[str, float]],
        results: ResultsView | None = None,
        fetching: Fetching | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._inbox = inbox
        self._unit = unit
        self._pace = pace
        self._measures = measures
        self._clock = clock
        self._fetching = fetching
        self._answers = None if results is None else Answers(results)
        self._sending = Sending(
            Waiting(outbox, clock=clock),
            pace,
            jitter=lambda: uniform(0.8, 1.2),  # noqa: S311  only keeps units out of step
            clock=clock,
        )
        self._line_trouble = Complaint("broker", log.warning, clock=clock)
        self._packet_trouble = Complaint("packets", log.warning, clock=clock)
        self._inbox_trouble = Complaint("inbox", log.warning, clock=clock)
        self._documents: dict[str, bytes] = {}
        self._began_s = clock()
        self._calls = self._connections = self._stuck = 0
        self._call_at_s = self._health_at_s = clock()
        self._stood: tuple[bytes, float] | None = None

    def turn(self) -> None:
        try:
            if self._line.connected:
                self._send_due()
                self._send_answers()
                self._send_health()
                if self._fetching is not None:
                    self._fetching.turn(self._line)
                self._receive(self._line.turn(TURN_S))
            elif self._clock() >= self._call_at_s:
                self._call()
            else:
                time.sleep(TURN_S)
        except BrokerError as error:
            self._hung_up(error)

    def close(self) -> None:
        self._line.say_last(self._up(topics.STATE), topics.DISCONNECTED.encode())
        self._line.close()

    def _call(self) -> None:
        will = Will(self._up(topics.STATE), topics.LOST.encode())
        self._line.connect([topics.all_down(self._unit), topics.ANY_KEYS], will)
        self._connections += 1
        self._calls, self._health_at_s = 0, self._clock()
        self._sending.land()
        self._stood = None
        if self._answers is not None:
            self._answers.land()
        if self._fetching is not None:
            self._fetching.land()
        self._line_trouble.over()
        self._line.publish(self._up(topics.STATE), topics.ONLINE.encode(), retain=True)
        log.info("broker=connected")

    def _hung_up(self, error: BrokerError) -> None:
        self._line_trouble.raised(str(error))
        pause_s = min(self._pace.call_first_s * 2**self._calls, self._pace.call_longest_s)
        self._calls = min(self._calls + 1, 16)
        self._call_at_s = self._clock() + pause_s * uniform(0.8, 1.2)  # noqa: S311

    def _send_due(self) -> None:
        for entry, packet in self._sending.due():
            self._sending.sent(entry, self._line.publish(self._up(topics.PACKETS), packet, expiry_s=EXPIRY_S))
        if self._sending.stuck():
            self._give_up_line()

    def _give_up_line(self) -> None:
        """A line that only looks alive is a broker that is away; after some of them the process begins anew."""
        self._stuck += 1
        self._line.close()
        if self._stuck >= STUCK_LINES:
            raise StalledError(f"link: no answer to a packet on {self._stuck} lines one after the other")
        raise BrokerError(f"no answer to a packet within {UNANSWERED_S:g} s")

    def _send_answers(self) -> None:
        """Retained, so that whoever gave an order finds the last answer whenever he looks."""
        if self._answers is None:
            return
        for name, data in list(self._answers.due()):
            self._answers.sent(name, self._line.publish(self._up(topics.RESULT), data, retain=True))

    def _receive(self, happened: Sequence[Arrival | Answer]) -> None:
        for each in happened:
            if isinstance(each, Arrival):
                self._take_in(each)
            elif self._answers is not None and self._answers.answered(each.message):
                continue
            elif self._sending.answered(each.message):
                self._stuck = 0
                self._note(each.refusal)

    def _note(self, refusal: str | None) -> None:
        if refusal is None:
            self._packet_trouble.over()
        else:
            self._packet_trouble.raised(f"the broker passes no packet on: {refusal}")

    def _take_in(self, arrival: Arrival) -> None:
        """Write it down unread. What a full disk has no room for comes again."""
        if self._fetching is not None and self._fetching.take(self._line, arrival):
            return
        kind = kind_of(arrival.topic)
        if kind is None or len(arrival.payload) > MAX_BYTES or self._seen(arrival, kind):
            return
        try:
            self._inbox.put(kind, arrival.payload)
        except SpoolFullError as error:
            self._inbox_trouble.raised(str(error))
            return
        self._inbox_trouble.over()
        if kind == topics.RECEIPT and (hint := hint_of(arrival.payload)) is not None:
            self._sending.heard(hint)

    def _seen(self, arrival: Arrival, kind: str) -> bool:
        """Key documents are retained, so they come again with every connection."""
        if kind in topics.DOWN:
            return False
        digest = sha256(arrival.payload).digest()
        seen, self._documents[arrival.topic] = self._documents.get(arrival.topic) == digest, digest
        return seen

    def _send_health(self) -> None:
        if self._clock() < self._health_at_s:
            return
        self._health_at_s = self._clock() + self._pace.health_s
        own = {"uptime_s": self._clock() - self._began_s, "reconnects": self._connections - 1}
        values = {**own, **self._sending.measures(), **self._measures()}
        if self._pace.slot_s is None:
            self._line.publish(self._up(topics.HEALTH), health.encode_health(values))
            self._send_standing()
        else:
            report = health.encode_health(health.telling_nothing(values), size_bytes=health.STEADY_BYTES)
            self._line.publish(self._up(topics.HEALTH), report)

    def _send_standing(self) -> None:
        """To the central alone, when it is news, and now and then for one that has forgotten."""
        standing = health.encode_standing(self._sending.standing())
        said, said_s = self._stood or (b"", 0.0)
        if standing != said or self._clock() - said_s >= STANDING_S:
            self._stood = standing, self._clock()
            self._line.publish(self._up(topics.STANDING), standing)

    def _up(self, leaf: str) -> str:
        return topics.up(self._unit, leaf)


def run_link(  # noqa: PLR0913  all that the link touches comes together here
    line: UnitLine,
    outbox: OutboxView,
    inbox: Inbox,
    *,
    name: str,
    stop: threading.Event,
    notify: Callable[[str], None],
    pace: Pace = Pace(),  # noqa: B008  frozen
    measures: Callable[[], Mapping[str, float]] = dict,
    results: ResultsView | None = None,
    fetching: Fetching | None = None,
) -> None:
    """Run until `stop` is set. Raises ConfigError, StoreError or StalledError; a broker that is away is waited for.

    `name` is the common name of our certificate; `measures` adds figures of the eye and the board to the heartbeat.
    """
    unit = unit_of(name)
    link = Link(line, outbox, inbox, unit=unit, pace=pace, measures=measures, results=results, fetching=fetching)
    worker = Worker("link", link.turn, patience_s=PATIENCE_S)
    try:
        supervise([worker], stop=stop, notify=notify)
    finally:
        if not worker.is_alive():
            link.close()


def unit_of(name: str) -> bytes:
    try:
        unit = bytes.fromhex(name)
    except ValueError:
        unit = b""
    if len(unit) != UNIT_ID_BYTES or unit.hex() != name:
        raise ConfigError(f"unit certificate: its common name is {name!r}, expected the unit id, 32 hex digits")
    return unit
