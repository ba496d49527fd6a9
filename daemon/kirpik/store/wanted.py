"""Which files the eye waits for, by hash: it writes the names, the link brings the files.

<sha256>.wanted    empty; the name says all
"""

from collections.abc import Collection
from pathlib import Path

from kirpik.store.folder import Disk, Folder
from kirpik.wire.fields import SHA256_BYTES

SUFFIX = ".wanted"
MAX_WANTED = 8
"""More are not asked for before some of these are there."""


class WantedView:
    """What the link sees."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._folder = Folder(path, disk=disk)

    def hashes(self) -> list[bytes]:
        """At most MAX_WANTED, in an order that stays."""
        found = [hash_of(name, SUFFIX) for name in self._folder.names(SUFFIX)]
        return [each for each in found if each is not None][:MAX_WANTED]


class Wanted(WantedView):
    """What the eye holds."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        super().__init__(path, disk=disk)
        self._folder.create()

    def ask_for(self, hashes: Collection[bytes]) -> None:
        """These from now on, and no others."""
        names = {f"{each.hex()}{SUFFIX}" for each in sorted(hashes)[:MAX_WANTED]}
        there = set(self._folder.names(SUFFIX))
        for name in there - names:
            self._folder.remove(name)
        for name in sorted(names - there):
            self._folder.place(name, b"")


def hash_of(name: str, suffix: str) -> bytes | None:
    """The hash that a file is named after; None for another name."""
    text = name.removesuffix(suffix)
    if len(text) != 2 * SHA256_BYTES or not set(text) <= set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)
