"""What came in, judged: kept as evidence, kept as refused, or turned away. Nothing is stored and nothing sent here."""

from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import packet, record, topics
from kirpik.wire.packet import Header
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Kept, Place

NOT_THE_UNITS = "packet-outer-signature"
"""The name under which `packet` refuses an outer signature."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Not proven to be by the unit whose topic it came on."""

    name: str
    """Stable, for counting."""
    header: Header | None = None
    """Set when the unit shall be told, because these very bytes can never be accepted."""


def examine(topic: str, wire: bytes, *, units: Units, keys: CentralKeys) -> Kept | TurnedAway:
    """A unit that is not known yet is turned away without being told: it keeps its packets and tries again."""
    try:
        sender = topics.parse(topic).unit
        header = packet.parse_header(wire)
    except WireError as error:
        return TurnedAway(error.name)
    public = units.public(sender)
    if public is None:
        return TurnedAway("unit-unknown")
    if header.unit != sender:
        return TurnedAway("unit-mismatch")
    try:
        evidence, refusal = _open(wire, header, public, keys)
    except WireError as error:
        return TurnedAway(error.name, header)
    place = Place(header.unit, header.epoch, header.sequence)
    return Kept(place, packet.link(wire), header.previous, wire, evidence, refusal)


def _open(wire: bytes, header: Header, public: bytes, keys: CentralKeys) -> tuple[bytes | None, str | None]:
    """The evidence, or one of the reasons that a receipt may name. Raises WireError when the unit did not send it."""
    key = keys.seal.get(header.recipient)
    reason = _unwanted(header, keys) or ("recipient" if key is None else None)
    if reason is not None or key is None:
        packet.check_outer(wire, public)
        return None, reason
    try:
        opened = packet.open_packet(wire, public, key)
        record.decode_payload(opened.payload)
    except WireError as error:
        if error.name == NOT_THE_UNITS:
            raise
        return None, _reason(error.name)
    return opened.evidence, None


def _unwanted(header: Header, keys: CentralKeys) -> str | None:
    revoked = keys.revoked(header.unit)
    if revoked is not None and (header.epoch, header.sequence) > (revoked.epoch, revoked.sequence):
        return "revoked"
    return None if header.kind == packet.KIND_PACKET else "policy"


def _reason(name: str) -> str:
    if name.startswith("sign1"):
        return "signature"
    return "seal" if name.startswith(("seal", "packet")) else "record"
