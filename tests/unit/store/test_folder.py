import errno
import stat
from pathlib import Path

import pytest

from kirpik.errors import SpoolFullError, StoreError
from kirpik.store.folder import PARTIAL, Disk, Folder


class BrokenDisk(Disk):
    def __init__(self, step: str, code: int) -> None:
        self._step = step
        self._code = code

    def _fail(self, step: str) -> None:
        if step == self._step:
            raise OSError(self._code, "no")

    def write(self, path: Path, data: bytes, mode: int) -> None:
        super().write(path, data, mode)
        self._fail("write")

    def rename(self, old: Path, new: Path) -> None:
        self._fail("rename")
        super().rename(old, new)

    def sync_folder(self, folder: Path) -> None:
        self._fail("sync")
        super().sync_folder(folder)


def test_a_file_is_there_with_its_name_and_mode(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new" / "folder")
    folder.create()
    folder.place("b", b"2")
    folder.place("a", b"1", mode=0o600)
    assert folder.names() == ["a", "b"]
    assert folder.read("a") == b"1"
    assert stat.S_IMODE((folder.path / "a").stat().st_mode) == 0o600
    assert not stat.S_IMODE(folder.path.stat().st_mode) & 0o007


def test_a_taken_name_is_not_given_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.place("a", b"1")
    with pytest.raises(StoreError, match="may not be replaced"):
        folder.place("a", b"2")
    assert folder.read("a") == b"1"


def test_a_half_written_file_is_never_seen(tmp_path: Path) -> None:
    (tmp_path / PARTIAL).write_bytes(b"half of a much longer file")
    folder = Folder(tmp_path)
    assert folder.names() == []
    folder.place("a", b"1")
    assert folder.read("a") == b"1"


def test_what_is_gone_is_told_as_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.remove("never")
    assert (folder.read("never"), folder.size("never")) == (None, 0)
    assert Folder(tmp_path / "nowhere").names() == []


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SpoolFullError, match="the disk is full"):
        Folder(tmp_path, disk=BrokenDisk("write", errno.ENOSPC)).place("a", b"1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["write", "rename", "sync"])
def test_a_failing_disk_ends_the_process_with_one_sentence(tmp_path: Path, step: str) -> None:
    with pytest.raises(StoreError, match=str(tmp_path)):
        Folder(tmp_path, disk=BrokenDisk(step, errno.EIO)).place("a", b"1")


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / PARTIAL).symlink_to(target)
    with pytest.raises(StoreError):
        Folder(tmp_path).place("a", b"1")
    assert not target.exists()
