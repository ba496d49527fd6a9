"""A secret lies in one locked page, in no dump and no child, and is zeros when it has been used."""

import ctypes
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kirpik.trust.secret import Secret

SEED = bytes(range(32))
PR_CAPBSET_DROP, CAP_IPC_LOCK = 24, 14


def test_it_is_read_from_a_file_and_is_zeros_afterwards(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(SEED)
    with Secret.read(tmp_path / "key") as secret:
        assert secret.view == SEED
    assert secret.view == bytes(32)
    secret.wipe()


def test_it_is_zeros_after_an_error_too() -> None:
    secret = Secret.of(SEED)
    with pytest.raises(ZeroDivisionError), secret:
        _ = 1 // 0
    assert secret.view == bytes(32)


def test_it_shows_its_size_and_nothing_else() -> None:
    assert repr(Secret.of(SEED)) == "Secret of 32 bytes"


def test_its_page_is_locked_and_in_no_dump_and_no_child() -> None:
    secret = Secret.of(SEED)
    assert secret.locked
    flags = _flags(ctypes.addressof(ctypes.c_char.from_buffer(secret._page)))
    assert {"lo", "dd", "dc"} <= flags, flags


def test_where_nothing_may_be_locked_it_is_said_and_goes_on() -> None:
    program = "from kirpik.trust.secret import Secret; s = Secret.of(b'x' * 32); print(s.locked, s.view == b'x' * 32)"

    def poor() -> None:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)  # root may lock whatever its limit says
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))

    words = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"]
    done = subprocess.run(words, preexec_fn=poor, capture_output=True, text=True, check=False)
    assert done.stdout == "False True\n", done.stderr


def _flags(address: int) -> set[str]:
    """Of the mapping that holds the address: `lo` locked, `dd` not in a dump, `dc` not in a child (proc(5), smaps)."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            begin, end = (int(each, 16) for each in words[0].split("-"))
            inside = begin <= address < end
        elif inside and words[0] == "VmFlags:":
            return set(words[1:])
    return set()
