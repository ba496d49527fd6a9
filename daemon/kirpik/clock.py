"""How far a machine's time of day can be believed. What is measured rests on the sensor's clock, never on this one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    is_set: bool
    """Otherwise nobody is accused."""
    source: str
    """One of `wire.record.CLOCK_SOURCES`."""
    error_us: int | None
    """Bound on its error, where somebody vouches for one."""


OF_A_RECORDING = Clock(is_set=True, source="unsynchronised", error_us=None)
"""Of a recording nobody knows who kept the clock."""
