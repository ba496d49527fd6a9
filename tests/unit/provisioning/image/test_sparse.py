"""Files with holes are copied without their holes, and only what changed comes back."""

import os
import tempfile
from pathlib import Path

from kirpik_provisioning.image.sparse import CHUNK, copy_changes, copy_data


def test_of_a_copy_only_what_was_changed_is_written_back(tmp_path: Path) -> None:
    image, copy = tmp_path / "image", tmp_path / "copy"
    image.touch()
    os.truncate(image, 4 + 3 * CHUNK)
    copy.write_bytes(bytes(2 * CHUNK) + b"new" + bytes(CHUNK - 3))
    with copy.open("rb") as source, image.open("r+b") as target:
        copy_changes(source, target, at=4)
    assert image.read_bytes()[4:] == copy.read_bytes()
    assert image.stat().st_blocks * 512 < 2 * CHUNK, "zeros over a hole were written"


def test_data_is_copied_from_one_file_system_to_another(tmp_path: Path) -> None:
    source_file = tmp_path / "source"
    with source_file.open("wb") as file:
        file.seek(CHUNK)
        file.write(b"data" * 1000)
        file.truncate(4 * CHUNK)
    with tempfile.TemporaryFile(dir="/dev/shm") as target, source_file.open("rb") as source:
        target.truncate(3 * CHUNK)
        copy_data(source, target, begin=CHUNK, at=0, size=3 * CHUNK)
        target.seek(0)
        assert target.read(4000) == b"data" * 1000
        assert set(target.read()) == {0}
