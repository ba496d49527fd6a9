"""A message as the broker hands it over."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Letter:
    topic: str
    payload: bytes = field(repr=False)
    number: int
    """By which it is acknowledged."""
