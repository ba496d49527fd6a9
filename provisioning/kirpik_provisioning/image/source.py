"""An image as it was fetched: xz, gzip or raw, told by its first bytes; its hash; its plain bytes."""

import gzip
import hashlib
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from kirpik_provisioning.image.trouble import ImageError

CHUNK = 4 * 1024 * 1024
MAGIC = {b"\xfd7zXZ\x00": "xz", b"\x1f\x8b": "gz"}
NOT_IMAGES = {b"PK\x03\x04": "a zip archive: unpack it first", b"(\xb5/\xfd": "zstd: unpack it first (unzstd)"}
SHA256 = re.compile(r"^[0-9a-f]{64}$")
Progress = Callable[[int], None]
"""Takes the number of plain bytes that are through."""


def packing(path: Path) -> str:
    """`xz`, `gz` or `raw`."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    for magic, what in NOT_IMAGES.items():
        if head.startswith(magic):
            raise ImageError(f"{path}: {what}; expected an image as .img, .img.xz or .img.gz")
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "raw")


@contextmanager
def plain(path: Path) -> Iterator[IO[bytes]]:
    """The plain bytes. A truncated or damaged archive ends in an ImageError, wherever it is met."""
    kind = packing(path)
    try:
        if kind == "xz":
            with lzma.open(path) as xz:
                yield cast("IO[bytes]", xz)
        elif kind == "gz":
            with gzip.open(path) as gz:
                yield cast("IO[bytes]", gz)
        else:
            with path.open("rb") as raw:
                yield raw
    except (lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ImageError(f"{path}: damaged or not whole ({error}): fetch it again") from error


def file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error


def expected_sha256(path: Path, given: str | None) -> str | None:
    """What was given: 64 hex digits, or a file such as sha256sum makes; without it, FILE.sha256 if that lies there."""
    if given is None:
        beside = path.with_name(path.name + ".sha256")
        return None if not beside.exists() else _from_list(beside, path.name)
    if SHA256.match(given.lower()):
        return given.lower()
    if Path(given).is_file():
        return _from_list(Path(given), path.name)
    raise ImageError(f"--sha256 {given}: expected 64 hex digits or a file with them")


def check_sha256(path: Path, expected: str | None) -> str:
    found = file_sha256(path)
    if expected is not None and found != expected:
        raise ImageError(f"{path}: SHA-256 is {found}, expected {expected}: fetch it again, nothing was written")
    return found


def unpack(path: Path, target: Path, *, through: Progress = lambda _: None) -> int:
    """Write the plain bytes, leaving holes for zeros, as far as the disk: the tools that follow would wait for it.

    Returns their number.
    """
    done = 0
    try:
        with plain(path) as source, target.open("wb") as out:
            while chunk := source.read(CHUNK):
                done += len(chunk)
                if chunk.count(0) == len(chunk):
                    out.seek(len(chunk), os.SEEK_CUR)
                else:
                    out.write(chunk)
                through(done)
            out.truncate(done)
            out.flush()
            os.fdatasync(out.fileno())
    except OSError as error:
        raise ImageError(f"{target}: cannot be written: {error.strerror}") from error
    return done


def _from_list(listing: Path, name: str) -> str:
    try:
        lines = [line.split() for line in listing.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"{listing}: cannot be read as a list of SHA-256 sums") from error
    named = [words[0] for words in lines if len(words) > 1 and words[-1].lstrip("*") == name]
    alone = [words[0] for words in lines] if len(lines) == 1 else []
    for digest in (*named, *alone):
        if SHA256.match(digest.lower()):
            return digest.lower()
    raise ImageError(f"{listing}: no SHA-256 of {name} in it")
