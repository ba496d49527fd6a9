"""This process's own writable memory, all of it, searched for pieces of what should no longer be in it."""

import ctypes
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \d+\s*(\S*)$")
STEP_BYTES = 1 << 22
TURN = 0x5A


@dataclass
class Found:
    places: Counter[bytes] = field(default_factory=Counter)
    """How often each piece lies in memory; a piece that is not there is not here."""
    size_bytes: int = 0


def turned(data: bytes | NDArray[np.uint8]) -> bytes:
    """How a piece is kept until it is searched for: so that our own note of it is not what is found."""
    return (np.frombuffer(data, np.uint8) ^ TURN).tobytes()


def search(pieces: Collection[bytes]) -> Found:
    """For pieces that are `turned`, through /proc/self/mem; our own two buffers are left out."""
    found, notes = Found(), list(pieces)
    wanted = bytearray(b"".join(notes))
    np.bitwise_xor(np.frombuffer(wanted, np.uint8), TURN, out=np.frombuffer(wanted, np.uint8))
    overlap = max(map(len, notes)) - 1
    buffer = bytearray(STEP_BYTES + overlap)
    handle = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        for begin, end in _writable(without=(wanted, buffer)):
            found.size_bytes += end - begin
            for at in range(begin, end, STEP_BYTES):
                size = min(STEP_BYTES + overlap, end - at)
                try:
                    os.preadv(handle, [memoryview(buffer)[:size]], at)
                except OSError:  # a page that may not be looked at
                    break
                found.places.update(_in(buffer, size, wanted, notes))
    finally:
        os.close(handle)
    return found


def _in(buffer: bytearray, size: int, wanted: bytearray, notes: Sequence[bytes]) -> Iterator[bytes]:
    """The note of a piece, as often as the piece is there."""
    at = 0
    for note in notes:
        piece = memoryview(wanted)[at : at + len(note)]
        at += len(note)
        yield from [note] * buffer.count(piece, 0, size)


def _writable(*, without: Sequence[bytearray]) -> Iterator[tuple[int, int]]:
    """From where to where memory can be written, but for these."""
    holes = sorted(_place(each) for each in without)
    for line in Path("/proc/self/maps").read_text().splitlines():
        row = MAPPING.match(line)
        if row is None or row[3].startswith("[v"):
            continue
        begin, end = int(row[1], 16), int(row[2], 16)
        for first, last in holes:
            if begin < last and first < end:
                yield begin, first
                begin = last
        yield begin, end


def _place(data: bytearray) -> tuple[int, int]:
    first = ctypes.addressof(ctypes.c_char.from_buffer(data))
    return first, first + len(data)
