"""What in a heartbeat somebody should look at: one table for the fleet view, the central's pages and Prometheus."""

import operator
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kirpik.wire import topics

Level = Literal["critical", "warning"]
LEVELS: tuple[Level, ...] = ("critical", "warning")
SILENT_S = 300.0
"""A unit says something each minute; this long without a word is a trouble."""
MAX_CLOCK_ERROR_US = 2_000_000
"""More than a clock may be wrong by that asks at timesyncd's longest interval, 2,048 s, and was once not answered."""
NOW_BITS = 16
"""The lower four bits of `throttled` say what is, the higher ones what was since the start."""

COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<": operator.lt, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A number on the wrong side of a bound. `modulo` looks at its lower bits alone."""

    name: str
    level: Level
    field: str
    comparison: str
    bound: float
    modulo: int | None = None

    def found(self, numbers: Mapping[str, float]) -> bool:
        value = numbers.get(self.field)
        if value is None:
            return False
        return COMPARE[self.comparison](value if self.modulo is None else int(value) % self.modulo, self.bound)


TROUBLES = (
    Trouble("overheated", "critical", "soc_c", ">=", 85),
    Trouble("undervoltage", "critical", "undervoltage", ">=", 1),
    Trouble("blind", "critical", "fps", "<", 1),
    Trouble("lens-blocked", "critical", "lens_blocked", ">=", 0.5),
    Trouble("camera-moved", "critical", "lens_moved", ">=", 0.5),
    Trouble("picture-frozen", "critical", "picture_frozen", ">=", 0.5),
    Trouble("spool-full", "critical", "spool_fill", ">=", 90),
    Trouble("keys-stale", "critical", "keys_stale", ">=", 1),
    Trouble("software-old", "critical", "software_old", ">=", 1),
    Trouble("hot", "warning", "soc_c", ">=", 78),
    Trouble("throttled", "warning", "throttled", ">=", 1, modulo=NOW_BITS),
    Trouble("slow", "warning", "fps", "<", 10),
    Trouble("too-dark", "warning", "lens_dark", ">=", 0.5),
    Trouble("engine-fallback", "warning", "engine_fallback", ">=", 0.5),
    Trouble("spool-filling", "warning", "spool_fill", ">=", 70),
    Trouble("spool-late", "warning", "spool_late", ">=", 1),
    Trouble("parked", "warning", "parked", ">=", 1),
    Trouble("disk-full", "warning", "disk_percent", ">=", 90),
    Trouble("memory-full", "warning", "memory_percent", ">=", 90),
    Trouble("clock-loose", "warning", "clock_synchronised", "==", 0),
    Trouble("clock-wide", "warning", "clock_error_us", ">=", MAX_CLOCK_ERROR_US),
    Trouble("keys-behind", "warning", "keys_behind", ">=", 1),
    Trouble("keys-fallback", "warning", "keys_fallback", ">=", 1),
)
"""In the order in which they are told. Where both bounds of one number are passed, the worse is said alone."""

OF_THE_LINE: dict[str, Level] = {"lost": "critical", "silent": "critical", "gone": "warning", "unheard": "warning"}
"""Not in the numbers: lost (the broker's word), silent, gone (said goodbye), unheard (never a heartbeat)."""

WORDS = Path(__file__).with_name("troubles.toml")
NAMES = (*OF_THE_LINE, *(trouble.name for trouble in TROUBLES))
LEVEL_OF: dict[str, Level] = OF_THE_LINE | {trouble.name: trouble.level for trouble in TROUBLES}


def troubles_of(numbers: Mapping[str, float], *, state: str | None, age_s: float | None) -> tuple[str, ...]:
    """Names, the worst first. `age_s` is the time since the last word; None where there never was one."""
    found, fields = [], set()
    for trouble in TROUBLES:
        if trouble.field not in fields and trouble.found(numbers):
            fields.add(trouble.field)
            found.append(trouble.name)
    line = _of_the_line(state, age_s)
    return tuple(sorted([*line, *found], key=lambda name: LEVELS.index(LEVEL_OF[name])))


def spoken(language: str) -> dict[str, str]:
    """Each name as people say it, in `en`, `ru` or `kk`."""
    words: dict[str, str] = tomllib.loads(WORDS.read_text(encoding="utf-8"))[language]
    return words


def worst(names: tuple[str, ...]) -> Level | None:
    """Of `troubles_of`."""
    return LEVEL_OF[names[0]] if names else None


def _of_the_line(state: str | None, age_s: float | None) -> list[str]:
    if state == topics.LOST:
        return ["lost"]
    if state == topics.DISCONNECTED:
        return ["gone"]
    if age_s is None:
        return ["unheard"]
    return ["silent"] if age_s >= SILENT_S else []
