"""The key documents that the unit goes by, on its own disk: the way from the first root to the newest, and a key set.

    root.cbor          the newest root
    root-<n>.cbor      those before it, from the pinned one on: by them each start proves the newest anew
    set.cbor           the newest key set that was believed when it came
    told.cbor          what receipts said of the time and of newer documents, for the link, which has no other source

A new root is written before the set that needs it, and under its own number before it becomes the newest: cut anywhere,
the folder holds what was believed before, or what is believed now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kirpik import __version__
from kirpik.errors import TrustError, WireError
from kirpik.store.folder import Disk, Folder
from kirpik.trust import clock
from kirpik.trust.catch_up import Progress, Shelf, catch_up
from kirpik.trust.standing import GRACE_MS, Standing, standing
from kirpik.trust.trusted import Trusted, root_pin
from kirpik.wire import cbor, fields
from kirpik.wire.keydocs import KeySet, Root
from kirpik.wire.receipt import Receipt

ROOT, SET, TOLD = "root.cbor", "set.cbor", "told.cbor"
TOLD_ROW = fields.row(fields.text(0, 64), fields.whole(), fields.whole(), fields.whole(), fields.whole())


def numbered_root(version: int) -> str:
    return f"root-{version}.cbor"


@dataclass(frozen=True, slots=True)
class Told:
    """By receipts that the eye has believed."""

    boot: str = ""
    central_ms: int = 0
    own_ms: int = 0
    root_version: int = 0
    keyset_version: int = 0

    def proves_clock(self, boot: str) -> bool:
        """Whether a certificate's dates may be judged by our clock."""
        return clock.Proof(self.boot, self.central_ms, self.own_ms).holds(boot)


class Keyring:
    """`floor_ms` is the earliest that it can be now; receipts raise it."""

    def __init__(
        self,
        root: Root,
        keyset: KeySet | None,
        *,
        set_data: bytes = b"",
        floor_ms: int = 0,
        folder: Folder | None = None,
    ) -> None:
        self._trusted = Trusted(root, keyset, set_data)
        self._floor_ms = floor_ms
        self._folder = folder

    @classmethod
    def load(cls, folder: Path, *, pin: bytes | None = None, floor_ms: int = 0, disk: Disk | None = None) -> "Keyring":
        """Raises TrustError unless a root is there that holds together and, with `pin`, follows from the pinned one.

        A key set that the root does not vouch for is left aside, as it was when that root came.
        """
        room = Folder(folder, disk=disk)
        trusted = _newest_root(room, pin)
        data = room.read(SET)
        if data is None:
            raise TrustError(f"{folder / SET}: missing; put the key documents of your central there")
        try:
            trusted = trusted.after_keyset(data)
        except WireError as error:
            if error.name != "document-threshold" or trusted.root.version == 1:
                raise TrustError(f"{folder / SET}: not a key set that the root vouches for: {error}") from error
        return cls(trusted.root, trusted.keyset, set_data=data, floor_ms=floor_ms, folder=room)

    @property
    def root(self) -> Root:
        return self._trusted.root

    @property
    def keyset(self) -> KeySet | None:
        """None when the newest root vouches for none: sealed to is then its fallback, and nobody is obeyed."""
        return self._trusted.keyset

    @property
    def keyset_version(self) -> int:
        return self._trusted.keyset_version

    @property
    def receipt_publics(self) -> tuple[bytes, ...]:
        return () if self.keyset is None else self.keyset.receipt

    def now_ms(self, clock_ms: int) -> int:
        return clock.not_before(self._trusted, clock_ms, floor_ms=self._floor_ms)

    def standing(self, clock_ms: int, *, grace_ms: int = GRACE_MS) -> Standing:
        return standing(self._trusted, self.now_ms(clock_ms), grace_ms=grace_ms)

    def active_seal(self, clock_ms: int) -> bytes:
        """Public key to seal to. Raises TrustError when nobody could open what is sealed, or nobody will."""
        now = self.standing(clock_ms)
        if now.seal_to is None:
            raise TrustError(f"key set {self.keyset_version}: no seal key is active and the root has no fallback")
        if not now.may_accuse and not now.too_old:
            raise TrustError(f"key set {self.keyset_version}: expired for longer than {GRACE_MS // 86_400_000} days")
        return now.seal_to

    def require_new_software(self, clock_ms: int) -> None:
        """Raises TrustError when the key set asks for newer software than this; all but accusing goes on."""
        if self.keyset is not None and self.standing(clock_ms).too_old:
            asked = self.keyset.minimum_software
            raise TrustError(
                f"software {__version__}: key set {self.keyset_version} asks for {asked} or later; update it"
            )

    def expired(self, clock_ms: int) -> bool:
        return self.standing(clock_ms).stale

    def take(self, shelf: Shelf) -> Progress:
        """Believe what can be followed on the shelf, and write it down before it is gone by."""
        progress = catch_up(self._trusted, shelf)
        if self._folder is not None and (progress.roots or progress.new_set):
            self._keep(self._folder, progress)
        self._trusted = progress.trusted
        return progress

    def receipted(self, receipt: Receipt, *, clock_ms: int, boot: str) -> None:
        """A receipt that we believe tells the time, so the floor rises; and whether newer documents are withheld."""
        self._floor_ms = max(self._floor_ms, receipt.central_utc_ms)
        if self._folder is None:
            return
        last = read_told(self._folder)
        versions = (receipt.root_version, receipt.keyset_version)
        if last.proves_clock(boot) and (last.root_version, last.keyset_version) == versions:
            return
        self._folder.replace(TOLD, cbor.encode([boot, receipt.central_utc_ms, clock_ms, *versions]))

    def _keep(self, folder: Folder, progress: Progress) -> None:
        if progress.roots:
            folder.replace(numbered_root(self.root.version), _read(folder, ROOT))
        for version, data in progress.roots:
            folder.replace(numbered_root(version), data)
        if progress.roots:
            folder.replace(ROOT, progress.roots[-1][1])
        if progress.new_set is not None:
            folder.replace(SET, progress.new_set)


