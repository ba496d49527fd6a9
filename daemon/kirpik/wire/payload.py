"""What all payloads of packets have in common: the version of their form under key 0, and a closed list behind it."""

from collections.abc import Mapping
from typing import Any

from kirpik.errors import WireError
from kirpik.wire import cbor, fields

VERSION_KEY = 0
VERSION = 1
"""A payload that needs another list of fields is another version; a reader refuses what it does not know by name."""

KEYSET_VERSION, LAST_RECEIPT = 30, 31
"""Keys that every payload has: what the unit went by, and what it had last been told."""
COMMON: dict[int, tuple[str, fields.Check]] = {
    KEYSET_VERSION: ("keyset_version", fields.whole(0, 2**63 - 1)),
    LAST_RECEIPT: ("last_receipt", fields.maybe(fields.blob(fields.SHA256_BYTES))),
}


def encode(values: Mapping[int, object]) -> bytes:
    return cbor.encode({VERSION_KEY: VERSION, **values})


def read(where: str, value: object, allowed: Mapping[int, tuple[str, fields.Check]]) -> dict[str, Any]:
    """The fields by name. Raises WireError for another version before it looks at anything else."""
    if not isinstance(value, dict):
        raise WireError("field-type", f"{where}: expected a map")
    if VERSION_KEY not in value:
        raise WireError("field-missing", f"{where}: version ({VERSION_KEY})")
    if type(value[VERSION_KEY]) is not int or value[VERSION_KEY] != VERSION:
        raise WireError("payload-version", f"{where}: expected version {VERSION}")
    return fields.closed_map(where, {key: item for key, item in value.items() if key != VERSION_KEY}, allowed)
