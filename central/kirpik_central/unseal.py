"""What is in a packet that is proven to be its unit's, down to the innermost of those that were sealed once more."""

import msgspec

from kirpik.errors import WireError
from kirpik.wire import packet, rewrap
from kirpik.wire.contents import read_contents
from kirpik.wire.keychange import KeyChange, KeyHistory
from kirpik.wire.opening import check_front
from kirpik.wire.packet import Header
from kirpik_central.chains import UNKNOWN
from kirpik_central.keys import CentralKeys


class Found(msgspec.Struct, frozen=True, gc=False):
    """The evidence, or one of the reasons that a receipt may name. It does not show what is in it."""

    evidence: bytes | None = None
    refusal: str | None = None
    wire: bytes | None = None
    """The packet as its unit sealed it first: its hash is its link."""
    kind: int = packet.KIND_REWRAPPED
    previous: bytes = UNKNOWN
    new_key: bytes | None = None
    """What a key change brings."""

    def __repr__(self) -> str:
        return f"Found(kind={self.kind}, refusal={self.refusal})"


def unseal(wire: bytes, header: Header, public: bytes, *, history: KeyHistory, keys: CentralKeys) -> Found:
    """`public` is known to have signed the outside."""
    try:
        while header.kind == packet.KIND_REWRAPPED:
            inside = _open(wire, header, public, keys).payload
            rewrap.check_inside(header, inside)
            wire, (header, public) = inside, check_front(inside, history.at)
        opened = _open(wire, header, public, keys)
    except WireError as error:
        return Found(refusal=_reason(error.name))
    new_key, refusal = None, None
    if header.kind == packet.KIND_KEY_CHANGE:
        try:
            told = read_contents(opened, public)  # a new key counts only once its owner is seen to agree
            new_key = told.public if isinstance(told, KeyChange) else None
        except WireError:
            refusal = "record"
    evidence = opened.evidence if refusal is None else None
    return Found(evidence, refusal, wire, header.kind, header.previous, new_key)


def _open(wire: bytes, header: Header, public: bytes, keys: CentralKeys) -> packet.Opened:
    key = keys.seal.get(header.recipient)
    if key is None:
        raise WireError("packet-recipient")
    return packet.open_proven(wire, header, public, key)


def _reason(name: str) -> str:
    if name == "packet-recipient":
        return "recipient"
    return "signature" if name == "packet-outer-signature" or name.startswith("sign1") else "seal"
