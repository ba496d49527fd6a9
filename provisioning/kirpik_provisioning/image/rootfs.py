"""The root partition of an image, through debugfs: files, folders and links, as root owns them, without being root."""

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from kirpik_provisioning.image.sparse import copy_all, copy_changes, copy_data
from kirpik_provisioning.image.table import SECTOR, Partition
from kirpik_provisioning.image.tools import run_tool
from kirpik_provisioning.image.trouble import ImageError

NOT_THERE = "File not found by ext2_lookup"
BANNER = re.compile(r"^debugfs \d")
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
NAME = re.compile(r"^[^\s\"\x00]+$")
"""debugfs splits its lines at spaces; nothing of ours has one in its name."""


@dataclass(frozen=True, slots=True)
class Item:
    """What shall lie at `path`: a file with `data`, a link to `target`, or a folder."""

    path: str
    data: bytes | None = field(default=None, repr=False)
    target: str | None = None
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class RootFiles:
    image: Path
    partition: Partition

    @property
    def _place(self) -> str:
        return f"{self.image}?offset={self.partition.offset}"

    def put(self, items: Iterable[Item]) -> None:
        """Everything in one go, each in the place of what was there. Raises ImageError when anything did not fit."""
        wanted = list(items)
        for item in wanted:
            if not NAME.match(item.path):
                raise ImageError(f"{item.path!r}: a name that cannot be written into an image")
        folders = _folders(wanted)
        there = self._existing([*folders, *[item.path for item in wanted if _is_leaf(item)]])
        place = _memory_for(sum(len(item.data or b"") for item in wanted))
        with tempfile.TemporaryDirectory(prefix="kirpik-image-", dir=place) as scratch:
            lines = [f"mkdir {folder}" for folder in folders if folder not in there]
            for number, item in enumerate(wanted):
                lines += _commands(item, Path(scratch) / str(number), item.path in there)
            self._change(lines)

    def read(self, path: str) -> bytes | None:
        """A file, links followed."""
        if path not in self._existing([path]):
            return None
        with tempfile.TemporaryDirectory(prefix="kirpik-image-") as scratch:
            copy = Path(scratch) / "file"
            run_tool("debugfs", ["-R", f"dump {path} {copy}", self._place])
            return copy.read_bytes() if copy.exists() else None

    def names(self, folder: str) -> frozenset[str]:
        if folder not in self._existing([folder]):
            return frozenset()
        listing, _ = run_tool("debugfs", ["-R", f"ls -p {folder}", self._place])
        rows = [line.split("/") for line in listing.decode(errors="replace").splitlines()]
        return frozenset(row[5] for row in rows if len(row) > 5 and row[1] != "0") - {".", ".."}

    def link_target(self, path: str) -> str | None:
        said, _ = run_tool("debugfs", ["-R", f"stat {path}", self._place])
        found = re.search(r'Fast link dest: "([^"]*)"', said.decode(errors="replace"))
        return found[1] if found else None

    def copy_of(self, folder: str, target: Path) -> None:
        """A whole folder, for looking at."""
        run_tool("debugfs", ["-R", f"rdump {folder} {target}", self._place])

    def free_bytes(self) -> int:
        found = re.findall(r"^(Free blocks|Block size):\s+(\d+)", self._super_stats(), re.M)
        numbers = {name: int(value) for name, value in found}
        return numbers["Free blocks"] * numbers["Block size"]

    def grow(self, size: int) -> None:
        """The file system, into a partition of `size` bytes that is the image's last."""
        with self._apart() as (image, apart):
            os.truncate(apart, size)
            run_tool("resize2fs", [apart, f"{size // SECTOR}s"])
            image.truncate(self.partition.offset + size)
            with apart.open("rb") as grown:
                copy_changes(grown, image, at=self.partition.offset)

    @contextmanager
    def _apart(self) -> Iterator[tuple[IO[bytes], Path]]:
        """The image, and the partition in a file of its own.

        Given an offset, resize2fs cuts the image's end off, and e2fsck forgets it once it has played back a journal.
        """
        place = _memory_for(self.partition.size) or self.image.parent
        with tempfile.TemporaryDirectory(prefix="kirpik-image-", dir=place) as scratch, self.image.open("r+b") as image:
            path = Path(scratch) / "root"
            with path.open("w+b") as file:
                file.truncate(self.partition.size)
                copy_data(image, file, begin=self.partition.offset, at=0, size=self.partition.size)
            yield image, path

    def check(self) -> None:
        """Sound from end to end. Raises ImageError otherwise."""
        run_tool("e2fsck", ["-f", "-n", self._place])

    def settle(self, *, told_as: str = "") -> None:
        """Play back the journal of a system that was not shut down, and mend what needs no decision.

        Until then what is read may be old, and nothing may be written. Raises ImageError when it is past mending.
        """
        try:
            if "needs_recovery" not in self._super_stats():
                run_tool("e2fsck", ["-f", "-p", self._place], good=(0, 1))
                return
            with self._apart() as (image, apart):
                run_tool("e2fsck", ["-f", "-p", apart], good=(0, 1))
                with apart.open("rb") as settled:
                    copy_all(settled, image, at=self.partition.offset)
        except ImageError as error:
            raise ImageError(
                f"{told_as or self.image.name}: its root partition is damaged beyond what can be mended"
                f" without asking ({error}); fetch the image again"
            ) from error

    def _super_stats(self) -> str:
        said, _ = run_tool("debugfs", ["-R", "show_super_stats -h", self._place])
        return said.decode(errors="replace")

    def _existing(self, paths: Sequence[str]) -> frozenset[str]:
        script = "".join(f"stat {path}\n" for path in paths)
        out, _ = self._script(script)
        blocks = out.decode(errors="replace").split("debugfs: stat ")[1:]
        return frozenset(block.split("\n", 1)[0].strip() for block in blocks if "Inode:" in block)

    def _change(self, lines: Sequence[str]) -> None:
        _, said = self._script("".join(line + "\n" for line in lines), "-w")
        wrong = [line for line in said.splitlines() if line.strip() and not BANNER.match(line)]
        if wrong:
            raise ImageError(f"{self.image}: the root partition did not take everything: {wrong[0]}")

    def _script(self, text: str, *options: str) -> tuple[bytes, str]:
        with tempfile.NamedTemporaryFile("w", prefix="kirpik-image-", suffix=".debugfs") as script:
            script.write(text)
            script.flush()
            return run_tool("debugfs", [*options, "-f", script.name, self._place])


def _memory_for(size: int) -> Path | None:
    """Where so many bytes may lie for a while without being written to a disk twice; None where memory has no room."""
    try:
        place = os.statvfs(MEMORY)
    except OSError:
        return None
    return MEMORY if place.f_bavail * place.f_frsize > 2 * size and os.access(MEMORY, os.W_OK) else None


def _is_leaf(item: Item) -> bool:
    return item.data is not None or item.target is not None


def _folders(items: Sequence[Item]) -> list[str]:
    """Each folder that is needed, parents first."""
    needed = {item.path for item in items if not _is_leaf(item)}
    for item in items:
        needed.update(str(parent) for parent in PurePosixPath(item.path).parents)
    return sorted(needed - {"/"})


def _commands(item: Item, scratch: Path, there: bool) -> list[str]:
    away = [f"rm {item.path}"] if there and _is_leaf(item) else []
    if item.target is not None:
        return [*away, f"symlink {item.path} {item.target}"]
    if item.data is None:
        return [f"set_inode_field {item.path} mode 0{stat.S_IFDIR | item.mode:o}"]
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(item.data)
    mode = f"set_inode_field {item.path} mode 0{stat.S_IFREG | item.mode:o}"
    return [*away, f"write {scratch} {item.path}", mode]
