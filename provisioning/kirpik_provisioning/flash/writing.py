"""Write an image so that a card is either right or boots nothing.

First the place of the partition table is wiped; then everything behind it is written, flushed and read back past the
cache, block by block; only when all is as it should be, the first block with the table is written and read back, too.
Power cut, card pulled out, wrong hash, worn-out card: what is left has no partition table.
"""

import errno
import hashlib
import mmap
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import IO, Protocol

from kirpik_provisioning.image.trouble import DeviceError, ImageError

BLOCK = 4 * 1024 * 1024
"""Written at once; a multiple of every card's erase block."""
SECTOR = 4096
MIB = 1024 * 1024
AHEAD = 15
"""Blocks that may be read and hashed while one is being written, so that neither thread waits for the other's turn."""
GONE = (errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM, errno.EIO, errno.EREMOTEIO)
Say = Callable[[str, int], None]


class Target(Protocol):
    """A card: blocks at offsets."""

    def write(self, offset: int, block: memoryview) -> None: ...
    def read(self, offset: int, size: int) -> memoryview: ...
    def flush(self) -> None: ...


class BlockDevice:
    """A real one, past the page cache (O_DIRECT), alone (O_EXCL)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_EXCL | os.O_DIRECT)
        except OSError as error:
            raise DeviceError(f"{path}: cannot be opened: {error.strerror}{_hint(error)}") from error
        self._buffer = mmap.mmap(-1, BLOCK)  # O_DIRECT wants memory that begins with a page

    def write(self, offset: int, block: memoryview) -> None:
        done = 0
        while done < len(block):
            done += os.pwrite(self._fd, block[done:], offset + done)

    def read(self, offset: int, size: int) -> memoryview:
        view, done = memoryview(self._buffer), 0
        while done < size:
            got = os.preadv(self._fd, [view[done:size]], offset + done)
            if not got:
                raise OSError(errno.EIO, "ends early")
            done += got
        return view[:size]

    def flush(self) -> None:
        os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


@dataclass(frozen=True, slots=True)
class Written:
    size: int
    sha256: str
    """Of the image's plain bytes."""
    write_s: float
    verify_s: float


Change = Callable[[bytes], bytes]
"""What shall stand in the first block in place of what the image has: a data partition that fills this very card."""


def write_image(
    source: IO[bytes], target: Target, *, name: str, sha256: str | None, change: Change = lambda head: head,
    say: Say = lambda *_: None, stop: Callable[[], bool] = lambda: False,
) -> Written:  # fmt: skip
    """Raises DeviceError or ImageError; then the card has no partition table."""
    try:
        return _write(source, target, sha256, change, say, stop)
    except OSError as error:
        if error.errno in GONE:
            raise DeviceError(f"{name}: went away or broke ({error.strerror}); {NO_TABLE}") from error
        if error.errno == errno.ENOSPC:
            raise DeviceError(f"{name}: is smaller than it says; {NO_TABLE}") from error
        raise DeviceError(f"{name}: {error.strerror}; {NO_TABLE}") from error


NO_TABLE = "the card has no partition table now and boots nothing: put it in again, or another, and repeat"
WRONG_IMAGE = "the card has no partition table now and boots nothing: fetch the image again, and repeat"


def _write(
    source: IO[bytes], target: Target, sha256: str | None, change: Change, say: Say, stop: Callable[[], bool]
) -> Written:
    started = time.monotonic()
    with _Reader(source) as reader:
        blocks = reader.blocks()
        first = next(blocks, None)
        if first is None:
            raise ImageError("the image is empty")
        head = change(bytes(first))
        target.write(0, memoryview(mmap.mmap(-1, len(head))))
        target.flush()
        sums, offset = [_sum(head)], len(head)
        for block in _after_the_wipe(blocks):
            if stop():
                raise DeviceError(f"stopped by you at {offset // MIB} MiB; {NO_TABLE}")
            target.write(offset, block)
            sums.append(_sum(block))
            offset += len(block)
            reader.give_back(block)
            say("write", offset)
        target.flush()
    if sha256 is not None and reader.sha256 != sha256:
        raise ImageError(f"the image's SHA-256 is {reader.sha256}, expected {sha256}; {WRONG_IMAGE}")
    wrote = time.monotonic()
    _read_back(target, sums[1:], len(head), offset, say, stop)
    read = time.monotonic()
    _put(target, head)
    return Written(reader.size, reader.sha256, wrote - started + time.monotonic() - read, read - wrote)


