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
    reader = _Reader(data)
    value = reader.value(MAX_DEPTH)
    if reader.at != len(data):
        raise WireError("cbor-trailing", f"{len(data) - reader.at} bytes after the value")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> Value:
        if depth < 0:
            raise WireError("cbor-depth", f"more than {MAX_DEPTH} levels")
        major, number = self._read_head()
        if major == ARRAY:
            self._refuse_short(number)
            return [self.value(depth - 1) for _ in range(number)]
        if major == MAP:
            return self._map(number, depth)
        return self._scalar(major, number)

    def _scalar(self, major: int, number: int) -> Value:
        match major:
            case 0:
                return number
            case 1:
                return -1 - number
            case 2:
                return self._take(number)
            case 3:
                return self._text(number)
        return SIMPLES[number]

    def _read_head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, code = first >> 5, first & 31
        if major == TAG:
            raise WireError("cbor-tag")
        if major == SIMPLE:
            if code not in SIMPLES:
                raise WireError("cbor-simple", "neither true, false nor null")
            return major, code
        if code < 24:
            return major, code
        if code > 27:
            raise WireError("cbor-indefinite")
        width = 1 << (code - 24)
        number = int.from_bytes(self._take(width), "big")
        if number < 24 or (width > 1 and number < 1 << 4 * width):
            raise WireError("cbor-not-minimal")
        return major, number

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode()
        except UnicodeDecodeError as error:
            raise WireError("cbor-utf8") from error

    def _map(self, count: int, depth: int) -> Value:
        self._refuse_short(count)
        items: dict[int | str, Value] = {}
        last = b""
        for _ in range(count):
            start = self.at
            key = self.value(depth - 1)
            if type(key) not in (int, str):
                raise WireError("cbor-key-type", type(key).__name__)
            form = self._data[start : self.at]
            if form <= last:
                raise WireError("cbor-duplicate-key" if form == last else "cbor-key-order")
            last = form
            items[key] = self.value(depth - 1)  # type: ignore[index]  # narrowed by type() above
        return items

    def _take(self, size: int) -> bytes:
        self._refuse_short(size)
        self.at += size
        return self._data[self.at - size : self.at]

    def _refuse_short(self, count: int) -> None:
        """A count larger than what is left is refused before anything of that size is made."""
        if count > len(self._data) - self.at:
            raise WireError("cbor-short")
