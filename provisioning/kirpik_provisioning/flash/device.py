"""Is this a card that may be written? What Linux says of a block device, and every reason to refuse."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kirpik_provisioning.image.trouble import DeviceError

SECTOR = 512
"""The unit of sysfs, whatever the device's own block size is."""
MIB, GIB = 1024 * 1024, 1024 * 1024 * 1024
LARGEST = 2048 * GIB
"""No card is larger; what is, is somebody's disk."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Where the kernel tells of itself. Tests bring folders of their own."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def mounts(self) -> dict[str, str]:
        """Device number → a place where it is mounted."""
        rows = [line.split() for line in _read(self.proc / "self/mountinfo").splitlines()]
        return {row[2]: row[4] for row in reversed(rows) if len(row) > 4}

    def swaps(self) -> frozenset[str]:
        rows = [line.split() for line in _read(self.proc / "swaps").splitlines()[1:]]
        return frozenset(Path(row[0]).name for row in rows if row)


@dataclass(frozen=True, slots=True)
class Card:
    path: Path
    name: str
    size: int
    removable: bool
    model: str

    def __str__(self) -> str:
        return f"{self.path} ({self.model or self.name}, {self.size / GIB:.1f} GiB)"


def find_card(path: Path, *, needed: int, fixed_too: bool = False, kernel: Kernel | None = None) -> Card:
    """The card, once nothing speaks against it. Raises DeviceError with the first thing that does."""
    kernel = kernel or Kernel()
    name, number = _whole_disk(path, kernel)
    block = kernel.sys / "block" / name
    parts = [entry for entry in sorted(block.iterdir()) if (entry / "partition").exists()]
    _refuse_in_use(path, kernel, {number: path.name, **{_read(part / "dev"): part.name for part in parts}})
    for folder in (block, *parts):
        held = sorted(entry.name for entry in (folder / "holders").iterdir()) if (folder / "holders").is_dir() else []
        if held:
            raise DeviceError(f"{path}: {folder.name} is part of {held[0]}, expected a card that nothing uses")
    if _read(block / "ro") == "1":
        raise DeviceError(f"{path}: is read-only; move the small lever on the side of the card")
    size = int(_read(block / "size") or 0) * SECTOR
    if size == 0:
        raise DeviceError(f"{path}: no card in it")
    if needed > size:
        raise DeviceError(f"{path}: {size // MIB} MiB, but the image needs {needed // MIB} MiB: take a larger card")
    if size > LARGEST:
        raise DeviceError(f"{path}: {size // GIB} GiB, larger than any card: this is a disk")
    removable = _read(block / "removable") == "1" or name.startswith("mmcblk")
    if not (removable or fixed_too):
        raise DeviceError(
            f"{path}: is not removable, so it may be a disk of this machine; --fixed-disk if you are sure"
        )
    return Card(path, name, size, removable, _model(block))


def candidates(kernel: Kernel | None = None) -> Iterator[Card]:
    """Cards that could be written, for a person to choose from."""
    kernel = kernel or Kernel()
    for block in sorted((kernel.sys / "block").iterdir()):
        try:
            yield find_card(Path("/dev") / block.name, needed=0, kernel=kernel)
        except DeviceError:
            continue


def _whole_disk(path: Path, kernel: Kernel) -> tuple[str, str]:
    try:
        status = path.stat()
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}") from error
    if not stat.S_ISBLK(status.st_mode):
        raise DeviceError(f"{path}: not a block device, expected a card such as /dev/sda or /dev/mmcblk0")
    number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    place = (kernel.sys / "dev/block" / number).resolve()
    if (place / "partition").exists():
        raise DeviceError(f"{path}: is a partition, expected the whole card (/dev/{place.parent.name})")
    if not (kernel.sys / "block" / place.name).is_dir():
        raise DeviceError(f"{path}: the kernel does not know a disk {place.name}")
    return place.name, number


def _refuse_in_use(path: Path, kernel: Kernel, numbers: dict[str, str]) -> None:
    mounts, swaps = kernel.mounts(), kernel.swaps()
    for number, name in numbers.items():
        if (where := mounts.get(number)) is not None:
            what = "this system itself" if where in ("/", "/boot", "/boot/firmware", "/usr", "/home") else where
            raise DeviceError(f"{path}: {name} is mounted ({what}); unmount it first, if it is the right device at all")
        if name in swaps:
            raise DeviceError(f"{path}: {name} is this system's swap")


def _model(block: Path) -> str:
    words = [_read(block / "device" / name) for name in ("vendor", "model", "name")]
    return " ".join(" ".join(words).split())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
