import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire import cbor

WHOLE = st.integers(-(2**64), 2**64 - 1)
SCALARS = st.none() | st.booleans() | WHOLE | st.binary(max_size=300) | st.text(max_size=40)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WHOLE | st.text(max_size=9), inner),
    max_leaves=20,
).filter(lambda value: _depth(value) <= cbor.MAX_DEPTH)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def refusal(data: bytes) -> str:
    with pytest.raises(WireError) as caught:
        cbor.decode(data)
    return caught.value.name


@given(VALUES)
def test_what_was_encoded_decodes_to_itself(value: object) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(VALUES)
def test_another_library_writes_the_same_bytes(value: object) -> None:
    ordered = _bytewise(value)
    assert cbor2.dumps(ordered) == cbor.encode(value)


def _bytewise(value: object) -> object:
    """RFC 8949 sorts keys by their bytes, the other library by their length first: so sort here, and keep it there."""
    if isinstance(value, dict):
        return {key: _bytewise(value[key]) for key in sorted(value, key=cbor.encode)}
    return [_bytewise(item) for item in value] if isinstance(value, list) else value


@given(st.binary(max_size=60))
def test_what_decodes_at_all_is_the_one_form_of_its_value(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except WireError:
        return
    assert cbor.encode(value) == data
    assert cbor2.loads(data) == value


@given(VALUES, st.data())
def test_a_cut_is_refused(value: object, data: st.DataObject) -> None:
    whole = cbor.encode(value)
    with pytest.raises(WireError):
        cbor.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_a_length_beyond_the_data_is_refused_before_memory_is_asked_for() -> None:
    assert refusal(bytes.fromhex("5b7fffffffffffffff")) == "cbor-short"
    assert refusal(bytes.fromhex("9b7fffffffffffffff")) == "cbor-short"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1.0, "cbor-type"),
        ({1, 2}, "cbor-type"),
        (2**64, "cbor-range"),
        (-(2**64) - 1, "cbor-range"),
        ({True: 1}, "cbor-key-type"),
        ({b"k": 1}, "cbor-key-type"),
        ("\ud800", "cbor-utf8"),
    ],
)
def test_what_has_no_form_is_not_encoded(value: object, name: str) -> None:
    with pytest.raises(WireError) as caught:
        cbor.encode(value)
    assert caught.value.name == name
