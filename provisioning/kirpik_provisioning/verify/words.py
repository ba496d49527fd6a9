"""Sentences of `kirpik verify` for people, in English, Russian and Kazakh; decimal marks as each language has them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kirpik_provisioning.verify.finding import Finding

FOLDER = Path(__file__).with_name("words")
LANGUAGES = ("en", "ru", "kk")
UNREADABLE = "unreadable"
"""The sentence for a refusal that only says how bytes are malformed."""


class Figure(float):
    """A number that is written as the language writes it."""

    comma = False

    def __format__(self, spec: str) -> str:
        text = format(float(self), spec)
        return text.replace(".", ",") if self.comma else text


class CommaFigure(Figure):
    comma = True


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    texts: Mapping[str, Any]

    def page(self, name: str, /, **values: object) -> str:
        return self.fill(self.texts["page"][name], values)

    def name(self, table: str, key: str) -> str:
        return str(self.texts[table][key])

    def verdict(self, name: str, /, **values: object) -> str:
        return self.fill(self.texts["verdict"][name], values)

    def title(self, finding: Finding) -> str:
        return str(self.texts["check"][finding.check]["title"])

    def mark(self, finding: Finding) -> str:
        return str(self.texts["mark"][finding.outcome])

    def sentence(self, finding: Finding) -> str:
        if finding.outcome == "good":
            return self.fill(self.texts["check"][finding.check]["good"], finding.says)
        reasons = self.texts["reason"]
        return self.fill(reasons.get(finding.reason, reasons[UNREADABLE]), {"reason": finding.reason, **finding.says})

    def fill(self, template: str, values: Mapping[str, object]) -> str:
        kind = Figure if self.language == "en" else CommaFigure
        told = {name: kind(value) if isinstance(value, float) else value for name, value in values.items()}
        if isinstance(utc_ms := told.get("utc_ms"), int):
            told["when"] = f"{datetime.fromtimestamp(utc_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
        return template.format(**told)


def load_words(language: str) -> Words:
    return Words(language, tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8")))
