"""What came in, judged: kept as evidence, kept as refused, or turned away. Nothing is stored and nothing sent here."""

from dataclasses import dataclass
from functools import lru_cache

from kirpik.errors import WireError
from kirpik.wire import opening, packet, topics
from kirpik.wire.contents import read_contents
from kirpik.wire.keychange import KeyChange, KeyHistory
from kirpik.wire.packet import Header, Opened
from kirpik_central import health
from kirpik_central.chains import UNKNOWN, Place
from kirpik_central.health import Heartbeat
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Kept

NOT_THE_UNITS = "packet-outer-signature"
"""The name under which `packet` refuses an outer signature."""
LAST_SEQUENCE = 2**63 - 1
"""The wire has room for twice as many; the stores of the world have not, and no unit gets there."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Not proven to be by the unit whose topic it came on."""

    name: str
    """Stable, for counting."""
    place: Place | None = None
    """Where it claims to belong, if the unit is to be told that these very bytes can never be accepted."""
    previous: bytes = UNKNOWN


@dataclass(frozen=True, slots=True)
class Found:
    """What came to light when a packet was opened: its evidence, or one of the reasons that a receipt may name."""

    evidence: bytes | None = None
    refusal: str | None = None
    previous: bytes = UNKNOWN
    new_key: bytes | None = None


def examine(topic: str, payload: bytes, *, units: Units, keys: CentralKeys) -> Kept | Heartbeat | TurnedAway:
    """A unit that is not known yet is turned away without being told: it keeps its packets and tries again.

    A front door that has no seal key keeps a proven packet unopened.
    """
    try:
        told = _parse(topic)
        history = units.history(told.unit)
        if history is None:
            return TurnedAway("unit-unknown")
        if told.leaf != topics.PACKETS:
            return health.parse(topic, payload)
        return _examine_packet(told.unit, payload, history, units=units, keys=keys)
    except WireError as error:
        return TurnedAway(error.name)


def _examine_packet(
    sender: bytes, wire: bytes, history: KeyHistory, *, units: Units, keys: CentralKeys
) -> Kept | TurnedAway:
    header = packet.parse_header(wire)
    if header.unit != sender:
        return TurnedAway("unit-mismatch")
    place = Place(header.unit, header.epoch, header.sequence)
    if place.sequence > LAST_SEQUENCE:
        return TurnedAway("packet-place", place)
    public = _signer(wire, header, history) or _signer(wire, header, units.look_again(sender) or history)
    if public is None:
        return TurnedAway(NOT_THE_UNITS, place, header.previous)
    return _keep(wire, header, public, history=history, keys=keys)


def open_proven(wire: bytes, header: Header, public: bytes, *, history: KeyHistory, keys: CentralKeys) -> Found:
    """Open a packet whose outer signature is known to hold."""
    try:
        opened, signer = opening.open_proven(wire, header, public, publics=history.at, keys=keys.seal)
    except WireError as error:
        return Found(refusal=_reason(error.name))
    if opened.header.kind != packet.KIND_KEY_CHANGE:
        return Found(opened.evidence, previous=opened.header.previous)
    return _changed(opened, signer)


def _keep(wire: bytes, header: Header, public: bytes, *, history: KeyHistory, keys: CentralKeys) -> Kept:
    if _is_revoked(header, keys):
        found = Found(refusal="revoked")
    elif keys.seal:
        found = open_proven(wire, header, public, history=history, keys=keys)
    else:
        found = Found()
    previous = found.previous
    if previous == UNKNOWN and header.kind != packet.KIND_REWRAPPED:
        previous = header.previous
    return Kept(
        place=Place(header.unit, header.epoch, header.sequence),
        link=packet.link(wire),
        previous=previous,
        wire=wire,
        evidence=found.evidence,
        refusal=found.refusal,
        kind=header.kind,
        new_key=found.new_key,
    )


def _signer(wire: bytes, header: Header, history: KeyHistory) -> bytes | None:
    """The unit's key that has signed the outside, if any."""
    for public in history.at(header):
        if packet.is_signed(wire, public):
            return public
    return None


def _changed(opened: Opened, public: bytes) -> Found:
    """A new key counts only once somebody has seen that its owner agrees."""
    try:
        told = read_contents(opened, public)
    except WireError:
        return Found(refusal="record", previous=opened.header.previous)
    new_key = told.public if isinstance(told, KeyChange) else None
    return Found(opened.evidence, previous=opened.header.previous, new_key=new_key)


def _reason(name: str) -> str:
    if name == "packet-recipient":
        return "recipient"
    return "signature" if name == NOT_THE_UNITS or name.startswith("sign1") else "seal"


def _is_revoked(header: Header, keys: CentralKeys) -> bool:
    revoked = keys.revoked(header.unit)
    return revoked is not None and (header.epoch, header.sequence) > (revoked.epoch, revoked.sequence)


@lru_cache(maxsize=65536)
def _parse(topic: str) -> topics.Topic:
    """Kept, because each unit has few topics and is heard on them again and again."""
    return topics.parse(topic)
