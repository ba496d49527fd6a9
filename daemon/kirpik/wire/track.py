"""A track as a byte string: eleven columns of whole numbers, each told as the difference from what was to be expected.

Time and corners are expected to go on as they did between the two frames before, exposure and sigma to stay. What is
left is noise of a few units, and takes one byte a number: a track of 100 frames needs some 1.3 kB. Numbers are zigzag
LEB128 in their shortest form, so a track has exactly one form.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise

import msgspec

from kirpik.errors import WireError

TIME, EXPOSURE, SIGMA, CORNERS = 0, 1, 2, 3
COLUMNS = 11
STEADY = (EXPOSURE, SIGMA)
"""Columns that are expected to stay; the others are expected to move on."""

LIMITS = ((-(2**40), 2**40), (0, 2**24), (0, 2**20), *(((-(2**20), 2**20),) * 8))
"""Lowest and highest value of each column."""
MAX_POINTS = 1024
MAX_NUMBER_BYTES = 7
ZIGZAG = tuple(byte >> 1 ^ -(byte & 1) for byte in range(128))
"""Numbers of one byte, which are most of them."""


class TrackRow(msgspec.Struct, frozen=True, gc=False):
    """One sighting, in whole numbers. A struct, because a central makes millions of them."""

    time_us: int
    """From the moment of the offence to the end of the first row's exposure, by the sensor's clock."""
    exposure_us: int
    sigma_mpx: int
    """One standard deviation of a corner's coordinate, in thousandths of a pixel."""
    corners_px32: tuple[int, ...]
    """x, y of four corners, clockwise from the plate's own top left, in 1/32 pixels."""


def encode_track(track: Sequence[TrackRow]) -> bytes:
    rows = [(row.time_us, row.exposure_us, row.sigma_mpx, *row.corners_px32) for row in track]
    if len(rows) > MAX_POINTS:
        raise WireError("track-points", f"{len(rows)}, expected at most {MAX_POINTS}")
    if any(len(row) != COLUMNS for row in rows):
        raise WireError("track-range")
    _check([*zip(*rows, strict=True)])
    columns = [_differences(column, values) for column, values in enumerate(zip(*rows, strict=True))]
    return b"".join(map(_number, chain.from_iterable(zip(*columns, strict=True))))


def decode_track(data: bytes) -> tuple[TrackRow, ...]:
    """Raises WireError for what `encode_track` would not have written."""
    numbers = _numbers(data)
    if len(numbers) > MAX_POINTS * COLUMNS:
        raise WireError("track-points", f"more than {MAX_POINTS}")
    if len(numbers) % COLUMNS:
        raise WireError("track-short", "the last row is not whole")
    columns = [_column(column, numbers[column::COLUMNS]) for column in range(COLUMNS)]
    _check(columns)
    return tuple(map(TrackRow, *columns[:CORNERS], zip(*columns[CORNERS:], strict=True)))


def _differences(column: int, values: Sequence[int]) -> list[int]:
    """From what stayed, or from what moved on as it did between the two rows before."""
    if column in STEADY:
        return _steps([0, *values])
    return [values[0], *_steps([0, *_steps(values)])]


def _column(column: int, differences: Sequence[int]) -> list[int]:
    """The values again, from their differences."""
    if column in STEADY:
        return [*accumulate(differences)]
    return [*accumulate([*differences[:1], *accumulate(differences[1:])])]


def _steps(values: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(values)]


def _check(columns: Sequence[Sequence[int]]) -> None:
    """A track without rows may come without columns."""
    for column, (low, high) in zip(columns, LIMITS, strict=False):
        if min(column, default=low) < low or max(column, default=high) > high:
            raise WireError("track-range")
    if columns and [*columns[TIME]] != sorted({*columns[TIME]}):
        raise WireError("track-time", "times must rise")


@lru_cache(maxsize=4096)
def _number(value: int) -> bytes:
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    data = bytearray()
    while rest > 127:
        data.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*data, rest])


def _numbers(data: bytes) -> list[int]:
    numbers, rest, shift = [], 0, 0
    for byte in data:
        if byte > 127:
            rest |= (byte & 127) << shift
            shift += 7
            if shift == 7 * MAX_NUMBER_BYTES:
                raise WireError("track-number", "does not end")
        elif shift == 0:
            numbers.append(ZIGZAG[byte])
        elif byte == 0:
            raise WireError("track-number", "not in its shortest form")
        else:
            rest |= byte << shift
            numbers.append(rest >> 1 ^ -(rest & 1))
            rest = shift = 0
    if shift:
        raise WireError("track-number", "does not end")
    return numbers
