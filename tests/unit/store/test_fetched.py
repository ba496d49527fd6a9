"""Files that grow part by part: cut anywhere, they go on; whole and wrong, they are thrown away."""

from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.errors import SpoolFullError
from kirpik.store.fetched import Fetched
from kirpik.store.wanted import MAX_WANTED, Wanted, WantedView
from kirpik.wire.part import PART_BYTES, Part, open_part, split
from tests.unit.eyes import QuickDisk

FILE = bytes(range(256)) * 256 + b"end"
"""Two whole parts and three bytes."""
WANTED = sha256(FILE).digest()


def parts() -> list[Part]:
    return [open_part(data) for data in split(FILE)]


def fetched(home: Path) -> Fetched:
    return Fetched(home / "fetched", disk=QuickDisk(), left_free_bytes=0)


def test_a_file_is_whole_with_its_last_part(tmp_path: Path) -> None:
    room = fetched(tmp_path)
    assert [room.add(WANTED, part) for part in parts()] == [False, False, True]
    assert room.has(WANTED)
    assert (tmp_path / "fetched" / f"{WANTED.hex()}.tflite").read_bytes() == FILE


def test_a_start_goes_on_where_it_was(tmp_path: Path) -> None:
    for part in parts():
        room = fetched(tmp_path)
        assert room.parts(WANTED) == part.number
        room.add(WANTED, part)
    assert fetched(tmp_path).has(WANTED)


@pytest.mark.parametrize("torn", [1, PART_BYTES - 1])
def test_a_part_that_a_power_cut_tore_is_written_over(tmp_path: Path, torn: int) -> None:
    room, (first, second, third) = fetched(tmp_path), parts()
    room.add(WANTED, first)
    with (tmp_path / "fetched" / f"{WANTED.hex()}.part").open("ab") as file:
        file.write(b"\0" * torn)
    room = fetched(tmp_path)
    assert room.parts(WANTED) == 1
    assert [room.add(WANTED, second), room.add(WANTED, third)] == [False, True]


def test_a_file_with_another_hash_is_thrown_away_and_begins_anew(tmp_path: Path) -> None:
    room, (first, second, third) = fetched(tmp_path), parts()
    room.add(WANTED, Part(first.size, 0, bytes(PART_BYTES)))
    room.add(WANTED, second)
    assert not room.add(WANTED, third)
    assert room.parts(WANTED) == 0
    assert not list((tmp_path / "fetched").iterdir())


def test_without_room_for_all_of_it_nothing_is_written(tmp_path: Path) -> None:
    room = Fetched(tmp_path / "fetched", disk=QuickDisk(), left_free_bytes=2**60)
    with pytest.raises(SpoolFullError, match="bytes free, expected"):
        room.add(WANTED, parts()[0])
    assert not list((tmp_path / "fetched").iterdir())


def test_what_nobody_wants_any_more_is_forgotten(tmp_path: Path) -> None:
    room = fetched(tmp_path)
    for part in parts():
        room.add(WANTED, part)
    room.add(b"o" * 32, parts()[0])
    room.forget_all_but([WANTED])
    assert [path.name for path in (tmp_path / "fetched").iterdir()] == [f"{WANTED.hex()}.tflite"]
    room.forget_all_but([])
    assert not list((tmp_path / "fetched").iterdir())


def test_what_is_wanted_outlives_a_restart_and_is_bounded(tmp_path: Path) -> None:
    Wanted(tmp_path, disk=QuickDisk()).ask_for([WANTED, b"o" * 32])
    assert WantedView(tmp_path).hashes() == sorted([WANTED, b"o" * 32])
    many = [bytes([number]) * 32 for number in range(MAX_WANTED + 3)]
    Wanted(tmp_path, disk=QuickDisk()).ask_for(many)
    (tmp_path / "something else.wanted").write_bytes(b"")
    assert WantedView(tmp_path).hashes() == many[:MAX_WANTED]
    Wanted(tmp_path, disk=QuickDisk()).ask_for([])
    assert WantedView(tmp_path).hashes() == []
