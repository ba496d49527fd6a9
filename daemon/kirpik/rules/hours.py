"""When a rule is in force: local time at the site."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo


def in_force(hours: str | None, utc_ns: int | None, timezone: str) -> bool | None:
    """Whether the rule is in force at the moment; None when it has hours and the time of day is not known."""
    if hours is None:
        return True
    if utc_ns is None:
        return None
    now = datetime.fromtimestamp(utc_ns / 1e9, UTC).astimezone(ZoneInfo(timezone)).time()
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    return begin <= now < end if begin <= end else now >= begin or now < end
