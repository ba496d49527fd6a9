import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire.words import from_words, to_words

PUBLISHED = {
    "127.0.0.1": "lusab babad", "63.84.220.193": "gutih tugad", "140.98.193.141": "mudof sakat",
    "147.67.119.2": "natag lisaf", "216.68.232.21": "todah vobij",
}  # fmt: skip
"""Of the paper's own table."""


@pytest.mark.parametrize("address", PUBLISHED)
def test_the_papers_examples(address: str) -> None:
    data = bytes(map(int, address.split(".")))
    assert to_words(data) == PUBLISHED[address]
    assert from_words(PUBLISHED[address].upper().replace(" ", "-")) == data


@given(st.binary(max_size=32).filter(lambda data: len(data) % 2 == 0))
def test_what_was_said_is_understood(data: bytes) -> None:
    assert from_words(to_words(data)) == data


@pytest.mark.parametrize("said", ["lusa", "lusabb", "lusax", "ausab", "lusab babac"])
def test_what_is_no_word_is_refused(said: str) -> None:
    with pytest.raises(WireError, match="words-form"):
        from_words(said)
