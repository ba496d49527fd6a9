"""Whether software is new enough for what a key set asks: versions are numbers with dots, and are compared as such."""

import re


def is_older(version: str, minimum: str) -> bool:
    """`minimum` empty asks for nothing. What stands behind the numbers of `version`, as in 1.2rc1, does not count."""
    have, want = _numbers(version), _numbers(minimum)
    width = max(len(have), len(want))
    return _filled(have, width) < _filled(want, width)


def _numbers(text: str) -> list[int]:
    start = re.match(r"\d+(\.\d+)*", text)
    return [] if start is None else [int(number) for number in start[0].split(".")]


def _filled(numbers: list[int], width: int) -> list[int]:
    return [*numbers, *[0] * (width - len(numbers))]
