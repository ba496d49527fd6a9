"""The closed lists of fields, as tables: each entry says of what type a value is and within which bounds."""

import re
from itertools import pairwise
from typing import Any

from tests.checker import Refused, need

Form = tuple[Any, ...]


def integer(low: int, high: int) -> Form:
    return ("integer", low, high)


def data(low: int, high: int | None = None) -> Form:
    return ("data", low, low if high is None else high)


def text(low: int, high: int) -> Form:
    return ("text", low, high)


def word(*words: str) -> Form:
    return ("word", *words)


def maybe(form: Form) -> Form:
    return ("maybe", form)


def many(form: Form, low: int, high: int) -> Form:
    return ("many", form, low, high)


def row(*forms: Form) -> Form:
    return ("row", *forms)


FLAG: Form = ("flag",)
UINT, TIME, SHA = integer(0, 2**64 - 1), integer(0, 2**63 - 1), data(32)
PPM, SPEED, LENGTH, MM = integer(0, 10**6), maybe(integer(0, 10**6)), integer(0, 10**7), integer(-(10**9), 10**9)
NAME, POINT = text(1, 32), row(MM, MM)
LINE, POLYGON = row(POINT, POINT), many(POINT, 3, 64)
CLOCK = word("none", "recording", "unsynchronised", "network", "satellite")
COMMON = {30: TIME, 31: maybe(SHA)}
HOURS = maybe(text(11, 11))
SIGNAL_TERMS = {1: HOURS, 3: NAME, 4: LINE, 5: LENGTH, 6: integer(0, 10**4), 7: maybe(LENGTH), 8: FLAG}
TERMS: dict[str, dict[int, Form]] = {
    "speeding": {1: HOURS, 2: integer(0, 10**5), 12: maybe(integer(0, 10**5))},
    "red_light": SIGNAL_TERMS,
    "stop_line": SIGNAL_TERMS,
    "bus_lane": {1: HOURS, 9: LENGTH},
    "wrong_way": {1: HOURS, 9: LENGTH},
    "solid_line": {1: HOURS, 4: LINE},
    "no_stopping": {1: HOURS, 10: POLYGON, 11: integer(0, 10**8)},
}
CALIBRATION = {
    1: integer(16, 16384), 2: integer(16, 16384), 3: many(integer(-(10**10), 10**10), 4, 4),
    4: many(integer(-(10**15), 10**15), 5, 5), 5: integer(0, 10**6), 6: integer(0, 500_000), 7: many(MM, 3, 3),
    8: many(integer(-2 * 10**9, 2 * 10**9), 9, 9), 9: integer(0, 10**6), 10: integer(0, 180 * 10**6),
    11: many(row(NAME, word("away", "towards"), POLYGON), 0, 8),
}  # fmt: skip
RECORD: dict[int, Form] = {
    1: data(16), 2: word(*TERMS), 3: TIME, 4: maybe(TIME), 5: maybe(integer(0, 10**12)), 6: CLOCK, 7: text(1, 64),
    8: maybe(NAME), 9: ("any",), 10: text(0, 200), 11: SPEED, 12: SPEED, 13: SPEED, 14: SPEED,
    15: maybe(integer(-(10**4), 10**5)), 16: integer(0, 10**6), 17: ("plate",), 18: text(1, 48), 19: integer(1, 2),
    20: PPM, 21: many(PPM, 0, 16), 22: data(0, 12288), 23: ("track",),
    24: many(row(integer(-(2**40), 2**40), NAME, word("red", "amber", "green", "red_amber", "off")), 0, 32),
    25: ("calibration",), 26: SHA, 27: SHA, 28: SHA, 29: SHA, 33: word("charge", "warning"), 34: text(1, 64),
    35: maybe(integer(-1080, 1080)), **COMMON,
}  # fmt: skip
COVER = {**COMMON, 32: FLAG}
KEY_CHANGE = {1: data(32), 2: data(64), **COMMON}
COUNT = integer(0, 2**53)
CHECKPOINT = {
    1: word("regular", "expiry", "recovery"), 2: maybe(TIME), 3: maybe(integer(0, 10**12)), 4: CLOCK, 5: COUNT,
    6: COUNT, 7: COUNT, 8: COUNT, 9: SHA, 10: SHA,
    11: many(row(integer(1, 2**32 - 1), integer(1, 2**64 - 1), SHA), 0, 48),
    12: row(*[COUNT] * 6), **COMMON,
}  # fmt: skip
REASON = word("signature", "recipient", "seal", "record", "revoked", "fork", "policy")
SEQUENCE = integer(1, 2**64 - 1)
RECEIPT = {
    1: data(16), 2: integer(1, 2**32 - 1), 3: UINT, 4: SHA, 5: many(row(SEQUENCE, SHA), 0, 256),
    6: many(row(SEQUENCE, SHA, REASON), 0, 256), 7: UINT, 8: UINT, 9: UINT,
}  # fmt: skip
MS = integer(0, 2**53)
VERSION, SEAL = integer(1, 2**63 - 1), data(1216)
ROLE = row(integer(1, 8), many(data(1984), 1, 8))
VERB = word(
    "set-config", "set-site", "set-models", "rotate-identity", "report", "pause", "resume", "restart", "wipe"
)  # fmt: skip
ROOT = {1: VERSION, 2: MS, 3: MS, 4: ROLE, 5: ROLE, 6: maybe(SEAL)}
KEY_SET = {
    1: VERSION, 2: MS, 3: MS, 4: many(row(SEAL, MS, maybe(MS), word("active", "opening", "revoked")), 1, 16),
    5: many(data(32), 1, 8), 6: many(row(data(32), many(VERB, 0, 9)), 0, 16),
    7: many(row(text(1, 253), integer(1, 65535)), 0, 8), 8: maybe(data(1, 16384)),
    9: many(row(data(16), UINT, UINT), 0, 512), 10: ("version",),
}  # fmt: skip
ORDER = {1: VERB, 3: VERSION, 4: MS, 5: MS, 6: maybe(SHA), 7: data(0, 49152)}
ORDER_WRAPPER = row(data(1, 61440), many(("any",), 1, 2))
RESULT = {
    1: data(16), 2: SHA, 3: word("done", "on-trial", "held", "rolled-back", "refused", "failed"), 4: text(0, 400),
    5: MS, 6: many(row(text(1, 32), integer(-(2**63), 2**63 - 1)), 0, 64),
}  # fmt: skip
ENROL = {
    1: data(32), 2: data(32), 3: MS, 4: text(0, 32), 5: text(0, 64), 6: maybe(data(8)), 7: maybe(SHA), 8: data(64),
}  # fmt: skip
PART = row(integer(1, 8 * 2**20), integer(0, 255), data(1, 32768))
DOCUMENT = row(word("root", "set"), data(1, 65536), many(row(data(8), data(3373)), 1, 16))


