"""The few words on a plan and a time line, in English unless others are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PHASES = {"red": "red", "amber": "amber", "green": "green", "red_amber": "red + amber", "off": "off"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Templates; a number is put in by name."""

    plan: str = "Plan of site {site}: lanes, line and the plate's track"
    lane: str = "{name}"
    line: str = "line"
    exit: str = "exit +{metres} m"
    zone: str = "zone"
    metres: str = "{metres} m"
    speed: str = "{kmh} km/h"
    signal: str = "Signal"
    after_red: str = "offence {seconds} s after red began"
    offence: str = "offence"
    seconds: str = "{seconds} s"
    phases: Mapping[str, str] = field(default_factory=lambda: PHASES)
    comma: bool = False

    def number(self, value: float, digits: int | None = None) -> str:
        """`digits` None leaves out what is zero."""
        text = f"{value:g}" if digits is None else f"{value:.{digits}f}"
        return text.replace(".", ",") if self.comma else text
