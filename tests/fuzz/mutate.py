"""Changes of bytes, and of the values that bytes stand for."""

import re
import struct
from collections.abc import Callable
from random import Random
from typing import Any

from kirpik.errors import WireError
from kirpik.wire import cbor

INTERESTING = (0, 1, 23, 24, 127, 128, 255, 256, 32767, 65535, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)


def bytes_of(data: bytes, chance: Random) -> bytes:
    """One to four changes."""
    for _ in range(1 << chance.randrange(3)):
        data = chance.choice(BYTE_CHANGES)(data, chance)
    return data


def words_of(data: bytes, chance: Random) -> bytes:
    """Of a text: words and numbers put in place of others; now and then bytes, as in what is no text."""
    if chance.random() < 0.3:
        return bytes_of(data, chance)
    words = WORDS.split(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        words[chance.randrange(len(words))] = chance.choice((*ODD_WORDS, chance.choice(words), chance.choice(words)))
    return b"".join(words)


WORDS = re.compile(rb"([^A-Za-z0-9_.+-]+)")
ODD_WORDS = (
    b"", b"0", b"-1", b"nan", b"-inf", b"1e999", b"9" * 30, b"1_0", b"0x10", b"true", b"[]", b"{}", b'""', b'"',
    b"\0", b"\n", b"\r", b"=", b"%00", b"%0d%0a", b"\xff", "\u202e".encode(), "٣".encode(), "🚗".encode(), b"x" * 5000,
)  # fmt: skip


def _flip(data: bytes, chance: Random) -> bytes:
    if not data:
        return b"\0"
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, chance: Random) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.choice((1, 2, 4, 8, 32))
    number = chance.choice(INTERESTING).to_bytes(8, "big")[-size:] if size <= 8 else chance.randbytes(size)
    return data[:at] + number + data[at + size :]


def _cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _insert(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]


def _leave_out(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 9) :]


def _repeat(data: bytes, chance: Random) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.randrange(1, 65)
    return data[:at] + data[at : at + size] * 2 + data[at + size :]


def _swap(data: bytes, chance: Random) -> bytes:
    first, second = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[second:] + data[first:second] + data[:first]


def _extend(data: bytes, chance: Random) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 17))


BYTE_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _flip, _flip, _overwrite, _overwrite, _cut, _insert, _leave_out, _repeat, _swap, _extend,
)  # fmt: skip


def fields_of(data: bytes, chance: Random) -> bytes:
    """The CBOR value in `data` with one value in it changed; bytes are changed where it holds none."""
    try:
        value = cbor.decode(data)
    except WireError:
        return bytes_of(data, chance)
    return written(_change(value, chance), chance)


def _change(value: Any, chance: Random) -> Any:  # noqa: ANN401  any value of CBOR
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return _change_map(dict(value), key, chance)
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], _change(value[at], chance), *value[at + 1 :]]
    return chance.choice(OTHER_VALUES)(value, chance)


def _change_map(value: dict[Any, Any], key: Any, chance: Random) -> dict[Any, Any]:  # noqa: ANN401
    match chance.randrange(6):
        case 0:
            del value[key]
        case 1:
            value[chance.choice([0, 32, 33, 99, -1, 2**63, "plate", ""])] = value[key]
        case _:
            value[key] = _change(value[key], chance)
    return value


def _near(value: Any, chance: Random) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or value is None:
        return chance.choice((True, False, None))
    if isinstance(value, int):
        return max(-(2**64), min(2**64 - 1, value + chance.choice((-1, 1, 256, -(10**6), 2**31))))
    if isinstance(value, bytes):
        return bytes_of(value, chance)
    if isinstance(value, str):
        return value + chance.choice(("", "x", "\0", "\u0301", " ")) if chance.random() < 0.5 else value[1:]
    return value


def _number(_value: Any, chance: Random) -> Any:  # noqa: ANN401
    return chance.choice(INTERESTING) * chance.choice((1, 1, -1))


def _other_type(_value: Any, chance: Random) -> Any:  # noqa: ANN401
    return chance.choice((None, True, b"", b"\0" * 32, "", "a" * 300, [], {}, [[]] * 3, {1: {1: {1: {}}}}))


OTHER_VALUES: tuple[Callable[[Any, Random], Any], ...] = (_near, _near, _near, _number, _other_type)


def written(value: Any, chance: Random) -> bytes:  # noqa: ANN401
    """Mostly in its one form; now and then with a head that is longer than it need be, or a key twice."""
    data = cbor.encode(value)
    if chance.random() < 0.9 or not isinstance(value, dict) or not value:
        return data
    key = chance.choice(list(value))
    pair = cbor.encode(key) + cbor.encode(value[key])
    head = struct.pack(">BH", 0xB9, len(value) + 1)
    return head + data[1 if len(value) < 24 else 2 :] + pair
