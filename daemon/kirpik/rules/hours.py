"""When a rule is in force: local time at the site."""

from datetime import UTC, datetime, time, tzinfo

MIDNIGHT = "24:00"
"""As an end."""


def in_force(hours: str | None, utc_ns: int | None, zone: tzinfo, *, error_us: int = 0) -> bool | None:
    """Whether the rule is in force at the moment; None when it has hours and the time of day is not known.

    Hours may go past midnight; equal ends mean the whole day. Within the clock's error of an end nothing is known.
    """
    if hours is None:
        return True
    if utc_ns is None:
        return None
    answers = {_within(hours, utc_ns + side * error_us * 1000, zone) for side in (-1, 0, 1)}
    return answers.pop() if len(answers) == 1 else None


def offset_min(utc_ns: int, zone: tzinfo) -> int:
    """Local time minus UTC at the moment, in whole minutes."""
    offset = _local(utc_ns, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


def _within(hours: str, utc_ns: int, zone: tzinfo) -> bool:
    now = _local(utc_ns, zone).time()
    begin, end = (time.fromisoformat("00:00" if part == MIDNIGHT else part) for part in hours.split("-"))
    return begin <= now < end if begin < end else now >= begin or now < end


def _local(utc_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(utc_ns // 10**9, UTC).astimezone(zone)
