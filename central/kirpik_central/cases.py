"""The list of opened violations, as Python values or as lines of JSON, once or for as long as more come in."""

import logging
from collections.abc import Callable, Iterator

import msgspec

from kirpik.errors import WireError
from kirpik.wire.packet import HEADER_BYTES, parse_header_bytes
from kirpik_central.case import Opened, open_case
from kirpik_central.keys import Units
from kirpik_central.store import Case, Store

LOOK_S = 0.5
PAGE = 200
"""Cases that are held in memory at a time."""

log = logging.getLogger(__name__)


def opened_cases(store: Store, units: Units, *, after: int = 0) -> Iterator[tuple[int, Opened | None]]:
    """Number and content of each packet after number `after`; None for one that holds no violation, or not any more."""
    while page := store.cases(after=after, limit=PAGE):
        for case in page:
            after = case.number
            try:
                yield after, open_case(case, public_of(case, units))
            except WireError as error:
                log.error("case=%d damaged=%s", after, error.name)
                yield after, None


def public_of(case: Case, units: Units) -> bytes:
    """The key that was the unit's at that place; empty, which proves nothing, for a unit that is known no more."""
    history = units.history(case.place.unit)
    return b"" if history is None else history.at(parse_header_bytes(case.evidence[:HEADER_BYTES]))[0]


def follow(
    store: Store, units: Units, write: Callable[[bytes], object], *, pause: Callable[[float], bool] | None = None
) -> None:
    """Write a line of JSON a violation. `pause` waits and says whether to go on; without it, this is done once."""
    last = 0
    while True:
        for number, opened in opened_cases(store, units, after=last):
            last = number
            if opened is not None:
                write(msgspec.json.encode(opened) + b"\n")
        if pause is None or not pause(LOOK_S):
            return


def parse(line: bytes | str) -> Opened:
    """A line that `follow` wrote."""
    return msgspec.json.decode(line, type=Opened)
