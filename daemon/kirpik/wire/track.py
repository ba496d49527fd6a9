"""A track as a byte string: eleven columns of whole numbers, each told as the difference from what was to be expected.

Time and corners are expected to go on as they did between the two frames before, exposure and sigma to stay. What is
left is noise of a few units, and takes one byte a number: a track of 100 frames needs some 1.3 kB. Numbers are zigzag
LEB128 in their shortest form, so a track has exactly one form.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kirpik.errors import WireError

TIME, EXPOSURE, SIGMA, CORNERS = 0, 1, 2, 3
COLUMNS = 11
STEADY = (EXPOSURE, SIGMA)
"""Columns that are expected to stay; the others are expected to move on."""

LIMITS = ((-(2**40), 2**40), (0, 2**24), (0, 2**20), *(((-(2**20), 2**20),) * 8))
"""Lowest and highest value of each column."""
MAX_POINTS = 1024
MAX_NUMBER_BYTES = 7


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One sighting, in whole numbers."""

    time_us: int
    """From the moment of the offence to the end of the first row's exposure, by the sensor's clock."""
    exposure_us: int
    sigma_mpx: int
    """One standard deviation of a corner's coordinate, in thousandths of a pixel."""
    corners_px32: tuple[int, ...]
    """x, y of four corners, clockwise from the plate's own top left, in 1/32 pixels."""


def encode_track(track: Sequence[TrackRow]) -> bytes:
    rows = [(row.time_us, row.exposure_us, row.sigma_mpx, *row.corners_px32) for row in track]
    _check(rows)
    data = bytearray()
    for number, row in enumerate(rows):
        for value, expected in zip(row, _expect(rows[max(0, number - 2) : number]), strict=True):
            data += _number(value - expected)
    return bytes(data)


def decode_track(data: bytes) -> tuple[TrackRow, ...]:
    """Raises WireError for what `encode_track` would not have written."""
    rows: list[tuple[int, ...]] = []
    numbers = _numbers(data)
    for first in numbers:
        if len(rows) == MAX_POINTS:
            raise WireError("track-points", f"more than {MAX_POINTS}")
        differences = [first, *(next(numbers, None) for _ in range(COLUMNS - 1))]
        rows.append(_add(_expect(rows), differences))
    _check(rows)
    return tuple(TrackRow(row[TIME], row[EXPOSURE], row[SIGMA], row[CORNERS:]) for row in rows)


def _expect(rows: Sequence[Sequence[int]]) -> list[int]:
    """The next row, by the last one or two."""
    if not rows:
        return [0] * COLUMNS
    last, before = rows[-1], rows[-2] if len(rows) > 1 else rows[-1]
    return [b if column in STEADY else 2 * b - a for column, (a, b) in enumerate(zip(before, last, strict=True))]


def _add(expected: Sequence[int], differences: Sequence[int | None]) -> tuple[int, ...]:
    row = []
    for value, difference in zip(expected, differences, strict=True):
        if difference is None:
            raise WireError("track-short", "the last row is not whole")
        row.append(value + difference)
    return tuple(row)


def _check(rows: Sequence[Sequence[int]]) -> None:
    if len(rows) > MAX_POINTS:
        raise WireError("track-points", f"{len(rows)}, expected at most {MAX_POINTS}")
    for row in rows:
        if len(row) != COLUMNS or not all(low <= value <= high for value, (low, high) in zip(row, LIMITS, strict=True)):
            raise WireError("track-range")
    if any(later[TIME] <= earlier[TIME] for earlier, later in pairwise(rows)):
        raise WireError("track-time", "times must rise")


def _number(value: int) -> bytes:
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    data = bytearray()
    while rest > 127:
        data.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*data, rest])


def _numbers(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        start, rest = at, 0
        while data[at] & 128:
            rest |= (data[at] & 127) << 7 * (at - start)
            at += 1
            if at == len(data) or at - start >= MAX_NUMBER_BYTES:
                raise WireError("track-number", "does not end")
        rest |= data[at] << 7 * (at - start)
        if at > start and data[at] == 0:
            raise WireError("track-number", "not in its shortest form")
        at += 1
        yield rest >> 1 if rest & 1 == 0 else -((rest + 1) >> 1)
