"""What the first boot changes in the system: its name, and a root that is only read from then on. Twice is harmless."""

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import StoreError

BOOT = "boot/firmware"
CLOUD_OFF = "etc/cloud/cloud-init.disabled"
CLOUD = "etc/cloud"
ROOT_OPTIONS = "ro,noatime"
FIELDS = 6
"""Of a line of fstab(5)."""


@dataclass(frozen=True, slots=True)
class HostSetup:
    root: Path = Path("/")

    def name(self, host: str) -> bool:
        """Call the machine so, now and from now on. Whether anything changed."""
        if self._read("etc/hostname").strip() == host:
            return False
        hosts = [line for line in self._read("etc/hosts").splitlines() if not line.startswith("127.0.1.1")]
        self._replace("etc/hosts", "\n".join([*hosts, f"127.0.1.1\t{host}"]) + "\n")
        self._replace("etc/hostname", host + "\n")
        if self.root == Path("/"):
            with contextlib.suppress(PermissionError):  # in a container the name is somebody else's
                socket.sethostname(host)
        return True

    def seal(self) -> bool:
        """Let the root and the boot partition be mounted read-only from the next start on. Whether anything changed.

        The kernel's words say `ro` since the card was made. Nothing is changed on the boot partition: a FAT has no way
        to put one file in the place of another that a power cut could not turn into the loss of both. Cut anywhere, the
        next start finds a root that is writable, and this is done again.
        """
        table = self._read("etc/fstab")
        sealed = "".join(map(_sealed_line, table.splitlines(keepends=True)))
        if sealed == table:
            return False
        if (self.root / CLOUD).is_dir():
            self._replace(CLOUD_OFF, "")
        self._replace("etc/fstab", sealed)
        return True

    def _read(self, name: str) -> str:
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.root / name}: cannot be read: {error}") from error

    def _replace(self, name: str, text: str) -> None:
        path = self.root / name
        partial = path.with_name(path.name + ".new")
        try:
            with partial.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                partial.chmod(path.stat().st_mode & 0o777)
            partial.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def _sealed_line(line: str) -> str:
    row = line.split()
    if line.startswith("#") or len(row) < FIELDS - 2 or row[1] not in ("/", f"/{BOOT}"):
        return line
    wanted = ROOT_OPTIONS if row[1] == "/" else "ro,defaults"
    return line if "ro" in row[3].split(",") else line.replace(row[3], wanted, 1)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
