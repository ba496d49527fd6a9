"""What stands in packets that are stored: opened where the front door could not, read, and filed as a violation.

Nothing waits for this: a packet is receipted for what it is proven to be, and looked into afterwards. What cannot be
read stays where it is, marked with its reason, and later receipts of its unit name it. Of several readers on one store
one works at a time, and one that dies has done nothing by halves.
"""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection

from kirpik.errors import WireError
from kirpik.wire import cbor, packet
from kirpik.wire.checkpoint import Checkpoint
from kirpik.wire.contents import read_contents
from kirpik.wire.keychange import KeyHistory
from kirpik.wire.opening import check_front
from kirpik.wire.packet import Opened
from kirpik.wire.record import Record
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import MAY_CHANGE_KEY, Ledger
from kirpik_central.register import Register, Unread, Violation
from kirpik_central.store import Store
from kirpik_central.unseal import Found, unseal

LOOK_S = 0.5


class Reader:
    def __init__(self, store: Store, keys: CentralKeys, units: Units) -> None:
        self._store = store
        self._keys = keys
        self._units = units

    def use(self, keys: CentralKeys) -> None:
        self._keys = keys

    def read(self, *, limit: int) -> int:
        """Look into the oldest packets that nobody has looked into. Return how many there were."""
        return self._store.write(lambda connection: self._read(connection, limit))

    def put_back(self) -> int:
        """What could not be opened for want of a key shall be tried again. Return how many packets that are."""
        return self._store.write(lambda connection: Register(connection).put_back("recipient"))

    def follow(self, *, group: int, pause: Callable[[float], bool] | None = None) -> None:
        """Read all there is; with `pause`, which waits and says whether to go on, go on as more come in."""
        while self.read(limit=group) or (pause is not None and pause(LOOK_S)):
            pass

    def _read(self, connection: Connection, limit: int) -> int:
        register = Register(connection)
        unread, after = register.hold_unread(limit)
        refused = [(one, reason) for one in unread if (reason := self._look_into(one, register)) is not None]
        register.file_all()
        register.refuse(refused)
        register.go_on(after)
        Ledger(connection).count(Counter(f"unreadable-{reason}" for _, reason in refused))
        return len(unread)

    def _look_into(self, one: Unread, register: Register) -> str | None:
        """File what is in it, or return why it is no evidence."""
        history = self._units.history(one.place.unit)
        if history is None:
            return "policy"
        evidence = one.evidence
        if evidence is None:
            found = self._open(one, register, history)
            evidence = found.evidence
            if evidence is None:
                return found.refusal
        try:
            opened = _parse(evidence)
            told = read_contents(opened, history.at(opened.header)[0])
        except WireError:
            return "record"
        if isinstance(told, Record):
            register.file_violation(_violation(one.leaf, told))
        elif isinstance(told, Checkpoint):
            register.file_given_up(one.place.unit, told.given_up)
            register.file_withheld(one.place.unit, one.place.epoch, told.withheld)
        return None

    def _open(self, one: Unread, register: Register, history: KeyHistory) -> Found:
        try:
            header, public = check_front(one.wire, history.at)
        except WireError:  # it held when the packet was stored
            return Found(refusal="signature")
        found = unseal(one.wire, header, public, history=history, keys=self._keys)
        if header.kind in MAY_CHANGE_KEY:
            register.change_key(one.place, found.new_key)
            self._units.forget(one.place.unit)
        if found.evidence is not None and found.wire is not None:
            register.file_opened(one.leaf, found.evidence, found.wire, found.kind, found.previous)
        return found


def _parse(evidence: bytes) -> Opened:
    """Its signature was checked before it was stored, and is again when somebody is to be accused."""
    header = packet.parse_header_bytes(evidence[: packet.HEADER_BYTES])
    match cbor.decode(evidence[packet.HEADER_BYTES :]):
        case [_, _, bytes() as payload, _]:
            return Opened(header, payload, evidence)
    raise WireError("sign1-form")


def _violation(leaf: int, told: Record) -> Violation:
    moment_ms = None if told.moment_utc_ns is None else told.moment_utc_ns // 1_000_000
    return Violation(
        leaf,
        told.kind,
        told.site_id,
        moment_ms,
        told.configuration_sha256,
        outcome=told.outcome,
        charged_m_per_h=told.charged_m_per_h,
        limit_m_per_h=told.limit_m_per_h,
        confidence_ppm=min((told.confidence_ppm, *told.char_confidence_ppm)),
    )
