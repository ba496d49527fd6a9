"""The words of all pages, one TOML file a language, with each one's way to write numbers and times."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kirpik.errors import ConfigError

FOLDER = Path(__file__).with_name("words")
LANGUAGES = ("ru", "kk", "en")
"""Three letters of them in each page's head, in their own tongue."""


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    texts: Mapping[str, str]
    zone: tzinfo = UTC

    def __call__(self, key: str, /, **values: object) -> str:
        """Raises KeyError for a key that no file has."""
        text = self.texts[key]
        return text.format(**{name: self.tell(value) for name, value in values.items()}) if values else text

    def tell(self, value: object) -> object:
        return self.number(value, 1) if isinstance(value, float) else value

    def number(self, value: float, digits: int = 0) -> str:
        """Thousands apart from each other by a narrow space, from five digits on."""
        text = f"{value:,.{digits}f}" if abs(value) >= 10_000 else f"{value:.{digits}f}"
        text = text.replace(",", "\u202f")
        return text if self.language == "en" else text.replace(".", ",")

    def kmh(self, value: float | None) -> str:
        """Whole where it is whole."""
        return "–" if value is None else self.number(value, 0 if value == int(value) else 1)

    def moment(self, ms: int | None, *, seconds: bool = False) -> str:
        if ms is None:
            return "–"
        at = datetime.fromtimestamp(ms / 1000, self.zone)
        if not seconds:
            return f"{at:%d.%m.%Y}\u00a0{at:%H:%M}"
        offset = f"{at:%z}"
        return f"{at:%d.%m.%Y}\u00a0{at:%H:%M:%S} (UTC{offset[:3]}:{offset[3:5]})"

    def sure(self, share: float, digits: int = 0) -> str:
        """In percent, and never more than it is."""
        return self.number(math.floor(100 * 10**digits * share + 1e-6) / 10**digits, digits)

    def percent(self, share: float | None) -> str:
        return "–" if share is None else f"{self.number(100 * share, 1)}\u00a0%"


@cache
def texts_of(language: str) -> Mapping[str, str]:
    """Keys as in `case.confirm`."""
    return dict(_flat("", tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))


def zone_of(name: str) -> tzinfo:
    """Raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"web.timezone: {name}, expected a name as in Asia/Almaty") from error


def choose(wanted: str, accepted: str) -> str:
    """By what was chosen, else by the browser's Accept-Language, in its order."""
    if wanted in LANGUAGES:
        return wanted
    for part in accepted.split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _flat(before: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(f"{before}{name}.", value) if isinstance(value, dict) else [(before + name, str(value))]
    return found
