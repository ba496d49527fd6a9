"""Times of documents, in UTC milliseconds."""

import re
import time

import click

from kirpik.errors import TrustError

NEVER_SET_MS = 1_735_689_600_000
"""2025."""
UNITS_MS = {"d": 24 * 3600 * 1000, "h": 3600 * 1000, "m": 60 * 1000, "s": 1000}
LONGEST_MS = 400 * UNITS_MS["d"]


def now_ms() -> int:
    """Raises TrustError on a machine whose clock was never set: what it dated would have expired before it was read."""
    now = time.time_ns() // 1_000_000
    if now < NEVER_SET_MS:
        raise TrustError(
            f"this machine's clock says {time.gmtime(now // 1000).tm_year}; set it first; nothing was changed"
        )
    return now


def begin_ms(delay: str, issued_ms: int) -> int:
    """`14d`, `6h`, `30m`, `5s` or `0` after the document was issued."""
    found = re.fullmatch(r"(\d{1,6})([dhms])", delay)
    after_ms = 0 if delay == "0" else int(found[1]) * UNITS_MS[found[2]] if found else -1
    if not 0 <= after_ms <= LONGEST_MS:
        raise click.UsageError(f"{delay!r}: expected a time such as 14d, 6h, 30m or 0, at most 400d")
    return issued_ms + after_ms
