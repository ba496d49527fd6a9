"""Vehicles that a rule is not for. The list can only free; it is looked at after reading, and a match is a count."""

import hashlib

from kirpik.site import Rule
from kirpik.values import PlateText


def is_exempt(rule: Rule, plate: PlateText) -> bool:
    text = plate.reveal()
    hashed = "sha256:" + hashlib.sha256((rule.exempt_salt + text).encode()).hexdigest()
    return any(_plain(entry) == text or entry.lower() == hashed for entry in rule.exempt)


def _plain(entry: str) -> str:
    """As a reader would give it: people write plates with spaces and in small letters."""
    return "".join(entry.split()).upper()
