"""Checks of single values that came out of CBOR: of this type, within these bounds, or refused with the field's name.

A check takes the field's name and the value, and returns the value. Refusals never repeat the value.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kirpik.errors import WireError

Check: TypeAlias = Callable[[str, object], Any]

UINT64_MAX = 2**64 - 1
SHA256_BYTES = 32


def whole(low: int = 0, high: int = UINT64_MAX) -> Check:
    def check(name: str, value: object) -> int:
        if type(value) is not int:
            raise WireError("field-type", f"{name}: expected an integer")
        if not low <= value <= high:
            raise WireError("field-range", f"{name}: expected {low} to {high}")
        return value

    return check


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise WireError("field-type", f"{name}: expected true or false")
    return value


def blob(low: int, high: int | None = None) -> Check:
    def check(name: str, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise WireError("field-type", f"{name}: expected a byte string")
        if not low <= len(value) <= (low if high is None else high):
            raise WireError("field-range", f"{name}: {len(value)} bytes, expected {low} to {high or low}")
        return value

    return check


def text(low: int, high: int) -> Check:
    def check(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise WireError("field-type", f"{name}: expected text")
        if not low <= len(value) <= high or not value.isprintable():
            raise WireError("field-range", f"{name}: expected {low} to {high} printable characters")
        return value

    return check


def one_of(*choices: str) -> Check:
    def check(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise WireError("field-type", f"{name}: expected text")
        if value not in choices:
            raise WireError("field-range", f"{name}: expected one of {', '.join(choices)}")
        return value

    return check


def maybe(check: Check) -> Check:
    """Null, or what `check` lets pass."""
    return lambda name, value: None if value is None else check(name, value)


def many(check: Check, low: int, high: int) -> Check:
    """An array of `low` to `high` values that `check` lets pass, as a tuple."""

    def check_all(name: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise WireError("field-type", f"{name}: expected an array")
        if not low <= len(value) <= high:
            raise WireError("field-range", f"{name}: {len(value)} values, expected {low} to {high}")
        return tuple(check(name, item) for item in value)

    return check_all


def row(*checks: Check) -> Check:
    """An array with one value for each of `checks`."""

    def check_row(name: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) != len(checks):
            raise WireError("field-type", f"{name}: expected an array of {len(checks)}")
        return tuple(check(name, item) for check, item in zip(checks, value, strict=True))

    return check_row


def closed_map(where: str, value: object, allowed: Mapping[int, tuple[str, Check]]) -> dict[str, Any]:
    """The map's values by field name. Exactly the allowed keys: one more or one less is refused."""
    if not isinstance(value, dict):
        raise WireError("field-type", f"{where}: expected a map")
    for key in value:
        if type(key) is not int or key not in allowed:
            raise WireError("field-unknown", f"{where}: a key that is not on the list")
    for key, (name, _) in allowed.items():
        if key not in value:
            raise WireError("field-missing", f"{where}: {name} ({key})")
    return {name: check(name, value[key]) for key, (name, check) in allowed.items()}
