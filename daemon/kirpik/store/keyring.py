"""The key documents that the unit goes by: whom to seal to, and whose word on receipts to take."""

from pathlib import Path

from kirpik.errors import TrustError, WireError
from kirpik.store.folder import Folder
from kirpik.wire import keydocs
from kirpik.wire.keydocs import KeySet, Root

ROOT, SET = "root.cbor", "set.cbor"


class Keyring:
    def __init__(self, root: Root, keyset: KeySet) -> None:
        self.root = root
        self.keyset = keyset

    @classmethod
    def load(cls, folder: Path) -> "Keyring":
        """Raises TrustError unless the root holds together and its keys role signed the key set."""
        try:
            root = keydocs.open_root(_read(folder, ROOT))
        except WireError as error:
            raise TrustError(f"{folder / ROOT}: not a root that can be trusted: {error}") from error
        try:
            return cls(root, keydocs.open_keyset(_read(folder, SET), root))
        except WireError as error:
            raise TrustError(f"{folder / SET}: not a key set that the root vouches for: {error}") from error

    @property
    def receipt_publics(self) -> tuple[bytes, ...]:
        return self.keyset.receipt

    def active_seal(self, now_ms: int) -> bytes:
        """Public key to seal to. Expiry does not matter: a unit that was forgotten goes on sealing.

        A clock that was never set says 1970; it cannot be earlier than the documents themselves.
        """
        floor_ms = max(now_ms, self.keyset.issued_ms, self.root.issued_ms)
        entry = self.keyset.active_seal(floor_ms)
        if entry is not None:
            return entry.public
        if self.root.fallback_seal is None:
            raise TrustError(f"key set {self.keyset.version}: no seal key is active and the root has no fallback")
        return self.root.fallback_seal

    def expired(self, now_ms: int) -> bool:
        return now_ms >= min(self.keyset.expires_ms, self.root.expires_ms)


def _read(folder: Path, name: str) -> bytes:
    data = Folder(folder).read(name)
    if data is None:
        raise TrustError(f"{folder / name}: missing; put the key documents of your central there")
    return data
