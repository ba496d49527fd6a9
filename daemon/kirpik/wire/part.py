"""A part of a file on its way to units: [size of the whole file, number of the part, bytes].

It lies retained under the file's hash. Not signed: an order names that hash, so nobody on the way can change anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.wire import cbor, fields

PART_BYTES = 32768
MAX_FILE_BYTES = 8 * 2**20
MAX_PARTS = MAX_FILE_BYTES // PART_BYTES
MAX_BYTES = PART_BYTES + 64
"""Of a message; below the broker's limit."""
ROW = fields.row(fields.whole(1, MAX_FILE_BYTES), fields.whole(0, MAX_PARTS - 1), fields.blob(1, PART_BYTES))


@dataclass(frozen=True, slots=True)
class Part:
    size: int
    """Of the whole file, bytes."""
    number: int
    """From 0 on; it begins at `number` · PART_BYTES."""
    data: bytes = field(repr=False)

    @property
    def last(self) -> bool:
        return self.number + 1 == parts_of(self.size)


def parts_of(size: int) -> int:
    return -(-size // PART_BYTES)


def split(contents: bytes) -> Iterator[bytes]:
    """All parts of a file, in order. Raises WireError for one that is empty or larger than units take."""
    if not 0 < len(contents) <= MAX_FILE_BYTES:
        raise WireError("part-size", f"a file of {len(contents)} bytes, expected 1 to {MAX_FILE_BYTES}")
    for number in range(parts_of(len(contents))):
        at = number * PART_BYTES
        yield cbor.encode([len(contents), number, contents[at : at + PART_BYTES]])


def open_part(data: bytes) -> Part:
    """Raises WireError unless it is exactly as long as its place in the file asks for."""
    if len(data) > MAX_BYTES:
        raise WireError("part-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    part = Part(*ROW("part", cbor.decode(data)))
    if len(part.data) != min(PART_BYTES, part.size - part.number * PART_BYTES):
        raise WireError("part-size", f"part {part.number} of a file of {part.size} bytes has {len(part.data)}")
    return part
