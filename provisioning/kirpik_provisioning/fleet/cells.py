"""One unit as a row of short texts, in the operator's language."""

from functools import cached_property
from pathlib import Path

from kirpik.wire.troubles import LEVEL_OF, Level, spoken
from kirpik_provisioning.fleet.roster import Roster, Seen
from kirpik_provisioning.texts import Texts, read_texts

FOLDER = Path(__file__).with_name("words")
WIDTHS = {
    "unit": 20, "troubles": 26, "state": 11, "heard": 8, "soc_c": 5, "throttled": 10, "fps": 6, "spool": 10,
    "clock": 10, "software": 8, "keys": 6,
}  # fmt: skip
COLUMNS = tuple(WIDTHS)
NOTHING = "–"
SPANS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0))
Cell = tuple[str, Level | None]
"""A text, and how bad it is."""
ABOUT = {
    "soc_c": ("overheated", "hot"), "throttled": ("throttled", "undervoltage"), "fps": ("blind", "slow"),
    "spool": ("spool-full", "spool-filling", "spool-late", "parked"), "clock": ("clock-loose", "clock-wide"),
    "keys": ("keys-stale", "keys-behind", "keys-fallback"), "software": ("software-old",),
    "heard": ("silent", "unheard"), "state": ("lost", "gone"),
}  # fmt: skip
"""Which troubles colour which cell."""


class Words(Texts):
    """Of the fleet view."""

    def say(self, name: str, **values: object) -> str:
        return self.text("view", name, **values)

    def column(self, name: str) -> str:
        return str(self.texts["columns"][name])

    def state(self, name: str | None) -> str:
        return str(self.texts["states"][name or "unknown"])

    @cached_property
    def troubles(self) -> dict[str, str]:
        return spoken(self.language)

    def written(self, text: str) -> str:
        """With the decimal sign and the units of the language."""
        return text if self.language == "en" else text.replace(".", ",").replace(" ms", " мс").replace(" s", " с")

    def span(self, seconds: float) -> str:
        """`5 m`: the largest unit that is at least one."""
        for name, length_s in SPANS:
            if seconds >= length_s or name == "s":
                return f"{int(seconds // length_s)} {self.texts['spans'][name]}"
        raise AssertionError


def load_words(language: str) -> Words:
    return Words(language, read_texts(FOLDER, language))


def row(seen: Seen, roster: Roster, words: Words) -> dict[str, Cell]:
    age_s = roster.age_s(seen)
    texts = {
        "unit": seen.name,
        "state": words.state(seen.state),
        "heard": words.say("never") if age_s is None else words.span(age_s),
        "soc_c": _number(seen, "soc_c", ".0f"),
        "throttled": _throttled(seen),
        "fps": _number(seen, "fps", ".0f"),
        "spool": _number(seen, "spool_fill", ".0f", " %"),
        "clock": words.written(_clock(seen)),
        "software": seen.software or NOTHING,
        "keys": _number(seen, "keys_v", ".0f"),
        "troubles": ", ".join(words.troubles[name] for name in seen.troubles),
    }
    newest = roster.newest("keys_v")
    cells = {name: (text, _level(seen, name)) for name, text in texts.items()}
    if newest is not None and seen.numbers.get("keys_v", newest) < newest and cells["keys"][1] is None:
        cells["keys"] = (texts["keys"], "warning")
    return cells


def _level(seen: Seen, column: str) -> Level | None:
    if column in {"unit", "troubles"}:
        return seen.level
    return next((LEVEL_OF[name] for name in seen.troubles if name in ABOUT.get(column, ())), None)


def _number(seen: Seen, name: str, form: str, unit: str = "") -> str:
    value = seen.numbers.get(name)
    return NOTHING if value is None else format(value, form) + unit


def _throttled(seen: Seen) -> str:
    value = seen.numbers.get("throttled")
    return NOTHING if value is None else "0" if value == 0 else f"0x{int(value):x}"


def _clock(seen: Seen) -> str:
    error_us = seen.numbers.get("clock_error_us")
    if error_us is None:
        return NOTHING
    return f"±{error_us / 1000:.1f} ms" if error_us < 1e6 else f"±{error_us / 1e6:.1f} s"
