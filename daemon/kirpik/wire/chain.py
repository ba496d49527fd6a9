"""A unit's packets follow one another without a gap, over all its starts, and each names the one before it.

What does not follow is refused by name and changes nothing here; what to do about it is the reader's business. A gap
is asked for; a branch, where a unit goes on from an older packet in a new epoch, is a card that lost its last writes
against its word.
"""

from kirpik.errors import WireError
from kirpik.wire.ids import genesis_link
from kirpik.wire.packet import Header


class Chain:
    """Of one unit, from its first packet, or from `epoch`, `sequence` and `link` of one that is known."""

    def __init__(self, unit: bytes, *, epoch: int = 0, sequence: int = 0, link: bytes | None = None) -> None:
        self.unit = unit
        self.epoch = epoch
        self.sequence = sequence
        self.link = genesis_link(unit) if link is None else link

    def follow(self, header: Header, link: bytes) -> None:
        """Go on to the packet with this header and link. A re-wrapped one is followed by the header inside."""
        if header.unit != self.unit:
            raise WireError("chain-unit")
        if (header.epoch, header.sequence) <= (self.epoch, self.sequence):
            raise WireError("chain-stale", f"{header.epoch}-{header.sequence} after {self.epoch}-{self.sequence}")
        expected = self.sequence + 1 if header.epoch == self.epoch else 1
        if header.sequence != expected:
            raise WireError("chain-gap", f"expected sequence {expected}, got {header.sequence}")
        if header.previous != self.link:
            raise WireError("chain-previous", "names another packet as the one before it")
        self.epoch, self.sequence, self.link = header.epoch, header.sequence, link
