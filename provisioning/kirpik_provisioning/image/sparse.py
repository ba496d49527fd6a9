"""Files with holes: where there is data, and copying that alone. Images are mostly holes."""

import errno
import os
from collections.abc import Iterator
from typing import IO

CHUNK = 256 * 1024


def data_ranges(file: IO[bytes], begin: int = 0) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch that is not a hole."""
    end = os.fstat(file.fileno()).st_size
    while begin < end:
        try:
            start = os.lseek(file.fileno(), begin, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        begin = os.lseek(file.fileno(), start, os.SEEK_HOLE)
        yield start, begin


def copy_data(source: IO[bytes], target: IO[bytes], *, begin: int, at: int, size: int) -> None:
    """`size` bytes from `begin` on, to `at`, inside the kernel; holes stay holes where the target has them."""
    source.flush()
    target.flush()
    for start, end in data_ranges(source, begin):
        if start >= begin + size:
            return
        _copy(source, target, start, start - begin + at, min(end, begin + size) - start)


def copy_changes(source: IO[bytes], target: IO[bytes], *, at: int) -> None:
    """What a tool has made of a copy, back to `at`: only what differs is written, and a disk has no more to do."""
    for start, end in data_ranges(source):
        for begin in range(start, end, CHUNK):
            size = min(CHUNK, end - begin)
            changed = os.pread(source.fileno(), size, begin)
            if changed != os.pread(target.fileno(), size, at + begin):
                os.pwrite(target.fileno(), changed, at + begin)


def copy_all(source: IO[bytes], target: IO[bytes], *, at: int) -> None:
    """A whole file over what is there, to `at`; holes become zeros."""
    _copy(source, target, 0, at, os.fstat(source.fileno()).st_size)


def _copy(source: IO[bytes], target: IO[bytes], begin: int, at: int, size: int) -> None:
    os.lseek(target.fileno(), at, os.SEEK_SET)
    while size and (done := os.sendfile(target.fileno(), source.fileno(), begin, size)):
        begin, size = begin + done, size - done
