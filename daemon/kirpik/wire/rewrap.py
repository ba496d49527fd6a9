"""A packet sealed once more, whole, to another key: when the key that it was sealed to has fallen into wrong hands.

Nobody on the unit can open the packet, so it goes into the new one as it is. The new header has its unit, epoch and
sequence, and in the field `previous` the link of the packet inside. So the packet keeps its place and its link, the
chain stays as it was, and whoever cannot open it still sees a duplicate as a duplicate.
"""

from kirpik.errors import WireError
from kirpik.wire import packet, signature, suite
from kirpik.wire.packet import Header


def rewrap(inside: bytes, *, signer: signature.Signer, recipient_public: bytes) -> bytes:
    """Raises WireError when `inside` is no packet, or was wrapped too often to grow once more."""
    told = packet.parse_header(inside)
    header = Header(
        packet.KIND_REWRAPPED, suite.key_id(recipient_public), told.unit, told.epoch, told.sequence,
        packet.link(inside),
    )  # fmt: skip
    return packet.seal(inside, header=header, signer=signer, recipient_public=recipient_public, size=None)


def check_inside(header: Header, inside: bytes) -> Header:
    """The header of the packet inside, which must be the one that the outer header tells of."""
    told = packet.parse_header(inside)
    if (told.unit, told.epoch, told.sequence) != (header.unit, header.epoch, header.sequence):
        raise WireError("rewrap-place", "the packet inside has another place than the one around it")
    if packet.link(inside) != header.previous:
        raise WireError("rewrap-link", "the packet inside is not the one that the header names")
    return told
