"""The central's key files, looked at again and again: a rotation needs no restart."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import TrustError
from kirpik_central.keys import CentralKeys, load_keys

LOOK_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    seal: Sequence[Path]
    """Seeds, or folders of them, `*.key`."""
    receipt: Path
    root: Path
    keyset: Path

    def load(self) -> CentralKeys:
        """Raises TrustError that names the file."""
        return load_keys(seal=self.seeds(), receipt=self.receipt, root=self.root, keyset=self.keyset)

    def seeds(self) -> list[Path]:
        return [seed for path in self.seal for seed in (sorted(path.glob("*.key")) if path.is_dir() else [path])]

    def marks(self) -> list[tuple[str, int, int]]:
        """By which a change shows."""
        paths = [path for path in (*self.seeds(), self.receipt, self.root, self.keyset) if path.exists()]
        return [(str(path), (told := path.stat()).st_mtime_ns, told.st_ino) for path in paths]


class LiveKeys:
    """The keys as the files have them, or as they last had them when they made sense."""

    def __init__(self, files: KeyFiles) -> None:
        """Raises TrustError: a beginning needs keys."""
        self._files = files
        self._marks = files.marks()
        self._due_s = time.monotonic() + LOOK_S
        self.current = files.load()

    def renewed(self) -> CentralKeys | None:
        """The keys, where the files have changed since the last call."""
        if time.monotonic() < self._due_s:
            return None
        self._due_s = time.monotonic() + LOOK_S
        marks = self._files.marks()
        if marks == self._marks:
            return None
        self._marks = marks
        try:
            self.current = self._files.load()
        except TrustError as error:  # files are written one after another: the next look may find them whole
            log.error("keys=kept why=%r", str(error))
            return None
        log.info("keys=renewed root_v=%d keys_v=%d", self.current.root_version, self.current.keyset.version)
        return self.current
