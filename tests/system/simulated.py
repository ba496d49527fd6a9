"""A unit without a camera: the real sealer, keyring, post and link, in one thread, many to a process.

`turn` does what eye and link would do in that time; `restart` is what systemd does when the eye ends.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from kirpik.errors import ConfigError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.mqtt.tls import Credentials
from kirpik.obey import Obedience
from kirpik.parts.state import change_identity, open_state
from kirpik.seal import Sealer, now_ms
from kirpik.service.flights import Pace
from kirpik.service.heartbeat import take_pulse
from kirpik.service.letters import Letters
from kirpik.service.link import Link
from kirpik.service.trial import TrialWatch
from kirpik.store.folder import Disk
from kirpik.store.inbox import Inbox
from kirpik.store.orders import OrderBook, ResultsView
from kirpik.store.outbox import OutboxView
from kirpik.store.settings import Settings
from kirpik.store.wanted import Wanted
from kirpik.trust.trusted import root_pin
from kirpik.verbs import After
from tests.unit.eyes import ORIGIN, fixed_crop, violation

QUICK = Pace(first_s=3.0, longest_s=30.0, held_s=30.0, health_s=2.0, call_first_s=0.3, call_longest_s=3.0)
MIB = 2**20


class Hasty:
    """A connection that never waits, so that one thread can serve hundreds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connected(self) -> bool:
        return self._connection.connected

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        self._connection.connect(filters, will)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        return self._connection.publish(topic, payload, retain=retain, expiry_s=expiry_s)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        """All that is there already."""
        del timeout_s
        happened = new = self._connection.turn(0.0)
        while new:
            new = self._connection.turn(0.0)
            happened = [*happened, *new]
        return happened

    def fileno(self) -> int | None:
        """To wait for many at once; None while there is no connection."""
        client = self._connection._client
        socket = None if client is None else client.socket()
        return None if socket is None else int(socket.fileno())

    def subscribe(self, topic: str) -> None:
        self._connection.subscribe(topic)

    def unsubscribe(self, topic: str) -> None:
        self._connection.unsubscribe(topic)

    def say_last(self, topic: str, payload: bytes) -> None:
        self._connection.say_last(topic, payload)

    def close(self) -> None:
        self._connection.close()


@dataclass
class Files:
    """What orders may change: any site that says so much as `[site]`, networks never."""

    settings: Settings
    change: Callable[[], bytes]
    wiped: bool = False

    def in_force(self, kind: str) -> bytes:
        file = self.settings.in_force(kind)
        return sha256(b"card's own" if file is None else file.read_bytes()).digest()

    def check(self, kind: str, contents: bytes) -> None:
        if kind != "site" or not contents.startswith(b"[site]"):
            raise ConfigError(f"{kind}: not a site file")

    def lacks(self, kind: str, contents: bytes) -> Collection[bytes]:
        del kind, contents
        return ()

    def figures(self) -> Mapping[str, int]:
        return {"pid": os.getpid()}

    def change_identity(self) -> bytes:
        return self.change()

    def wipe(self) -> None:
        self.wiped = True


@dataclass
class SimulatedUnit:
    """`folder` is a provisioned unit's; `healthy` is whether its eye sees what it should."""

    folder: Path
    host: str
    port: int
    disk: Disk | None = None
    pace: Pace = QUICK
    healthy: Callable[[Path | None], bool] = lambda _: True
    starts: int = 0
    sealed: list[bytes] = field(default_factory=list)
    """Event ids, in the order of their sealing."""

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.pin = root_pin((self.state / "keys" / "root.cbor").read_bytes())
        files = Credentials(self.folder / "ca.pem", self.folder / "unit.pem", self.folder / "unit.key")
        self.start()
        self.line = Hasty(Connection(self.host, self.port, files))
        self.link = Link(
            self.line, OutboxView(self.state / "outbox"), Inbox(self.state / "inbox", disk=self.disk),
            unit=self.unit, pace=self.pace, measures=lambda: take_pulse(self.state, self.folder / "run"),
            results=ResultsView(self.state / "results"),
        )  # fmt: skip

    def start(self) -> None:
        """As at each start of the eye."""
        self.starts += 1
        settings = Settings(self.state / "settings", disk=self.disk)
        taken_back = settings.begin()
        self.parts = open_state(self.state, limit_bytes=64 * MIB, pin=self.pin)
        self.unit = self.parts.identity.unit
        self.sealer = Sealer(
            replace(ORIGIN), identity=self.parts.identity, keyring=self.parts.keyring, ledger=self.parts.ledger,
            outbox=self.parts.outbox, encode_crop=fixed_crop, size=4096, new_id=self._new_id, boot="boot",
        )  # fmt: skip
        self.files = Files(settings, lambda: change_identity(self.parts, self.sealer))
        self.obedience = Obedience(
            self.parts.identity, groups=("almaty",), keyring=self.parts.keyring,
            book=OrderBook(self.state / "ledger", self.state / "results", disk=self.disk), settings=settings,
            effects=self.files, wanted=Wanted(self.state / "wanted", disk=self.disk), now_ms=now_ms,
        )  # fmt: skip
        self.obedience.started(taken_back)
        self.letters = Letters(
            sealer=self.sealer, ledger=self.parts.ledger, inbox=self.parts.inbox, keyring=self.parts.keyring,
            obedience=self.obedience,
        )  # fmt: skip
        self.letters.start()
        self.trial = TrialWatch(self.obedience, well_after_s=0.5, frames_needed=1, patience_s=2.0)

    def seal(self) -> None:
        """A violation, as if a vehicle had just driven by."""
        self.sealer.seal(violation())

    def turn(self) -> None:
        self.link.turn()
        self.post()

    def post(self) -> None:
        self.letters.read()
        self.trial.look(frames=int(self.healthy(self.files.settings.in_force("site"))))
        if max(self.letters.after, self.trial.after) == After.RESTART:
            self.start()

    def close(self) -> None:
        self.link.close()

    def _new_id(self) -> bytes:
        self.sealed.append(os.urandom(16))
        return self.sealed[-1]
