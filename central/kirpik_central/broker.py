"""The central's line to its broker: packets in, receipts out, and nothing acknowledged before it lies on the disk.

The session outlives the connection, so what units say while the central is away waits at the broker. A worker that
shares the load has no session: what a dead one was dealt goes to the others, and what is lost that way comes again
from the units.
"""

from dataclasses import dataclass

from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Answer, Arrival, Session
from kirpik.mqtt.tls import Credentials
from kirpik.wire import topics
from kirpik_central.letters import Letter

SESSION_S = 14 * 24 * 3600
"""For how long the broker keeps our place while we are away."""
RECEIVE_MAXIMUM = 1000
"""Two groups: while one is written, the next comes in."""
RECEIPT_LIFE_S = 600
HEARD = tuple(topics.from_all(leaf) for leaf in (topics.PACKETS, topics.HEALTH, topics.STANDING, topics.STATE))


@dataclass(frozen=True, slots=True)
class Line:
    """Where the broker is and how we call it."""

    host: str
    port: int
    credentials: Credentials
    share: str = ""
    """Group of workers; empty for a single central."""


class Broker:
    """One connection at a time. All happens in the thread that calls."""

    def __init__(self, line: Line) -> None:
        session = Session(kept_s=0 if line.share else SESSION_S, by_hand=True, receive_maximum=RECEIVE_MAXIMUM)
        self._connection = Connection(line.host, line.port, line.credentials, session=session)
        self._filters = [f"$share/{line.share}/{name}" if line.share else name for name in HEARD]

    @property
    def place(self) -> str:
        return self._connection.place

    @property
    def connected(self) -> bool:
        return self._connection.connected

    def connect(self) -> None:
        """Connect, take up the session and subscribe. Raises BrokerError with a sentence."""
        self._connection.connect(self._filters)

    def gather(self, *, limit: int, timeout_s: float) -> list[Letter]:
        """Wait for letters, then take what is there without waiting more. Raises BrokerError when the line is lost."""
        letters = _letters(happened := self._connection.turn(timeout_s))
        while happened and len(letters) < limit:
            letters += _letters(happened := self._connection.turn(0.0))
        return letters

    def send_receipt(self, unit: bytes, signed: bytes) -> None:
        self._connection.publish(topics.down(unit, topics.RECEIPT), signed, expiry_s=RECEIPT_LIFE_S)

    def acknowledge(self, letters: list[Letter]) -> None:
        for letter in letters:
            self._connection.acknowledge(letter.number)

    def close(self) -> None:
        """Hang up; the session stays."""
        self._connection.close()


def _letters(happened: list[Arrival | Answer]) -> list[Letter]:
    return [Letter(each.topic, each.payload, each.number) for each in happened if isinstance(each, Arrival)]
