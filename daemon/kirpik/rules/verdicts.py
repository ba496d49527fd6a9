"""What a rule says of one track: it was broken, or it may have been but that cannot be shown. Silence means neither."""

from dataclasses import dataclass
from typing import Literal

from kirpik.site import Rule, Speeding
from kirpik.values import Motion, Outcome

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

    @property
    def outcome(self) -> Outcome:
        if isinstance(self.rule, Speeding) and self.charged_kmh is not None:
            return self.rule.outcome_of(self.charged_kmh)
        return self.rule.outcome


@dataclass(frozen=True, slots=True)
class Withheld:
    """A rule seems broken, but doubt frees: only the count of this remains."""

    doubt: Doubt


Verdict = Suspicion | Withheld | None
