"""One thing has one name on every screen and page, in each language; a word that means two things is not used."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TROUBLES = ROOT / "daemon/kirpik/wire/troubles.toml"
OTHER_NAMES = {
    "ru": {
        "комплекс": "устройств|прибор|аппарат(?!н)",
        "ключ доступа": "пасскей|passkey",
        "сотрудник": "оператор-контролёр|инспектор(?!а)",
        "журнал действий": "аудит-лог|лог аудита",
    },
    "kk": {"кешен": "құрылғы|аспап", "кіру кілті": "пасскей|passkey", "қызметкер": "оператор-бақылаушы"},
    "en": {"unit": r"\bdevices?\b|\bbox\b", "officer": r"\binspectors?\b", "passkey": r"\bpass key"},
}
"""The name that is used, and what is not said in its place."""
TWICE = {
    "ru": {"fleet": "авари|очеред"},
    "kk": {"fleet": "апат|кезек"},
    "en": {"fleet": r"\bqueue"},
}
"""On the fleet's screens: an accident is on the road, a queue is the officers'."""
MEANT = {
    ("ru", "enrol.passkey_why"), ("kk", "enrol.passkey_why"), ("en", "enrol.passkey_why"),
    ("en", "reason.directed"),
}  # fmt: skip
"""Here it is the officer's own computer, and a traffic inspector."""


def sentences(language: str) -> Iterator[tuple[str, str, str]]:
    """File, key and text of all that people read."""
    for path in sorted(ROOT.glob(f"*/kirpik*/**/{language}.toml")):
        yield from ((path.parent.parent.name, *each) for each in _flat(_read(path)))
    yield from (("fleet", *each) for each in _flat(_read(TROUBLES)[language]))


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _flat(table: object, above: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(table, str):
        yield above, table
    elif isinstance(table, dict):
        for name, value in table.items():
            yield from _flat(value, f"{above}.{name}".strip("."))
    elif isinstance(table, list):
        for value in table:
            yield from _flat(value, above)


@pytest.mark.parametrize("language", OTHER_NAMES)
def test_one_thing_has_one_name(language: str) -> None:
    said = list(sentences(language))
    assert len({room for room, _, _ in said}) >= 4
    for name, others in OTHER_NAMES[language].items():
        wrong = [
            each for each in said if re.search(others, each[2], re.IGNORECASE) and (language, each[1]) not in MEANT
        ]
        assert wrong == [], f"expected {name}"


@pytest.mark.parametrize("language", TWICE)
def test_no_word_of_the_fleets_screens_means_something_else_at_the_desk(language: str) -> None:
    for room, key, text in sentences(language):
        if room.startswith("fleet") and (others := TWICE[language]["fleet"]):
            assert not re.search(others, text, re.IGNORECASE), f"{room}: {key} = {text!r}"
