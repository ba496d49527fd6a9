"""What came in, judged: kept as evidence, kept as refused, or turned away. Nothing is stored and nothing sent here."""

from dataclasses import dataclass
from functools import lru_cache

from kirpik.errors import WireError
from kirpik.wire import packet, topics
from kirpik.wire.keychange import KeyHistory
from kirpik.wire.packet import Header
from kirpik_central import health
from kirpik_central.chains import UNKNOWN, Place
from kirpik_central.health import Heartbeat
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Kept
from kirpik_central.unseal import Found, unseal

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
    public = _signer(wire, header, history)
    if public is None:
        history = units.look_again(sender) or history
        public = _signer(wire, header, history)
    if public is None:
        return TurnedAway(NOT_THE_UNITS, place, header.previous)
    if _is_revoked(header, keys):
        found = Found(refusal="revoked")
    else:
        found = unseal(wire, header, public, history=history, keys=keys) if keys.seal else Found()
    return _keep(wire, header, found)


def _keep(wire: bytes, header: Header, found: Found) -> Kept:
    """What nobody could open is kept as it came; what was opened, as its unit sealed it first."""
    if found.wire is not None:
        wire, kind, previous = found.wire, found.kind, found.previous
    else:
        kind = header.kind
        previous = UNKNOWN if kind == packet.KIND_REWRAPPED else header.previous
    return Kept(
        place=Place(header.unit, header.epoch, header.sequence),
        link=packet.link(wire),
        previous=previous,
        wire=wire,
        evidence=found.evidence,
        refusal=found.refusal,
        kind=kind,
        new_key=found.new_key,
    )


def _signer(wire: bytes, header: Header, history: KeyHistory) -> bytes | None:
    """The unit's key that has signed the outside, if any."""
    for public in history.at(header):
        if packet.is_signed(wire, public):
            return public
    return None


def _is_revoked(header: Header, keys: CentralKeys) -> bool:
    revoked = keys.revoked.get(header.unit)
    return revoked is not None and (header.epoch, header.sequence) > (revoked.epoch, revoked.sequence)


def topic_of(name: str) -> topics.Topic | None:
    """None for what is no unit's topic."""
    try:
        return _parse(name)
    except WireError:
        return None


@lru_cache(maxsize=65536)
def _parse(topic: str) -> topics.Topic:
    """Kept, because each unit has few topics and is heard on them again and again."""
    return topics.parse(topic)
