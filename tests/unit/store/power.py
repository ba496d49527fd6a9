"""A disk that loses its power: what was not fsynced may be there, in part, in another order, or not at all.

Files lie in a real folder. Beside them a platter keeps what would be left: content only as far as it was fsynced, names
only when their folder was. A cut ends the run at one step, then each step that was not fsynced is kept or lost on its
own, and a file that was being written has any length, or only zeros in it.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik.store.folder import Disk


class PowerCutError(BaseException):
    """Nothing handles it, as nothing handles a power cut."""


NONE, ALL, SECOND_ALONE = 0, -1, 2


@dataclass(frozen=True)
class Cut:
    """At which step the power goes, and what is left of what was not yet safe."""

    at: int
    kept: int = 0
    """Bit n: whether the n-th step that was not fsynced is on the platter all the same. ALL is a killed process."""
    torn_at: int | None = None
    """Length of the file that is being written at that step; None when the step is not begun at all."""
    zeros: bool = False
    """Its length is on the platter, its content is not."""


Files = dict[Path, bytes]


class PowerDisk(Disk):
    """`look` is told of every step, as a link that watches would see it."""

    def __init__(self, root: Path, cut: Cut, *, look: Callable[[], object] = lambda: None) -> None:
        self._root = root
        self._cut = cut
        self._look = look
        self._platter: Files = read_all(root)
        self._pending: list[tuple[Path, Callable[[Files], object]]] = []
        self.steps = 0
        self.written: list[tuple[int, int]] = []
        """Step and length of each file that was written."""

    def write(self, path: Path, data: bytes, mode: int) -> None:
        self._step(lambda: self._tear(path, data))
        path.write_bytes(data)
        path.chmod(mode)
        self.written.append((self.steps, len(data)))
        self._pending.append((path.parent, lambda files: files.__setitem__(path, data)))
        self._look()

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        content = old.read_bytes()
        super().rename(old, new)

        def on_platter(files: Files) -> None:
            files.pop(old, None)
            files[new] = content

        self._pending.append((new.parent, on_platter))
        self._look()

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)
        self._pending.append((path.parent, lambda files: files.pop(path, None)))
        self._look()

    def sync_folder(self, folder: Path) -> None:
        self._step()
        for where, change in self._pending:
            if where == folder:
                change(self._platter)
        self._pending = [(where, change) for where, change in self._pending if where != folder]

    def _step(self, half: Callable[[], object] = lambda: None) -> None:
        self.steps += 1
        if self.steps != self._cut.at:
            return
        for number, (_, change) in enumerate(self._pending):
            if self._cut.kept >> number & 1:
                change(self._platter)
        half()
        write_all(self._root, self._platter)
        raise PowerCutError

    def _tear(self, path: Path, data: bytes) -> None:
        if self._cut.torn_at is not None:
            self._platter[path] = bytes(self._cut.torn_at) if self._cut.zeros else data[: self._cut.torn_at]


def cuts(written: Sequence[tuple[int, int]], steps: int, *, lengths: Callable[[int], Sequence[int]]) -> list[Cut]:
    """One for each step and each way in which the steps before it may be left."""
    plain = [Cut(at, kept) for at in range(1, steps + 1) for kept in (NONE, ALL, SECOND_ALONE)]
    torn = [Cut(at, 0, length, zeros) for at, size in written for length in lengths(size) for zeros in (False, True)]
    return plain + torn


def read_all(root: Path) -> Files:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def write_all(root: Path, files: Files) -> None:
    for child in root.iterdir():
        shutil.rmtree(child)
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
