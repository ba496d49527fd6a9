"""Networks that an order names, gathered by their hashes from wherever they lie on the unit into a folder of their own.

A folder appears whole or not at all, and lasts: the files are on the card before it has its name.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kirpik.adapters.models_folder import MANIFEST, Entry, read_manifest
from kirpik.errors import ModelError, StoreError

GATHERING = ".gathering"
LEFT_FREE_BYTES = 64 * 2**20
"""Of the disk: evidence comes before networks."""


def lacking(contents: bytes, places: Iterable[Path]) -> list[bytes]:
    """Hashes of networks that a manifest names and that lie nowhere. Raises ModelError for what is no manifest."""
    there = _lying(places)
    named = {entry.sha256.lower() for entry in named_by(contents).values()} - there.keys()
    return [bytes.fromhex(text) for text in sorted(named) if _is_hash(text)]


def gather(
    contents: bytes, folder: Path, places: Iterable[Path], look: Callable[[Path], object], *,
    left_free_bytes: int = LEFT_FREE_BYTES,
) -> None:  # fmt: skip
    """Fill `folder`, once `look` has been content with what will be in it. Raises a KirpikError, and leaves nothing."""
    partial = folder.with_name(GATHERING)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o750, parents=True)
        _copy_all(named_by(contents), _lying(places), partial, left_free_bytes)
        _write(partial / MANIFEST, contents)
        look(partial)
        _make_last(partial)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
        _make_last(folder.parent)
    except OSError as error:
        raise StoreError(f"{folder.parent}: the networks cannot be laid here: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def named_by(contents: bytes) -> Mapping[str, Entry]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(contents)
        return read_manifest(Path(folder)).networks


def _copy_all(named: Mapping[str, Entry], lying: Mapping[str, Path], folder: Path, left_free_bytes: int) -> None:
    sources = {name: lying.get(entry.sha256.lower()) for name, entry in named.items()}
    for name, source in sources.items():
        if source is None:
            raise ModelError(f"networks.{name}: {named[name].sha256[:12]}… is not on this unit; lay it into incoming/")
    needed = sum(source.stat().st_size for source in sources.values() if source) + left_free_bytes
    if (free := shutil.disk_usage(folder).free) < needed:
        raise StoreError(f"{folder.parent}: {free} bytes free, expected {needed} for the networks")
    for name, source in sources.items():
        if source is not None:
            _write(folder / Path(named[name].file).name, source.read_bytes())


def _lying(places: Iterable[Path]) -> dict[str, Path]:
    """Networks on this unit, by hash. What cannot be read does not lie there."""
    found: dict[str, Path] = {}
    for file in [file for place in places for file in sorted(place.glob("*.tflite"))]:
        with contextlib.suppress(OSError), file.open("rb") as opened:
            found[hashlib.file_digest(opened, "sha256").hexdigest()] = file
    return found


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _make_last(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
