"""Bytes of a secret while it is fetched: a page of their own, locked in memory, in no dump and no child, then zeros.

What a library makes of them is the library's: OpenSSL keeps one copy of a private key until the key is let go of. What
becomes a `bytes` of Python cannot be overwritten; so a secret is read and unlocked here without becoming one.
"""

import contextlib
import ctypes
import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Self

ADVICE = (mmap.MADV_DONTDUMP, mmap.MADV_DONTFORK)


class Secret:
    """Good as long as its context; `view` is zeros afterwards."""

    def __init__(self, size_bytes: int) -> None:
        self._page = mmap.mmap(-1, max(1, size_bytes), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for advice in ADVICE:
            self._page.madvise(advice)
        self.locked = _lock(self._page)
        """Never swapped out. A machine that allows no page more than it has (RLIMIT_MEMLOCK) does not stop for it."""
        self.view = memoryview(self._page)[:size_bytes]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Straight from the file into the page. Raises OSError."""
        with path.open("rb", buffering=0) as file:
            secret = cls(os.fstat(file.fileno()).st_size)
            got = file.readinto(secret.view)
            secret.view = secret.view[:got]
        return secret

    @classmethod
    def of(cls, data: bytes) -> Self:
        """For what came as `bytes`, which stay where they are."""
        secret = cls(len(data))
        secret.view[:] = data
        return secret

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.wipe()

    def wipe(self) -> None:
        """Twice is harmless."""
        self._page[:] = bytes(len(self._page))

    def __repr__(self) -> str:
        return f"Secret of {len(self.view)} bytes"


def _lock(page: mmap.mmap) -> bool:
    """mlock(2). The address is let go of at once: who holds it keeps the page from being unmapped."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        first = ctypes.c_char.from_buffer(page)
        return int(libc.mlock(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(page)))) == 0
    return False
