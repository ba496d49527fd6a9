"""CBOR, the strict deterministic subset of RFC 8949 4.2.1 in which each value has exactly one form.

Integers, bytes, text, arrays, maps with integer or text keys, true, false and null; no floats, tags or indefinite
lengths. Common libraries take duplicate keys and long forms; whoever judges evidence must not.
"""

from typing import TypeAlias

from kirpik.errors import WireError

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int | str, Value] | None"

MAX_DEPTH = 8
"""Arrays and maps within one another; a record needs 5."""

UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
FALSE, TRUE, NULL = 20, 21, 22
SIMPLES: dict[int, bool | None] = {FALSE: False, TRUE: True, NULL: None}


def encode(value: object) -> bytes:
    """Raises WireError for anything outside of the subset."""
    match value:
        case bool() | None:
            return bytes([SIMPLE << 5 | (NULL if value is None else TRUE if value else FALSE)])
        case int():
            return _head(UINT, value) if value >= 0 else _head(NINT, -1 - value)
        case bytes():
            return _head(BYTES, len(value)) + value
        case str():
            return _encode_text(value)
        case list() | tuple():
            return _head(ARRAY, len(value)) + b"".join(map(encode, value))
        case dict():
            return _encode_map(value)
    raise WireError("cbor-type", f"{type(value).__name__} has no place in the subset")


def _encode_text(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise WireError("cbor-utf8") from error
    return _head(TEXT, len(data)) + data


def _encode_map(items: dict[object, object]) -> bytes:
    for key in items:
        if type(key) not in (int, str):
            raise WireError("cbor-key-type", type(key).__name__)
    pairs = sorted((encode(key), encode(value)) for key, value in items.items())
    return _head(MAP, len(pairs)) + b"".join(key + value for key, value in pairs)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * width:
            return bytes([major << 5 | code]) + number.to_bytes(width, "big")
    raise WireError("cbor-range", "an integer needs more than 64 bits")


def decode(data: bytes) -> Value:
    """The one value that `data` is the form of. Raises WireError for every other string of bytes."""
    value, end = _value(data, 0, MAX_DEPTH)
    if end != len(data):
        raise WireError("cbor-trailing", f"{len(data) - end} bytes after the value")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    """The value at `at`, and where the next one begins. The central spends most of a record's reading in here."""
    if depth < 0:
        raise WireError("cbor-depth", f"more than {MAX_DEPTH} levels")
    if at >= len(data):
        raise WireError("cbor-short")
    first = data[at]
    major, number, at = first >> 5, first & 31, at + 1
    if number > 23 or major > MAP:
        number, at = _long_head(data, at, major, number)
    if major == UINT:
        return number, at
    if major == NINT:
        return -1 - number, at
    if major == SIMPLE:
        return SIMPLES[number], at
    if number > len(data) - at:  # refused before anything of that size is made
        raise WireError("cbor-short")
    if major == BYTES:
        return data[at : at + number], at + number
    if major == TEXT:
        return _text(data[at : at + number]), at + number
    return (_array if major == ARRAY else _map)(data, at, number, depth - 1)


def _long_head(data: bytes, at: int, major: int, code: int) -> tuple[int, int]:
    """The number behind a head that one byte does not hold, or the code of a simple value."""
    if major == TAG:
        raise WireError("cbor-tag")
    if major == SIMPLE:
        if code not in SIMPLES:
            raise WireError("cbor-simple", "neither true, false nor null")
        return code, at
    if code > 27:
        raise WireError("cbor-indefinite")
    width = 1 << (code - 24)
    if width > len(data) - at:
        raise WireError("cbor-short")
    number = int.from_bytes(data[at : at + width], "big")
    if number < 24 or (width > 1 and number < 1 << 4 * width):
        raise WireError("cbor-not-minimal")
    return number, at + width


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WireError("cbor-utf8") from error


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    items: list[Value] = []
    for _ in range(count):
        item, at = _value(data, at, depth)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    items: dict[int | str, Value] = {}
    last = b""
    for _ in range(count):
        start = at
        key, at = _value(data, at, depth)
        if type(key) not in (int, str):
            raise WireError("cbor-key-type", type(key).__name__)
        form = data[start:at]
        if form <= last:
            raise WireError("cbor-duplicate-key" if form == last else "cbor-key-order")
        last = form
        items[key], at = _value(data, at, depth)  # type: ignore[index]  # narrowed by type() above
    return items, at
