"""The desk's files are written by several commands at once, and each file is whole at any moment."""

import multiprocessing
from pathlib import Path

from kirpik_provisioning.keys.desk import write_whole

TIMES = 40


def _write(path: Path, letter: bytes) -> None:
    for _ in range(TIMES):
        write_whole(path, letter * 1000)


def test_two_commands_write_one_file_and_neither_fails(tmp_path: Path) -> None:
    path = tmp_path / "desk" / "unit.ask"
    writers = [multiprocessing.Process(target=_write, args=(path, letter)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert path.read_bytes() in (b"a" * 1000, b"b" * 1000)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
