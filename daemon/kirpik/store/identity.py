"""The unit's own signing key: made on the unit, never leaves it, readable by the eye alone."""

import stat
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import TrustError
from kirpik.store.folder import Disk, Folder
from kirpik.wire import signature
from kirpik.wire.ids import unit_id

KEY = "unit.key"
KEY_MODE = 0o600
FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Identity:
    unit: bytes
    signer: signature.SigningKey


def create_identity(folder: Path, *, disk: Disk | None = None) -> Identity:
    """The key that is there, or a new one."""
    room = Folder(folder, disk=disk)
    room.create(FOLDER_MODE)
    if not (folder / KEY).exists():
        room.place(KEY, signature.SigningKey.generate().seed(), mode=KEY_MODE)
    return load_identity(folder)


def load_identity(folder: Path) -> Identity:
    path = folder / KEY
    seed = load_seed(path)
    signer = signature.SigningKey.from_seed(seed)
    return Identity(unit_id(signer.public), signer)


def load_seed(path: Path, size: int = signature.SEED_BYTES) -> bytes:
    """A secret of `size` bytes, from a file that only its owner can read."""
    try:
        mode, seed = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot read the key: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise TrustError(f"{path}: mode {stat.S_IMODE(mode):04o} lets others at the key, expected {KEY_MODE:04o}")
    if len(seed) != size:
        raise TrustError(f"{path}: {len(seed)} bytes, expected a key of {size}")
    return seed
