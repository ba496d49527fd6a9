"""What came in, judged: kept as evidence, kept as refused, or turned away. Nothing is stored and nothing sent here."""

from dataclasses import dataclass
from functools import lru_cache

from kirpik.errors import WireError
from kirpik.wire import packet, topics
from kirpik.wire.packet import Header
from kirpik_central.chains import Place
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
    """Set when the unit shall be told, because these very bytes can never be accepted."""


def examine(topic: str, wire: bytes, *, units: Units, keys: CentralKeys) -> Kept | TurnedAway:
    """A unit that is not known yet is turned away without being told: it keeps its packets and tries again.

    A front door that has no seal key keeps a proven packet unopened.
    """
    try:
        sender = _sender(topic)
        header = packet.parse_header(wire)
    except WireError as error:
        return TurnedAway(error.name)
    public = units.public(sender)
    if public is None:
        return TurnedAway("unit-unknown")
    if header.unit != sender:
        return TurnedAway("unit-mismatch")
    place = Place(header.unit, header.epoch, header.sequence)
    if place.sequence > LAST_SEQUENCE:
        return TurnedAway("packet-place", place)
    try:
        evidence, refusal = _open(wire, header, public, keys)
    except WireError as error:
        return TurnedAway(error.name, place)
    return Kept(place, packet.link(wire), header.previous, wire, evidence, refusal, header.kind)


def open_wire(wire: bytes, public: bytes, keys: CentralKeys, *, recipient: bytes) -> tuple[bytes | None, str | None]:
    """The evidence in a packet that is proven to be the unit's, or one of the reasons that a receipt may name."""
    key = keys.seal.get(recipient)
    if key is None:
        return None, "recipient"
    try:
        return packet.open_packet(wire, public, key).evidence, None
    except WireError as error:
        if error.name == NOT_THE_UNITS:
            raise
        return None, "signature" if error.name.startswith("sign1") else "seal"


def _open(wire: bytes, header: Header, public: bytes, keys: CentralKeys) -> tuple[bytes | None, str | None]:
    """Raises WireError when the unit did not send it."""
    reason = _unwanted(header, keys)
    if reason is None and header.recipient in keys.seal:
        return open_wire(wire, public, keys, recipient=header.recipient)
    packet.check_outer(wire, public)
    return None, reason or ("recipient" if keys.seal else None)


def _unwanted(header: Header, keys: CentralKeys) -> str | None:
    revoked = keys.revoked(header.unit)
    if revoked is not None and (header.epoch, header.sequence) > (revoked.epoch, revoked.sequence):
        return "revoked"
    return None if header.kind == packet.KIND_PACKET else "policy"


@lru_cache(maxsize=65536)
def _sender(topic: str) -> bytes:
    """Kept, because each unit has one topic and is heard on it again and again."""
    return topics.parse(topic).unit
