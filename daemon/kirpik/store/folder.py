"""A folder with one writer, whose files are whole or not there: write, fsync, rename, fsync the folder.

The steps themselves are an object, so that a test can cut the power between any two of them.
"""

import contextlib
import errno
import os
from pathlib import Path

from kirpik.errors import SpoolFullError, StoreError

FOLDER_MODE = 0o750
FILE_MODE = 0o640
"""The eye and the link are two users of one group: each reads what the other one writes."""

PARTIAL = ".adding"
RESERVE = ".reserve"
FULL = (errno.ENOSPC, errno.EDQUOT)


class Disk:
    """The four steps that the promise rests on."""

    def write(self, path: Path, data: bytes, mode: int) -> None:
        """Write and fsync a file that nobody looks at yet."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with open(handle, "wb") as file:  # noqa: PTH123  a handle, because of its flags and mode
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def append(self, path: Path, data: bytes, at: int, mode: int) -> None:
        """Write and fsync at the end of a file that grows; what lies behind `at` was not whole and goes."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with open(handle, "wb") as file:  # noqa: PTH123  a handle, because of its flags and mode
            file.truncate(at)
            file.seek(at)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        """Removing twice is no error: delivery is at least once, and so is its answer."""
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """Make a new or removed name last: without this it can be lost with the power."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Folder:
    """Small files by name. Names that begin with a dot are not told of."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self.path = path
        self._disk = disk or Disk()

    def create(self, mode: int = FOLDER_MODE) -> None:
        try:
            self.path.mkdir(mode=mode, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot make the folder: {error.strerror}") from error

    def names(self, suffix: str = "") -> list[str]:
        """In their order. A folder that is not there yet is empty."""
        try:
            return sorted(n for n in os.listdir(self.path) if n.endswith(suffix) and not n.startswith("."))  # noqa: PTH208
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{self.path}: cannot list the folder: {error.strerror}") from error

    def read(self, name: str) -> bytes | None:
        """None when the file is not there, or no longer."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot read: {error.strerror}") from error

    def size(self, name: str) -> int:
        """0 when the file is not there, or no longer."""
        with contextlib.suppress(FileNotFoundError):
            return (self.path / name).stat().st_size
        return 0

    def written_s(self, name: str) -> float | None:
        """Wall clock of its writing; None when the file is not there, or no longer."""
        with contextlib.suppress(FileNotFoundError):
            return (self.path / name).stat().st_mtime
        return None

    def ends(self, name: str, head: int, tail: int) -> tuple[int, bytes, bytes] | None:
        """Size, first and last bytes; None when the file is not there, or no longer."""
        try:
            with (self.path / name).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                first = file.read(head)
                file.seek(max(0, size - tail))
                return size, first, file.read(tail)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot read: {error.strerror}") from error

    def place(self, name: str, data: bytes, *, mode: int = FILE_MODE, spend_reserve: bool = False) -> None:
        """Add a file under a name that is not taken. What this has returned from survives a power cut.

        SpoolFullError: nothing was added. StoreError: it is not known whether the file is there, so the process must
        end, and look again when it starts.
        """
        if (self.path / name).exists():
            raise StoreError(f"{self.path / name}: is there already and may not be replaced")
        self.replace(name, data, mode=mode, spend_reserve=spend_reserve)

    def replace(self, name: str, data: bytes, *, mode: int = FILE_MODE, spend_reserve: bool = False) -> None:
        """As `place`, where the old file stands until the new one does."""
        try:
            self._replace(name, data, mode)
        except SpoolFullError:
            if not (spend_reserve and self._spend_reserve()):
                raise
            self._replace(name, data, mode)

    def hold_reserve(self, size_bytes: int) -> None:
        """Keep some room on the disk for what must be written when nothing else can. A full disk is no error here."""
        reserve = self.path / RESERVE
        with contextlib.suppress(OSError):
            if not reserve.exists():
                self._disk.write(reserve, os.urandom(size_bytes), FILE_MODE)

    def _spend_reserve(self) -> bool:
        reserve = self.path / RESERVE
        there = reserve.exists()
        with contextlib.suppress(OSError):
            self._disk.remove(reserve)
        return there

    def append(self, name: str, data: bytes, *, at: int, mode: int = FILE_MODE) -> None:
        """To a file that grows from part to part, where its last whole part ends."""
        try:
            self._disk.append(self.path / name, data, at, mode)
        except OSError as error:
            if error.errno in FULL:
                raise SpoolFullError(f"{self.path}: the disk is full, expected room for {len(data)} bytes") from error
            raise StoreError(f"{self.path / name}: cannot write: {error.strerror}") from error

    def _replace(self, name: str, data: bytes, mode: int) -> None:
        partial = self.path / PARTIAL
        try:
            self._disk.write(partial, data, mode)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._disk.remove(partial)
            if error.errno in FULL:
                raise SpoolFullError(f"{self.path}: the disk is full, expected room for {len(data)} bytes") from error
            raise StoreError(f"{partial}: cannot write: {error.strerror}") from error
        try:
            self._disk.rename(partial, self.path / name)
            self._disk.sync_folder(self.path)
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot be made to last: {error.strerror}") from error

    def move(self, name: str, to: "Folder", new_name: str = "") -> None:
        try:
            self._disk.rename(self.path / name, to.path / (new_name or name))
            self._disk.sync_folder(to.path)
            self._disk.sync_folder(self.path)
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot move to {to.path}: {error.strerror}") from error

    def note(self, name: str, data: bytes, *, mode: int = FILE_MODE) -> None:
        """A hint for another process: whole or not there, but it may be lost, and a full disk is no trouble."""
        partial = self.path / (name + PARTIAL)
        with contextlib.suppress(OSError):
            partial.write_bytes(data)
            partial.chmod(mode)
            partial.rename(self.path / name)

    def remove(self, name: str) -> None:
        """Not fsynced: what comes back after a power cut is only removed again."""
        try:
            self._disk.remove(self.path / name)
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot remove: {error.strerror}") from error
