"""Parts of files: each is exactly as long as its place asks for, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire import cbor, part, topics


@given(st.integers(1, 3 * part.PART_BYTES + 1))
def test_the_parts_of_a_file_are_the_file(size: int) -> None:
    contents = bytes(range(256)) * (size // 256) + bytes(size % 256)
    parts = [part.open_part(data) for data in part.split(contents)]
    assert b"".join(each.data for each in parts) == contents
    assert [each.number for each in parts] == list(range(part.parts_of(size)))
    assert [each.last for each in parts] == [False] * (len(parts) - 1) + [True]


REFUSED: dict[str, tuple[object, str]] = {
    "no row": ({1: 2}, "field-type"),
    "a part too short for its place": ([40_000, 0, b"x" * 100], "part-size"),
    "a part too long for its place": ([100, 0, b"x" * 101], "part-size"),
    "a part behind the end": ([100, 1, b"x"], "part-size"),
    "a file larger than units take": ([part.MAX_FILE_BYTES + 1, 0, b"x"], "field-range"),
    "nothing in it": ([100, 0, b""], "field-range"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_part_that_is_none(case: str) -> None:
    value, name = REFUSED[case]
    with pytest.raises(WireError) as caught:
        part.open_part(cbor.encode(value))
    assert caught.value.name == name


@pytest.mark.parametrize("size", [0, part.MAX_FILE_BYTES + 1])
def test_a_file_that_units_do_not_take_is_not_split(size: int) -> None:
    with pytest.raises(WireError, match="part-size"):
        next(part.split(bytes(size)))


def test_an_oversized_message_is_not_even_read() -> None:
    with pytest.raises(WireError, match="part-size"):
        part.open_part(bytes(part.MAX_BYTES + 1))


def test_each_part_has_a_topic_of_its_own() -> None:
    assert topics.file_part(b"\xab" * 32, 7) == f"kirpik/1/files/{'ab' * 32}/7"
