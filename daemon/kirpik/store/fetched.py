"""Files that the link has brought for the eye, by hash, and one that is still growing. The link writes; the eye reads.

    <sha256>.part      as far as it has come, a whole number of parts after each step
    <sha256>.tflite    whole, and its bytes have that hash

A power cut leaves a part more or a part less: the length alone says where to go on. The eye checks the hash for itself.
"""

import shutil
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from kirpik.errors import SpoolFullError
from kirpik.store.folder import Disk, Folder
from kirpik.store.wanted import hash_of
from kirpik.wire.part import PART_BYTES, Part, parts_of

WHOLE, GROWING = ".tflite", ".part"
LEFT_FREE_BYTES = 64 * 2**20
"""Of the disk: evidence comes before networks."""


class Fetched:
    """What the link holds."""

    def __init__(self, path: Path, *, disk: Disk | None = None, left_free_bytes: int = LEFT_FREE_BYTES) -> None:
        self._folder = Folder(path, disk=disk)
        self._folder.create()
        self._left_free_bytes = left_free_bytes

    def has(self, wanted: bytes) -> bool:
        return (self._folder.path / f"{wanted.hex()}{WHOLE}").exists()

    def parts(self, wanted: bytes) -> int:
        """How many have come of a file that is not whole yet."""
        return self._folder.size(f"{wanted.hex()}{GROWING}") // PART_BYTES

    def add(self, wanted: bytes, part: Part) -> bool:
        """Whether the file is whole and right now. A whole one that is wrong is thrown away: it begins anew.

        Raises SpoolFullError when there is too little room for all of it.
        """
        name = f"{wanted.hex()}{GROWING}"
        self._want_room(part)
        self._folder.append(name, part.data, at=part.number * PART_BYTES)
        if not part.last:
            return False
        if sha256(self._folder.read(name) or b"").digest() != wanted:
            self._folder.remove(name)
            return False
        self._folder.move(name, self._folder, f"{wanted.hex()}{WHOLE}")
        return True

    def forget_all_but(self, wanted: Collection[bytes]) -> None:
        for suffix in (WHOLE, GROWING):
            for name in self._folder.names(suffix):
                if hash_of(name, suffix) not in wanted:
                    self._folder.remove(name)

    def _want_room(self, part: Part) -> None:
        needed = (parts_of(part.size) - part.number) * PART_BYTES + self._left_free_bytes
        free = shutil.disk_usage(self._folder.path).free
        if free < needed:
            raise SpoolFullError(f"{self._folder.path}: {free} bytes free, expected {needed} for what was ordered")
