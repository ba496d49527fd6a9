"""The unit's own signing key: made on the unit, never leaves it, readable by the eye alone.

    unit.key       the key in force, as its guard keeps it: plain, or locked to this board
    genesis.pub    the first key's public half, once there has been a second: the unit is named after it
    next.key       a new key whose change is being told in the chain

A change is prepared, told, finished, in this order. Cut anywhere, the next start knows from the chain itself whether it
was told: then it is finished, otherwise it never was.
"""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kirpik.errors import TrustError
from kirpik.store.folder import Disk, Folder
from kirpik.trust.secret import Secret
from kirpik.wire import signature
from kirpik.wire.ids import unit_id

KEY, NEXT, GENESIS = "unit.key", "next.key", "genesis.pub"
KEY_MODE = 0o600
FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Identity:
    unit: bytes
    signer: signature.SigningKey


class Guard(Protocol):
    """How the key lies on the card. Raises TrustError when it cannot be had on this machine."""

    def lock(self, seed: bytes) -> bytes: ...
    def unlock(self, kept: Secret) -> Secret: ...


class NoGuard:
    """As it is, protected by the file's mode alone: for development, and for tests."""

    def lock(self, seed: bytes) -> bytes:
        return seed

    def unlock(self, kept: Secret) -> Secret:
        if len(kept.view) != signature.SEED_BYTES:
            raise TrustError(f"{len(kept.view)} bytes, expected a key of {signature.SEED_BYTES}")
        return kept


PLAIN = NoGuard()


def create_identity(folder: Path, *, guard: Guard = PLAIN, disk: Disk | None = None) -> Identity:
    """The key that is there, or a new one."""
    room = Folder(folder, disk=disk)
    room.create(FOLDER_MODE)
    if not (folder / KEY).exists():
        room.place(KEY, guard.lock(signature.SigningKey.generate().seed()), mode=KEY_MODE)
    return load_identity(folder, guard=guard)


def load_identity(folder: Path, *, guard: Guard = PLAIN) -> Identity:
    path = folder / KEY
    try:
        with load_secret(path) as kept, guard.unlock(kept) as seed:
            signer = signature.SigningKey.from_seed(seed.view)
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error
    return Identity(unit_id(Folder(folder).read(GENESIS) or signer.public), signer)


def load_secret(path: Path) -> Secret:
    """From a file that only its owner can read."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise TrustError(f"mode {stat.S_IMODE(mode):04o} lets others at the key, expected {KEY_MODE:04o}")
        return Secret.read(path)
    except OSError as error:
        raise TrustError(f"cannot read the key: {error.strerror}") from error


class KeyChangeRoom:
    """Where a change of keys waits while it is told."""

    def __init__(self, folder: Path, *, guard: Guard = PLAIN, disk: Disk | None = None) -> None:
        self._folder = Folder(folder, disk=disk)
        self._guard = guard

    def prepare(self) -> signature.SigningKey:
        new = signature.SigningKey.generate()
        self._folder.replace(NEXT, self._guard.lock(new.seed()), mode=KEY_MODE)
        return new

    def finish(self) -> None:
        """The chain tells of the new key: it is in force."""
        if self._folder.read(GENESIS) is None:
            with Secret.of(self._folder.read(KEY) or b"") as kept, self._guard.unlock(kept) as seed:
                old = signature.SigningKey.from_seed(seed.view)
            self._folder.place(GENESIS, old.public, mode=KEY_MODE)
        self._folder.move(NEXT, self._folder, KEY)

    def settle(self, *, told: bool) -> None:
        """At the start, before the key is loaded. `told`: the newest packet of the chain tells of a change."""
        if self._folder.read(NEXT) is not None:
            if told:
                self.finish()
            else:
                self._folder.remove(NEXT)
