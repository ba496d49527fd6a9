"""Open a packet of any kind, with whichever of the recipient's keys it was sealed to, down to what the unit sealed."""

from collections.abc import Callable, Iterable, Mapping

from kirpik.errors import WireError
from kirpik.wire import packet, rewrap
from kirpik.wire.packet import KIND_REWRAPPED, Header, Opened
from kirpik.wire.suite import SealKey

Publics = Callable[[Header], Iterable[bytes]]
"""The keys with which a unit may have signed at a place; `keychange.KeyHistory.at` is one."""


def check_front(wire: bytes, publics: Publics) -> tuple[Header, bytes]:
    """What a front door without an opening key can know: the header, and the key that proves the sender."""
    header = packet.parse_header(wire)
    for public in publics(header):
        try:
            return packet.check_outer(wire, public), public
        except WireError as error:
            if error.name != "packet-outer-signature":
                raise
    raise WireError("packet-outer-signature")


def open_any(wire: bytes, publics: Publics, keys: Mapping[bytes, SealKey]) -> tuple[Opened, bytes]:
    """The innermost packet, opened, and the public key that signed it. `keys` go by their id. Raises WireError."""
    header, public = check_front(wire, publics)
    return open_proven(wire, header, public, publics=publics, keys=keys)


def open_proven(
    wire: bytes, header: Header, public: bytes, *, publics: Publics, keys: Mapping[bytes, SealKey]
) -> tuple[Opened, bytes]:
    """The same where `check_front` has returned this header and key before."""
    key = keys.get(header.recipient)
    if key is None:
        raise WireError("packet-recipient", f"sealed to {header.recipient.hex()}")
    opened = packet.open_proven(wire, header, public, key)
    if header.kind != KIND_REWRAPPED:
        return opened, public
    rewrap.check_inside(header, opened.payload)
    return open_any(opened.payload, publics, keys)
