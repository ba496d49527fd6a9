"""What a rule says of one track: it was broken, or it may have been but that cannot be shown. Silence means neither."""

from dataclasses import dataclass
from typing import Literal

from kirpik.site import Rule
from kirpik.values import Motion

Doubt = Literal["unreadable", "uncertain_speed", "clock", "calibration", "signal", "exempt"]
DOUBTS: tuple[Doubt, ...] = ("unreadable", "uncertain_speed", "clock", "calibration", "signal", "exempt")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A rule was broken by somebody whose plate has not been read."""

    rule: Rule
    lane: str | None
    moment_ns: int
    """Sensor time of the offence."""
    motion: Motion | None = None
    charged_kmh: int | None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A rule seems broken, but doubt frees: only the count of this remains."""

    doubt: Doubt


Verdict = Suspicion | Withheld | None
