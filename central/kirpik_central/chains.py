"""How packets of one epoch follow one another. Nothing is stored here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec

Epoch: TypeAlias = tuple[bytes, int]
"""Unit and epoch."""
UNKNOWN = b""
"""A link that nobody has told: the one before a packet that was sealed once more, for whoever cannot open it; that of
a packet which its unit's card has spoiled."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a packet belongs. No two may have the same. A struct, as Step is, because each packet needs some."""

    unit: bytes
    epoch: int
    sequence: int


class Step(msgspec.Struct, frozen=True, gc=False):
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
    at, before = up_to, link = chain.up_to, chain.link
    broken = None
    for step in steps:
        if step.sequence != at + 1:
            break
        if UNKNOWN not in (step.previous, before) and step.previous != before:
            broken = step.sequence
            break
        at, before = step.sequence, step.link
        if step.link != UNKNOWN:  # a chain ends where somebody can be told its end
            up_to, link = at, before
    return replace(chain, up_to=up_to, link=link), broken
