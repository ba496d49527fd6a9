"""The heartbeat: one flat JSON object, numbers only, from a closed list. No plate, and no count of offences."""

import json
import math
from collections.abc import Mapping
from typing import NoReturn

from kirpik.errors import WireError

MAX_BYTES = 4096

FIELDS = (
    "uptime_s", "root_v", "keys_v", "keys_stale", "keys_behind", "keys_fallback",
    "software_major", "software_minor", "software_patch", "software_old",
    "soc_c", "throttled", "undervoltage", "disk_percent", "memory_mib", "memory_percent", "load",
    "fps", "frames", "frames_dropped", "frames_bad", "detector_ms", "exposure_us", "gain",
    "lens_blocked", "lens_moved", "lens_dark", "picture_frozen", "engine_fallback",
    "spool_count", "spool_bytes", "spool_percent", "spool_oldest_s", "parked",
    "epoch", "sequence", "chain_48", "acked_epoch", "acked_sequence", "receipt_age_s", "resends", "refused",
    "clock_error_us", "clock_synchronised", "reconnects",
)  # fmt: skip
"""`chain_48` is the first 48 bits of the head's link as a number: exact in JSON, enough to notice a fork.

`software_old` is 1 when the key set asks for newer software, so that nobody is accused.
`keys_behind` is 1 when receipts tell of newer key documents than have come: somebody withholds them."""


TELLING = frozenset((
    "disk_percent", "memory_mib", "memory_percent", "load", "spool_count", "spool_bytes", "spool_percent",
    "spool_oldest_s", "parked", "epoch", "sequence", "chain_48", "acked_epoch", "acked_sequence", "receipt_age_s",
    "resends", "refused", "frames", "detector_ms",
))  # fmt: skip
"""Rise and fall with the offences, so a unit that sends at a constant rate does not tell them."""
STEADY_BYTES = 1024


def encode_health(values: Mapping[str, float], *, size_bytes: int = 0) -> bytes:
    """Filled up with spaces to `size_bytes`, where its length shall tell nothing."""
    for name, value in values.items():
        _check(name, value)
    return json.dumps(dict(sorted(values.items())), separators=(",", ":")).encode().ljust(size_bytes)


def telling_nothing(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name not in TELLING}


def decode_health(data: bytes) -> dict[str, float]:
    """Raises WireError for anything but an object of listed names and finite numbers."""
    if len(data) > MAX_BYTES:
        raise WireError("health-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        values = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("health-json") from error
    if not isinstance(values, dict):
        raise WireError("health-json", "expected an object")
    for name, value in values.items():
        _check(name, value)
    return values


def chain_48(link: bytes) -> int:
    return int.from_bytes(link[:6], "big")


def _check(name: str, value: object) -> None:
    if name not in FIELDS:
        raise WireError("health-field", "a name that is not on the list")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WireError("health-number", f"{name}: expected a finite number")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise WireError("health-json", "a name comes twice")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise WireError("health-number", f"{name} is no number")
