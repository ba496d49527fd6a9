"""Sentences for people in English, Russian and Kazakh, one TOML file a language, with each one's decimal mark."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ru", "kk")


class Figure(float):
    """A number that is written as the language writes it."""

    comma = False

    def __format__(self, spec: str) -> str:
        text = format(float(self), spec)
        return text.replace(".", ",") if self.comma else text


class CommaFigure(Figure):
    comma = True


@dataclass(frozen=True, slots=True)
class Texts:
    language: str
    texts: Mapping[str, Any]

    def text(self, table: str, name: str, /, **values: object) -> str:
        return self.fill(self.texts[table][name], values)

    def fill(self, template: str, values: Mapping[str, object]) -> str:
        """`utc_ms` gives the place `when` as well."""
        kind = Figure if self.language == "en" else CommaFigure
        told = {name: kind(value) if isinstance(value, float) else value for name, value in values.items()}
        if isinstance(utc_ms := told.get("utc_ms"), int):
            told["when"] = f"{datetime.fromtimestamp(utc_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
        return template.format(**told)


def read_texts(folder: Path, language: str) -> dict[str, Any]:
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
