"""The fleet view's ear: one connection that only listens, in a thread of its own, for as long as the view is open."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import uniform

from kirpik.errors import BrokerError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Arrival, Session
from kirpik.mqtt.tls import Credentials
from kirpik.wire import topics
from kirpik_provisioning.line import load_settings

FILTERS = (topics.from_all(topics.STATE), topics.from_all(topics.HEALTH))
"""No packet comes past here: the view could not open one, and does not ask for any."""
TURN_S = 0.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0


class Listening:
    """`open` it, then ask `arrivals` from time to time; `trouble` says why there is no line just now."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._heard: deque[Arrival] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-ear", daemon=True)
        self.place = ""
        self.trouble: str | None = ""
        """None while the line is up, empty before the first try."""

    def open(self) -> None:
        self._thread.start()

    def arrivals(self) -> Iterator[Arrival]:
        while self._heard:
            yield self._heard.popleft()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                self._listen()
            except BrokerError as error:
                # somebody else with our certificate would be pushed off in turn: the more patient one gives way
                pause_s = LONGEST_PAUSE_S if "taken over" in str(error) else min(2 * pause_s, LONGEST_PAUSE_S)
                self.trouble = str(error)
                self._stop.wait(pause_s * uniform(0.8, 1.2))  # noqa: S311  keeps two views out of step

    def _listen(self) -> None:
        connection = self._connect()
        self.place = connection.place
        connection.connect(FILTERS)
        self.trouble = None
        try:
            while not self._stop.is_set():
                self._heard.extend(each for each in connection.turn(TURN_S) if isinstance(each, Arrival))
        finally:
            connection.close()


def listening(desk: Path) -> Listening:
    """By the table [fleet] of desk.toml, or [broker] where there is none. Raises ConfigError at once, not later."""
    settings = load_settings(desk)
    broker = settings.fleet or settings.broker
    files = Credentials(desk / broker.ca, desk / broker.certificate, desk / broker.key)
    files.context()
    return Listening(lambda: Connection(broker.host, broker.port, files, session=Session()))
