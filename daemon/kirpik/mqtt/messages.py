"""What passes between a program and its broker, as values that know nothing of a network."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came in on one of our topics."""

    topic: str
    payload: bytes = field(repr=False)
    number: int = 0
    """By which it is acknowledged, where that is done by hand."""
    retained: bool = False
    """It lay at the broker before we asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the broker says to a message of ours."""

    message: int
    refusal: str | None
    """Why it went to nobody, such as `Not authorized` or `No matching subscribers`."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker shall publish, retained, when we vanish without a word."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the broker keeps for us; by default nothing, because a unit's outbox is its session."""

    kept_s: int = 0
    """For how long after the line is lost; 0 starts clean each time."""
    by_hand: bool = False
    """Whether an arrival is acknowledged only by `Connection.acknowledge`."""
    receive_maximum: int | None = None
    """Messages that may be on their way to us unacknowledged; None leaves it to the broker."""
