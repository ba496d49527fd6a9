"""What one check came to. Words for people are found by these names, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["good", "refused", "open"]
"""Held; did not hold, so the accusation does not stand; could not be checked with what is there, and why is said."""

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    outcome: Outcome
    reason: str = ""
    """Stable name of a refusal, or of why it is open; empty when all is well."""
    says: Mapping[str, Value] = field(default_factory=dict)
    """Numbers and names that the sentence has places for."""


def good(check: str, **says: Value) -> Finding:
    return Finding(check, "good", "", says)


def refused(check: str, reason: str, **says: Value) -> Finding:
    return Finding(check, "refused", reason, says)


def not_checked(check: str, reason: str, **says: Value) -> Finding:
    return Finding(check, "open", reason, says)