def lay_documents(folder: Path, documents: Iterable[bytes], *, pin: bytes | None, disk: Disk | None = None) -> bool:
    """Begin a unit's folder with what lies on its card. False when there is one already: it may know newer ones.

    Raises TrustError unless the way leads from the pinned root to a key set.
    """
    room = Folder(folder, disk=disk)
    if room.read(SET) is not None:
        return False
    given = list(documents)
    first = next((data for data in given if pin is not None and _is_root(data, pin)), None)
    if first is None:
        raise TrustError(f"no root among the card's {len(given)} documents is the one of the settings (root_pin)")
    progress = catch_up(Trusted.from_first_root(first), Shelf.of(given))
    if progress.new_set is None:
        raise TrustError(
            f"no key set among the card's {len(given)} documents is vouched for by root {progress.trusted.root.version}"
        )
    room.create()
    roots = [(Trusted.from_first_root(first).root.version, first), *progress.roots]
    for version, data in roots[:-1]:
        room.replace(numbered_root(version), data)
    room.replace(ROOT, roots[-1][1])
    room.replace(SET, progress.new_set)
    return True


def _is_root(data: bytes, pin: bytes) -> bool:
    try:
        return root_pin(data) == pin
    except WireError:
        return False


def read_told(folder: Folder) -> Told:
    data = folder.read(TOLD)
    try:
        return Told() if data is None else Told(*TOLD_ROW(TOLD, cbor.decode(data)))
    except WireError:  # worth no more than a note: the next receipt writes it again
        return Told()


def _newest_root(folder: Folder, pin: bytes | None) -> Trusted:
    try:
        trusted = Trusted.from_first_root(_read(folder, ROOT))
    except WireError as error:
        raise TrustError(f"{folder.path / ROOT}: not a root that can be trusted: {error}") from error
    return trusted if pin is None else _follow_from(folder, pin)


def _follow_from(folder: Folder, pin: bytes) -> Trusted:
    """From the pinned root over all that lie here; `root.cbor` itself is the last of them."""
    data = [_read(folder, name) for name in folder.names(".cbor") if name.startswith("root")]
    for first in data:
        try:
            if root_pin(first) == pin:
                return catch_up(Trusted.from_first_root(first), Shelf.of(data)).trusted
        except WireError:
            continue
    raise TrustError(f"{folder.path}: no root here is the one of the settings (root_pin), provision the unit anew")


def _read(folder: Folder, name: str) -> bytes:
    data = folder.read(name)
    if data is None:
        raise TrustError(f"{folder.path / name}: missing; put the key documents of your central there")
    return data
