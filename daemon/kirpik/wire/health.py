"""What a unit says of itself each minute: flat JSON objects, numbers only, from closed lists. No plate anywhere.

The heartbeat is for whoever keeps the fleet alive. Its numbers are rounded before they leave, so that a handful of
packets changes none of them. Where the unit stands in its chain is a message of its own, for the central alone.
"""

import json
import math
from collections.abc import Collection, Mapping
from typing import NoReturn

from kirpik.errors import WireError

MAX_BYTES = 4096

FIELDS: Mapping[str, float] = {
    "uptime_s": 1, "root_v": 1, "keys_v": 1, "keys_stale": 1, "keys_behind": 1, "keys_fallback": 1,
    "software_major": 1, "software_minor": 1, "software_patch": 1, "software_old": 1,
    "soc_c": 1, "throttled": 1, "undervoltage": 1, "disk_percent": 1, "memory_mib": 16, "memory_percent": 1,
    "load": 0.5, "fps": 1, "frames_bad": 1, "detector_ms": 1, "exposure_us": 1, "gain": 0,
    "lens_blocked": 0, "lens_moved": 0, "lens_dark": 0, "picture_frozen": 0, "engine_fallback": 0,
    "spool_fill": 10, "spool_late": 1, "parked": 1, "clock_error_us": 1, "clock_synchronised": 1, "reconnects": 1,
}  # fmt: skip
"""Of the heartbeat, each with the step that it is rounded to; 0 for one that is told as it is.

`spool_fill` is a percentage of what the spool may hold, `spool_late` 1 when its oldest packet has waited for `LATE_S`,
`parked` 1 when the central has refused a packet, however many. How many frames were dropped is not told: at a unit
that keeps up, a reader at work drops some. `software_old` is 1 when the key set asks for newer software, so that nobody
is accused, `keys_behind` when receipts tell of newer key documents than have come: somebody withholds them."""

STANDING = ("epoch", "sequence", "chain_48", "acked_epoch", "acked_sequence", "spool_count")
"""Where a unit stands in its chain: exact, so that the central notices what is missing.

`chain_48` is the first 48 bits of the head's link as a number: exact in JSON, enough to notice a fork."""

SIGHT = (*FIELDS, "frames", "frames_dropped")
"""What the eye tells within the unit."""

LATE_S = 3600.0

TELLING = frozenset((
    "disk_percent", "memory_mib", "memory_percent", "load", "spool_fill", "spool_late", "parked", "detector_ms",
))  # fmt: skip
"""Rise and fall with the offences at last, so a unit that sends at a constant rate does not tell them."""
STEADY_BYTES = 1024


def encode_health(values: Mapping[str, float], *, size_bytes: int = 0) -> bytes:
    """Rounded, and filled up with spaces to `size_bytes`, where its length shall tell nothing."""
    checked(values, FIELDS)
    return encode_numbers({name: coarse(name, value) for name, value in values.items()}, FIELDS).ljust(size_bytes)


def decode_health(data: bytes) -> dict[str, float]:
    """Raises WireError for anything but an object of listed names and finite numbers."""
    return decode_numbers(data, FIELDS)


def encode_standing(values: Mapping[str, float]) -> bytes:
    return encode_numbers(values, STANDING)


def decode_standing(data: bytes) -> dict[str, float]:
    """As `decode_health`."""
    return decode_numbers(data, STANDING)


def coarse(name: str, value: float) -> float:
    """To the nearest step."""
    step = FIELDS[name]
    return round(value / step) * step if step else value


def telling_nothing(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name not in TELLING}


def encode_numbers(values: Mapping[str, float], names: Collection[str]) -> bytes:
    return json.dumps(dict(sorted(checked(values, names).items())), separators=(",", ":")).encode()


def decode_numbers(data: bytes, names: Collection[str]) -> dict[str, float]:
    if len(data) > MAX_BYTES:
        raise WireError("health-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        values = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("health-json") from error
    if not isinstance(values, dict):
        raise WireError("health-json", "expected an object")
    checked(values, names)
    return values


def checked(values: Mapping[str, float], names: Collection[str]) -> Mapping[str, float]:
    """They themselves, once each is known to be a finite number by a listed name."""
    for name, value in values.items():
        if name not in names:
            raise WireError("health-field", "a name that is not on the list")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise WireError("health-number", f"{name}: expected a finite number")
    return values


def chain_48(link: bytes) -> int:
    return int.from_bytes(link[:6], "big")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise WireError("health-json", "a name comes twice")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise WireError("health-number", f"{name} is no number")