def closed(value: object, table: dict[int, Form]) -> dict[int, Any]:
    """A map with exactly these keys."""
    need(isinstance(value, dict), "field-type")
    assert isinstance(value, dict)
    need(all(type(key) is int and key in table for key in value), "field-unknown")
    need(all(key in value for key in table), "field-missing")
    for key, form in table.items():
        fits(value[key], form)
    return value


def versioned(value: object, table: dict[int, Form]) -> dict[int, Any]:
    """A payload: key 0 is its version, 1, and looked at before anything else."""
    need(isinstance(value, dict), "field-type")
    assert isinstance(value, dict)
    need(0 in value, "field-missing")
    need(type(value[0]) is int and value[0] == 1, "payload-version")
    return closed({key: item for key, item in value.items() if key != 0}, table)


def fits(value: Any, form: Form) -> None:  # noqa: ANN401, C901, PLR0912  one arm for each word of the tables
    match form:
        case ("integer", low, high):
            need(type(value) is int, "field-type")
            need(low <= value <= high, "field-range")
        case ("data", low, high):
            need(isinstance(value, bytes), "field-type")
            need(low <= len(value) <= high, "field-range")
        case ("text", low, high):
            need(isinstance(value, str), "field-type")
            need(low <= len(value) <= high and value.isprintable(), "field-range")
        case ("word", *words):
            need(isinstance(value, str), "field-type")
            need(value in words, "field-range")
        case ("flag",):
            need(isinstance(value, bool), "field-type")
        case ("maybe", inner):
            if value is not None:
                fits(value, inner)
        case ("many", inner, low, high):
            need(isinstance(value, list), "field-type")
            need(low <= len(value) <= high, "field-range")
            for item in value:
                fits(item, inner)
        case ("row", *inner):
            need(isinstance(value, list) and len(value) == len(inner), "field-type")
            for item, one in zip(value, inner, strict=True):
                fits(item, one)
        case ("plate",):
            fits(value, text(1, 16))
            need(value == value.upper() and not any(letter.isspace() for letter in value), "field-range")
        case ("version",):
            fits(value, text(0, 32))
            numbers = value.split(".") if value else []
            need(len(numbers) <= 4 and all(re.fullmatch("[0-9]{1,6}", number) for number in numbers), "field-range")
        case ("track",):
            fits(value, data(0, 14000))
            read_track(value)
        case ("calibration",):
            closed(value, CALIBRATION)
        case ("any",):
            return
        case _:
            raise AssertionError(form)


def read_track(told: bytes) -> list[list[int]]:
    numbers, rows = _zigzags(told), list[list[int]]()
    while numbers:
        need(len(rows) < 1024, "track-points")
        need(len(numbers) >= 11, "track-short")
        last = rows[-1] if rows else [0] * 11
        before = rows[-2] if len(rows) > 1 else last
        steady = [last[n] if n in (1, 2) else 2 * last[n] - before[n] for n in range(11)]
        rows.append([expected + numbers[n] for n, expected in enumerate(steady)])
        numbers = numbers[11:]
    for time, exposure, sigma, *corners in rows:
        need(abs(time) <= 2**40 and 0 <= exposure <= 2**24 and 0 <= sigma <= 2**20, "track-range")
        need(all(abs(value) <= 2**20 for value in corners), "track-range")
    need(all(later[0] > earlier[0] for earlier, later in pairwise(rows)), "track-time")
    return rows


def _zigzags(told: bytes) -> list[int]:
    numbers, part = [], b""
    for byte in told:
        part += bytes([byte])
        need(len(part) <= 7 or byte < 128, "track-number")
        if byte < 128:
            need(byte != 0 or len(part) == 1, "track-number")
            value = sum((each & 127) << 7 * n for n, each in enumerate(part))
            numbers.append(value // 2 if value % 2 == 0 else -(value + 1) // 2)
            part = b""
    if part:
        raise Refused("track-number")
    return numbers