def _after_the_wipe(blocks: Iterator[memoryview]) -> Iterator[memoryview]:
    """An archive that turns out to be damaged half-way has cost the card its table."""
    try:
        yield from blocks
    except ImageError as error:
        raise ImageError(f"{error}; {WRONG_IMAGE}") from error


def _read_back(target: Target, sums: Sequence[int], begin: int, end: int, say: Say, stop: Callable[[], bool]) -> None:
    offset = begin
    for expected in sums:
        if stop():
            raise DeviceError(f"stopped by you while reading back; {NO_TABLE}")
        size = min(BLOCK, end - offset)
        if _sum(target.read(offset, size)) != expected:
            raise DeviceError(
                f"what was read back at {offset // MIB} MiB is not what was written: card or reader is bad; {NO_TABLE}"
            )
        offset += size
        say("read back", offset)


def _put(target: Target, head: bytes) -> None:
    """The partition table, last of all."""
    aligned = mmap.mmap(-1, len(head))
    aligned[:] = head
    target.write(0, memoryview(aligned))
    target.flush()
    if bytes(target.read(0, len(head))) != head:
        target.write(0, memoryview(mmap.mmap(-1, len(head))))
        raise DeviceError(f"its first block does not stay; {NO_TABLE}")


def _sum(block: memoryview | bytes) -> int:
    """Against a card that errs, not against a person: the person's part is the image's SHA-256."""
    return zlib.crc32(block)


def _hint(error: OSError) -> str:
    return "; sudo is needed" if error.errno in (errno.EACCES, errno.EPERM) else ""


class _Reader:
    """Reads and hashes ahead in a thread of its own, into page-aligned buffers that go round."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._free: Queue[mmap.mmap | None] = Queue()
        self._full: Queue[tuple[mmap.mmap, int] | BaseException | None] = Queue(AHEAD)
        for _ in range(AHEAD + 1):
            self._free.put(mmap.mmap(-1, BLOCK))
        self._hash = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, name="image", daemon=True)
        self._lent: dict[int, mmap.mmap] = {}
        self.size = 0

    def __enter__(self) -> "_Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._free.put(None)
        while self._thread.is_alive():
            while not self._full.empty():
                self._full.get()
            self._thread.join(0.01)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[memoryview]:
        """The last one is filled up with zeros to a whole sector."""
        while (item := self._full.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            buffer, size = item
            view = memoryview(buffer)[:size]
            self._lent[id(view)] = buffer
            yield view

    def give_back(self, view: memoryview) -> None:
        buffer = self._lent.pop(id(view))
        view.release()
        self._free.put(buffer)

    def _run(self) -> None:
        try:
            while (buffer := self._free.get()) is not None:
                size = _fill(self._source, buffer)
                if size == 0:
                    break
                self._hash.update(memoryview(buffer)[:size])
                self.size += size
                padded = -(-size // SECTOR) * SECTOR
                buffer[size:padded] = bytes(padded - size)
                self._full.put((buffer, padded))
            self._full.put(None)
        except BaseException as error:  # noqa: BLE001  kept for the thread that waits for blocks
            self._full.put(error)


def _fill(source: IO[bytes], buffer: mmap.mmap) -> int:
    """Straight into the buffer: `IO` does not tell, but archives and plain files alike can do that."""
    view, done = memoryview(buffer), 0
    while done < BLOCK:
        got: int = source.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            break
        done += got
    return done
