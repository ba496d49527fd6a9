"""The operator's folder: documents that are in force, drafts on their way from holder to holder, and what was done.

    documents/root-<n>.cbor, set-<n>.cbor    signed by enough; never changed again
    drafts/                                  one of each at most
    journal.ndjson                           a line for each thing done, by whom and when; no secret

Whatever is done here happens under a lock, and each file is replaced as a whole: two operators at once, a full disk or
a power cut leave the state before or the state after.
"""

import fcntl
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kirpik.errors import StoreError, TrustError, WireError
from kirpik.trust.catch_up import Shelf, catch_up
from kirpik.trust.trusted import Trusted
from kirpik.wire import keydocs

DOCUMENTS, DRAFTS, JOURNAL, LOCK = "documents", "drafts", "journal.ndjson", ".lock"


@dataclass(frozen=True, slots=True)
class Desk:
    folder: Path

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Alone, or not at all."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError as error:
            raise StoreError(f"{self.folder}: another kirpik command is at work here; nothing was changed") from error

    def first_root(self) -> bytes | None:
        return self._read(DOCUMENTS, "root-1.cbor")

    def trusted(self) -> Trusted:
        """By the documents in force, checked from the first root on. Raises TrustError when there is none yet."""
        first = self.first_root()
        if first is None:
            raise TrustError(f"{self.folder}: no root is in force here; begin with: kirpik keys init")
        try:
            return catch_up(Trusted.from_first_root(first), Shelf.of(self.documents())).trusted
        except WireError as error:
            raise TrustError(f"{self.folder / DOCUMENTS}: not to be trusted: {error}") from error

    def revoked(self) -> tuple[bytes, ...]:
        """Units that the key set in force believes no more; none where nothing is in force yet."""
        keyset = None if self.first_root() is None else self.trusted().keyset
        return () if keyset is None else tuple(entry.unit for entry in keyset.revoked)

    def documents(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder / DOCUMENTS).glob("*.cbor"))]

    def drafts(self) -> list[Path]:
        return sorted((self.folder / DRAFTS).glob("*.cbor"))

    def draft(self, data: bytes) -> Path:
        """Lay down a new draft. One with its number is not written over."""
        path = self.folder / DRAFTS / document_name(data)
        what = keydocs.peek(data).what
        others = [other for other in self.drafts() if other.name.startswith(what)]
        if others:
            raise StoreError(f"{others[0]}: is being signed; publish or discard it first; nothing was changed")
        write_whole(path, data)
        self.note("drafted", document=path.name)
        return path

    def enact(self, data: bytes) -> Path:
        """A draft that enough have signed comes into force on this desk."""
        path = self.folder / DOCUMENTS / document_name(data)
        write_whole(path, data)
        (self.folder / DRAFTS / path.name).unlink(missing_ok=True)
        self.note("enacted", document=path.name)
        return path

    def note(self, what: str, **about: object) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": getpass.getuser(), "what": what, **about}
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _read(self, *parts: str) -> bytes | None:
        try:
            return self.folder.joinpath(*parts).read_bytes()
        except FileNotFoundError:
            return None


def document_name(data: bytes) -> str:
    seen = keydocs.peek(data)
    return f"{seen.what}-{seen.version}.cbor"


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """The old file stands until the new one does. Two commands that write here at once wait for each other."""
    partial = path.with_name(f".{path.name}.adding")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"{path}: cannot be written: {error.strerror}; what was there before still is") from error
