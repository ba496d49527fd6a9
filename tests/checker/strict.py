"""CBOR as the specification has it: whatever cbor2 reads must be written again, by hand, as the very same bytes."""

from io import BytesIO

import cbor2

from tests.checker import Refused, need


def decode(data: bytes) -> object:
    stream = BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream, str_errors="strict").decode()
    except Exception as error:  # whatever cbor2 raises, it is no value
        raise Refused("cbor") from error
    need(encode(value) == data, "cbor")
    return value


def encode(value: object, depth: int = 0) -> bytes:
    need(depth <= 8, "cbor")
    if value is None or type(value) in (bool, int, bytes, str):
        need(not isinstance(value, int) or -(2**64) <= value < 2**64, "cbor")
        return cbor2.dumps(value)
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(item, depth + 1) for item in value)
    if isinstance(value, dict):
        need(all(type(key) in (int, str) for key in value), "cbor")
        pairs = sorted((encode(key, depth + 1), encode(item, depth + 1)) for key, item in value.items())
        return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise Refused("cbor")


def _head(major: int, count: int) -> bytes:
    """An unsigned integer's head with another major type."""
    head = bytearray(cbor2.dumps(count))
    head[0] |= major << 5
    return bytes(head)
