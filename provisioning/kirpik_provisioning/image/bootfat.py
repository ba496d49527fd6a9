"""The boot partition of an image or card, through mtools: small files in a FAT."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kirpik_provisioning.image.table import Partition
from kirpik_provisioning.image.tools import run_tool
from kirpik_provisioning.image.trouble import ImageError


@dataclass(frozen=True, slots=True)
class BootFiles:
    image: Path
    partition: Partition

    @property
    def _place(self) -> str:
        return f"{self.image}@@{self.partition.offset}"

    def names(self, folder: str = "") -> frozenset[str]:
        """Of the files in a folder, as they are written there."""
        listing, _ = run_tool("mdir", ["-i", self._place, "-b", f"::{folder}"], good=(0, 1))
        lines = listing.decode(errors="replace").splitlines()
        return frozenset(PurePosixPath(line.removeprefix("::")).name for line in lines if line.strip(":/ "))

    def read(self, name: str) -> bytes | None:
        path = PurePosixPath(name)
        folder = "" if str(path.parent) == "." else str(path.parent)
        if path.name not in self.names(folder):
            return None
        data, _ = run_tool("mcopy", ["-i", self._place, f"::{name}", "-"])
        return data

    def write(self, name: str, data: bytes) -> None:
        """And read it back. Raises ImageError when there is no room."""
        folder = str(PurePosixPath(name).parent)
        if folder != "." and folder not in self.names():
            run_tool("mmd", ["-i", self._place, f"::{folder}"])
        run_tool("mcopy", ["-o", "-i", self._place, "-", f"::{name}"], send=data)
        if self.read(name) != data:
            raise ImageError(f"{self.image}: {name} did not fit onto the boot partition")

    def remove(self, name: str) -> None:
        if self.read(name) is not None:
            run_tool("mdel", ["-i", self._place, f"::{name}"])
