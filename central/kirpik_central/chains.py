"""How packets of one epoch follow one another. Nothing is stored here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

UNKNOWN = b""
"""The link before a packet that was sealed once more, for whoever cannot open it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet belongs. No two may have the same."""

    unit: bytes
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Step:
    """What the chain needs to know of a packet that is stored."""

    sequence: int
    link: bytes
    previous: bytes
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """An epoch: the last packet that follows from its first without a gap, and what lies behind the gap."""

    up_to: int = 0
    link: bytes = b""
    head: int = 0
    """Highest sequence that is stored."""
    refused: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is stored behind a gap."""
        return self.head == self.up_to


def follow(chain: Chain, steps: Iterable[Step]) -> tuple[Chain, int | None]:
    """Go on as far as the steps, which come in order, follow one another.

    Also return the sequence of the one that is next and yet names another packet before it: there the chain ends.
    """
    up_to, link, broken = chain.up_to, chain.link, None
    for step in steps:
        if step.sequence != up_to + 1:
            break
        if up_to and step.previous not in (link, UNKNOWN):
            broken = step.sequence
            break
        up_to, link = step.sequence, step.link
    return replace(chain, up_to=up_to, link=link), broken
