"""The log as files that any web server can serve (c2sp.org/tlog-tiles). A tile is written once and never changes."""

from pathlib import Path

from sqlalchemy import Connection

from kirpik.errors import StoreError
from kirpik.wire.tlog import HASH_BYTES
from kirpik_central.logbook import LogBook
from kirpik_central.merkle import WIDTH


def publish(connection: Connection, folder: Path) -> int:
    """Write what is new up to the newest checkpoint, that one last, and return how many leaves it covers."""
    book = LogBook(connection)
    newest = book.newest()
    if newest is None:
        raise StoreError("the log has no checkpoint yet; kirpik-central intake signs them")
    size, note = newest
    level, width = 0, size
    while width:
        for number, count in _tiles(width):
            path = folder / "tile" / str(level) / _place(number, count)
            if not path.exists():
                _write(path, book.tile(level, number)[: count * HASH_BYTES])
        level, width = level + 1, width // WIDTH
    for number, count in _tiles(size):
        path = folder / "tile" / "entries" / _place(number, count)
        if not path.exists():
            entries = book.entries(number * WIDTH, count)
            _write(path, b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries))
    _write(folder / "checkpoint", note.encode())
    return size


def _tiles(width: int) -> list[tuple[int, int]]:
    """Number and width of each tile over so many hashes; only the last one may be partial."""
    full, rest = divmod(width, WIDTH)
    return [(number, WIDTH) for number in range(full)] + ([(full, rest)] if rest else [])


def _place(number: int, count: int) -> Path:
    """Three digits a folder, so that none gets too full: 1234067 is x001/x234/067."""
    text = f"{number:03d}"
    text = text.zfill(-(-len(text) // 3) * 3)
    *above, last = (text[at : at + 3] for at in range(0, len(text), 3))
    name = last if count == WIDTH else f"{last}.p/{count}"
    return Path(*[f"x{part}" for part in above], *name.split("/"))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
