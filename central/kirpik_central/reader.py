"""What stands in packets that are stored: opened where the front door could not, read, and filed as a violation.

Nothing waits for this: a packet is receipted for what it is proven to be, and looked into afterwards. What cannot be
read stays where it is, marked with its reason, and later receipts of its unit name it. Of several readers on one store
one works at a time, and one that dies has done nothing by halves.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kirpik.errors import WireError
from kirpik.wire import cbor, packet, record
from kirpik.wire.record import Record
from kirpik_central.examine import open_wire
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Ledger
from kirpik_central.register import Register, Unread, Violation
from kirpik_central.store import Store

LOOK_S = 0.5


@dataclass(slots=True)
class _Found:
    """What a group of packets turned out to hold."""

    violations: list[Violation] = field(default_factory=list)
    refused: list[tuple[Unread, str]] = field(default_factory=list)
    opened: list[tuple[int, bytes]] = field(default_factory=list)


class Reader:
    def __init__(self, store: Store, keys: CentralKeys, units: Units) -> None:
        self._store = store
        self._keys = keys
        self._units = units

    def read(self, *, limit: int) -> int:
        """Look into the oldest packets that nobody has looked into. Return how many there were."""
        return self._store.write(lambda connection: self._read(connection, limit))

    def follow(self, *, group: int, pause: Callable[[float], bool] | None = None) -> None:
        """Read all there is; with `pause`, which waits and says whether to go on, go on as more come in."""
        while self.read(limit=group) or (pause is not None and pause(LOOK_S)):
            pass

    def _read(self, connection: Connection, limit: int) -> int:
        register, found = Register(connection), _Found()
        unread = register.hold_unread(limit)
        for one in unread:
            refusal = self._look_into(one, found)
            if refusal is not None:
                found.refused.append((one, refusal))
        register.file_opened(found.opened)
        register.file_violations(found.violations)
        register.refuse(found.refused)
        if unread:
            register.go_on(unread[-1].leaf)
        Ledger(connection).count(Counter(f"unreadable-{reason}" for _, reason in found.refused))
        return len(unread)

    def _look_into(self, one: Unread, found: _Found) -> str | None:
        """File what is in it, or return why it is no evidence."""
        evidence = one.evidence
        if evidence is None:
            public = self._units.public(one.place.unit)
            if public is None:
                return "policy"
            recipient = packet.parse_header(one.wire).recipient
            evidence, refusal = open_wire(one.wire, public, self._keys, recipient=recipient)
            if evidence is None:
                return refusal
            found.opened.append((one.leaf, evidence))
        try:
            told = record.decode_payload(_payload(evidence))
        except WireError:
            return "record"
        if isinstance(told, Record):
            found.violations.append(_violation(one.leaf, told))
        return None


def _payload(evidence: bytes) -> bytes:
    """Its signature was checked before it was stored, and is again when somebody is to be accused."""
    match cbor.decode(evidence[packet.HEADER_BYTES :]):
        case [_, _, bytes() as payload, _]:
            return payload
    raise WireError("sign1-form")


def _violation(leaf: int, told: Record) -> Violation:
    moment_ms = None if told.moment_utc_ns is None else told.moment_utc_ns // 1_000_000
    return Violation(leaf, told.kind, told.site_id, moment_ms, told.configuration_sha256)
