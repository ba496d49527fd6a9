"""What came in: receipts, orders, key documents, in the order of their coming. The link writes; the eye only reads.

The eye notes in its own ledger how far it has read, so it needs no right to write here. The link forgets old files by
count; the newest always stays, so that a name is never given twice.
"""

from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import StoreError
from kirpik.store.folder import Disk, Folder

KINDS = ("receipt", "order", "root", "set")
MAX_BYTES = 65536
KEPT = 1024
RESERVE_BYTES = 2 * MAX_BYTES
"""Held back for receipts: without them a full disk could never be let go of."""


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    number: int
    kind: str

    @property
    def name(self) -> str:
        return f"{self.number:016x}.{self.kind}"

    @classmethod
    def from_name(cls, name: str) -> "Letter | None":
        number, _, kind = name.partition(".")
        try:
            letter = cls(int(number, 16), kind)
        except ValueError:
            return None
        return letter if kind in KINDS and letter.name == name else None


class InboxView:
    """What the eye sees. Handlers may see a letter twice: after a crash, or when the folder was made anew."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._folder = Folder(path, disk=disk)

    def after(self, position: str) -> list[Letter]:
        """Letters that came after the one named `position`; all, when that lies ahead of everything here."""
        letters = self._letters()
        if letters and letters[-1].name < position:
            return letters
        return [letter for letter in letters if letter.name > position]

    def read(self, letter: Letter) -> bytes | None:
        """None when it has been forgotten meanwhile."""
        return self._folder.read(letter.name)

    def _letters(self) -> list[Letter]:
        return sorted(letter for name in self._folder.names() if (letter := Letter.from_name(name)))


class Inbox(InboxView):
    """What the link holds."""

    def __init__(self, path: Path, *, kept: int = KEPT, disk: Disk | None = None) -> None:
        super().__init__(path, disk=disk)
        self._folder.create()
        self._kept = max(1, kept)
        letters = self._letters()
        self._next = letters[-1].number + 1 if letters else 1
        self._folder.hold_reserve(RESERVE_BYTES)

    def put(self, kind: str, data: bytes) -> Letter:
        if kind not in KINDS or len(data) > MAX_BYTES:
            raise StoreError(f"{self._folder.path}: {len(data)} bytes of {kind}, expected up to {MAX_BYTES} of {KINDS}")
        letter = Letter(self._next, kind)
        self._folder.place(letter.name, data, spend_reserve=True)
        self._next += 1
        self._forget()
        self._folder.hold_reserve(RESERVE_BYTES)
        return letter

    def _forget(self) -> None:
        for letter in self._letters()[: -self._kept]:
            self._folder.remove(letter.name)
