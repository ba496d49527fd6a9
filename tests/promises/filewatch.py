"""The kernel's own word for what is written on a whole file system, by whom: fanotify(7). Needs root."""

import contextlib
import ctypes
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CLOEXEC, REPORT_DIRECTORY_AND_NAME = 0x1, 0xC00
ADD, FILESYSTEM = 0x1, 0x100
MODIFY, CLOSE_WRITE, MOVED_TO, CREATE, ON_FOLDER = 0x2, 0x8, 0x80, 0x100, 0x40000000
HEAD = struct.Struct("IBBHQii")
AT_FDCWD = -100
SETTLE_S = 0.3


@dataclass
class Written:
    """Paths by the process that wrote, made or moved them there."""

    paths: dict[int, set[str]] = field(default_factory=dict)

    def by(self, pid: int) -> set[str]:
        return self.paths.get(pid, set())


@contextmanager
def watch(folder: Path) -> Iterator[Written | None]:
    """Of the file system that `folder` is on. None where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.fanotify_init(CLOEXEC | REPORT_DIRECTORY_AND_NAME, os.O_RDONLY | os.O_CLOEXEC)
    mask = ctypes.c_uint64(MODIFY | CLOSE_WRITE | MOVED_TO | CREATE | ON_FOLDER)
    if handle < 0 or libc.fanotify_mark(handle, ADD | FILESYSTEM, mask, AT_FDCWD, str(folder).encode()):
        yield None
        return
    written, stop = Written(), threading.Event()
    reader = threading.Thread(target=_read, args=(libc, handle, folder, written, stop))
    os.set_blocking(handle, False)
    reader.start()
    try:
        yield written
    finally:
        stop.wait(SETTLE_S)
        stop.set()
        reader.join()
        os.close(handle)


def _read(libc: ctypes.CDLL, handle: int, folder: Path, written: Written, stop: threading.Event) -> None:
    mount = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while not stop.is_set():
            try:
                data = os.read(handle, 65536)
            except BlockingIOError:
                stop.wait(0.02)
                continue
            for pid, path in _events(libc, mount, data):
                written.paths.setdefault(pid, set()).add(path)
    finally:
        os.close(mount)


def _events(libc: ctypes.CDLL, mount: int, data: bytes) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(data):
        length, _, _, head, _, _, pid = HEAD.unpack_from(data, at)
        if length > head:
            yield pid, _path(libc, mount, data[at + head : at + length])
        at += length


def _path(libc: ctypes.CDLL, mount: int, told: bytes) -> str:
    """Folder's handle and name → path, or the name alone where the folder is gone."""
    (size,) = struct.unpack_from("I", told, 12)
    file_handle, name = told[12 : 20 + size], told[20 + size :].split(b"\0")[0].decode(errors="replace")
    opened = libc.open_by_handle_at(mount, ctypes.create_string_buffer(file_handle, len(file_handle)), os.O_PATH)
    if opened < 0:
        return name
    try:
        with contextlib.suppress(OSError):
            return f"{Path(f'/proc/self/fd/{opened}').readlink()}/{name}"
        return name
    finally:
        os.close(opened)
