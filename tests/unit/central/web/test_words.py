"""Three languages say the same: each sentence is in each, with the same places; none that a page asks for is lost."""

import re
from pathlib import Path

import pytest

from kirpik_central.desk.rules import REASONS
from kirpik_central.web import look, words
from kirpik_central.web.ask import RefusedError
from kirpik_central.web.words import LANGUAGES, Words, choose, texts_of

TEMPLATES = Path(look.__file__).with_name("templates")
ASKED = re.compile(r"\bt\('([a-z_.-]+)'[,)]")


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_places(language: str) -> None:
    ours, english = texts_of(language), texts_of("en")
    assert ours.keys() == english.keys()
    assert {key: places(ours[key]) for key in ours} == {key: places(english[key]) for key in english}
    assert all(text.strip() == text and text for text in ours.values())


def test_no_sentence_was_left_in_english() -> None:
    same = {key for key in texts_of("en") if texts_of("en")[key] in (texts_of("ru")[key], texts_of("kk")[key])}
    assert same == {"plan.lane"}


def test_every_sentence_that_a_page_asks_for_is_there() -> None:
    for path in TEMPLATES.glob("*.html"):
        for key in ASKED.findall(path.read_text(encoding="utf-8")):
            assert key in texts_of("en"), f"{path.name}: {key}"


def test_every_reason_refusal_and_doubt_has_a_sentence() -> None:
    texts = texts_of("en")
    for code in (code for codes in REASONS.values() for code in codes):
        assert f"reason.{code}" in texts
    for code in RefusedError.STATUS:
        assert f"error.{code}" in texts
    source = (Path(words.__file__).parents[1] / "desk" / "doubts.py").read_text(encoding="utf-8")
    for code in re.findall(r'Doubt\("(\w+)"', source):
        assert f"doubt.{code}" in texts


def test_the_language_is_what_was_chosen_else_the_browsers_else_russian() -> None:
    assert choose("kk", "en") == "kk"
    assert choose("", "fr;q=0.9, en-GB;q=0.8, kk") == "en"
    assert choose("xx", "") == "ru"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    russian, english = (Words(language, texts_of(language)) for language in ("ru", "en"))
    assert (russian.number(1234567.5, 1), english.number(1234567.5, 1)) == (
        "1\u202f234\u202f567,5",
        "1\u202f234\u202f567.5",
    )
    assert (russian.kmh(80.0), russian.kmh(80.5), russian.kmh(None)) == ("80", "80,5", "–")
    assert russian.percent(0.5) == "50,0\u00a0%"
