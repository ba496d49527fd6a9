"""A disk that fails at one step, before or after it is done; what was not fsynced may then be undone."""

from collections.abc import Callable
from pathlib import Path

from kirpik.store.folder import Disk
from tests.unit.eyes import QuickDisk


class PowerCutError(BaseException):
    """Nothing handles it, as nothing handles a power cut."""


class FailingDisk(QuickDisk):
    """Fails at step `at`, before or after it is done. If the power goes, what was not fsynced is undone."""

    def __init__(self, at: int, *, done: bool, power: bool, look: Callable[[], None]) -> None:
        self._left = at
        self._done = done
        self._power = power
        self._look = look
        self._undo: list[tuple[Path, Callable[[], object]]] = []

    def write(self, path: Path, data: bytes, mode: int) -> None:
        def step() -> None:
            QuickDisk.write(self, path, data, mode)

        self._step(step, half=lambda: path.write_bytes(data[: len(data) // 2]))

    def rename(self, old: Path, new: Path) -> None:
        def step() -> None:
            there, moved = new.read_bytes() if new.exists() else None, old.read_bytes()
            Disk.rename(self, old, new)
            self._undo.append((new.parent, lambda: new.unlink() if there is None else new.write_bytes(there)))
            self._undo.append((old.parent, lambda: old.write_bytes(moved)))

        self._step(step)

    def remove(self, path: Path) -> None:
        def step() -> None:
            was = path.read_bytes() if path.exists() else None
            Disk.remove(self, path)
            if was is not None:
                self._undo.append((path.parent, lambda: path.write_bytes(was)))

        self._step(step)

    def sync_folder(self, folder: Path) -> None:
        def step() -> None:
            QuickDisk.sync_folder(self, folder)
            self._undo = [(where, undo) for where, undo in self._undo if where != folder]

        self._step(step)

    def _step(self, step: Callable[[], object], half: Callable[[], object] = lambda: None) -> None:
        self._left -= 1
        if self._left != 0:
            step()
            self._look()
            return
        (step if self._done else half)()
        self._look()
        if self._power:
            for _, undo in reversed(self._undo):
                undo()
        raise PowerCutError
