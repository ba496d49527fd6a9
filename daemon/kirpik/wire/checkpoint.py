"""A checkpoint: the unit says, in its own chain, how it fares, and what it had to give up.

It closes the end of a chain: whoever holds back the newest packets is found out by the next checkpoint. What is given
up unsent is named here before it is deleted, so that nothing goes without a word. How often a doubt freed somebody is
told here and nowhere else: sealed, for the central alone, which may publish it. No plate, and no count of passages.
"""

from dataclasses import dataclass

from kirpik.wire import cbor, fields, payload
from kirpik.wire.packet import LINK_BYTES
from kirpik.wire.record import CLOCK_SOURCES

REASONS = ("regular", "expiry", "recovery")
"""The time for it came; packets are given up; the unit's memory was damaged and had to be put together again."""
NO_LINK = bytes(LINK_BYTES)
DOUBTS = ("unreadable", "uncertain_speed", "clock", "calibration", "signal", "exempt")
"""Why somebody who tripped a rule was not accused."""
NONE_WITHHELD = (0,) * len(DOUBTS)
MAX_GIVEN_UP = 48
"""More are told by more than one checkpoint."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A packet that will never come: it waited for longer than is allowed, and is deleted after this was sealed; or the
    card has spoiled it, and its link is not known (`NO_LINK`)."""

    epoch: int
    sequence: int
    link: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    reason: str
    utc_ns: int | None
    clock_error_us: int | None
    clock_source: str
    uptime_s: int
    """Of the eye."""
    waiting: int
    """Packets without a receipt."""
    parked: int
    """Packets that were refused with a signed reason."""
    unsaid: int
    """Accusations of this run that were not made because the spool was full."""
    software_sha256: bytes
    configuration_sha256: bytes
    withheld: tuple[int, ...] = NONE_WITHHELD
    """How often, in this run, each of DOUBTS has freed somebody."""
    given_up: tuple[GivenUp, ...] = ()
    keyset_version: int
    last_receipt: bytes | None


COUNT = fields.whole(0, 2**53)
GIVEN_UP = fields.row(fields.whole(1, 2**32 - 1), fields.whole(1), fields.blob(LINK_BYTES))


WITHHELD = fields.row(*[COUNT] * len(DOUBTS))


def _check_withheld(name: str, value: object) -> tuple[int, ...]:
    return tuple(WITHHELD(name, value))


def _check_given_up(name: str, value: object) -> tuple[GivenUp, ...]:
    return tuple(GivenUp(*row) for row in fields.many(GIVEN_UP, 0, MAX_GIVEN_UP)(name, value))


ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("reason", fields.one_of(*REASONS)),
    2: ("utc_ns", fields.maybe(fields.whole(0, 2**63 - 1))),
    3: ("clock_error_us", fields.maybe(fields.whole(0, 10**12))),
    4: ("clock_source", fields.one_of(*CLOCK_SOURCES)),
    5: ("uptime_s", COUNT),
    6: ("waiting", COUNT),
    7: ("parked", COUNT),
    8: ("unsaid", COUNT),
    9: ("software_sha256", fields.blob(fields.SHA256_BYTES)),
    10: ("configuration_sha256", fields.blob(fields.SHA256_BYTES)),
    11: ("given_up", _check_given_up),
    12: ("withheld", _check_withheld),
    **payload.COMMON,
}


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Raises WireError with the field's name for a value out of its range."""
    rows = [[row.epoch, row.sequence, row.link] for row in checkpoint.given_up]
    values = {key: getattr(checkpoint, name) for key, (name, _) in ALLOWED.items()}
    data = payload.encode(values | {11: rows, 12: list(checkpoint.withheld)})
    decode_checkpoint(data)
    return data


def decode_checkpoint(data: bytes) -> Checkpoint:
    return Checkpoint(**payload.read("checkpoint", cbor.decode(data), ALLOWED))
