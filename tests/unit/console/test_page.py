"""What the screen says, in three languages, on wide and narrow screens, and what never stands on it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from kirpik.console.page import LANGUAGES, Facts, page, read_words, state_of, to_json

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WORDS = ("lusab", "babad", "gutih", "tugad", "mudof", "sakat", "natag", "lisaf")
CODE = tuple("#" * 33 for _ in range(33))
GOOD = Facts(
    "0.1.0", "kirpik-lusab-babad", "2026-11-28 10:00:00", True, WORDS, CODE, True, ("eth0",),
    {"kirpik-eye": "active", "kirpik-link": "active"}, {"fps": 25.0, "frames_dropped": 3}, 2, False, {"swap": ""},
)  # fmt: skip


def plain(facts: Facts, language: str = "en", *, columns: int = 160, rows: int = 50) -> str:
    return ESCAPE.sub("", "\n".join(page(facts, read_words(language), columns=columns, rows=rows)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_that_english_says(language: str) -> None:
    english, other = read_words("en"), read_words(language)
    assert {table: set(words) for table, words in english.items()} == {
        table: set(words) for table, words in other.items()
    }
    for table, words in english.items():
        for name, text in words.items():
            assert re.findall(r"\{(\w+)\}", text) == re.findall(r"\{(\w+)\}", other[table][name]) or sorted(
                re.findall(r"\{(\w+)\}", text)
            ) == sorted(re.findall(r"\{(\w+)\}", other[table][name])), (table, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letters_are_those_that_the_console_font_has(language: str) -> None:
    """CyrAsia has Latin, Russian and Kazakh letters and box drawing; no dash longer than what it holds."""
    allowed = set("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюяӘәҒғҚқҢңӨөҰұҮүҺһІі—")
    used = {letter for words in read_words(language).values() for text in words.values() for letter in text}
    assert {letter for letter in used if ord(letter) > 126} <= allowed


def test_a_guarding_unit_says_so_and_shows_its_words_and_code() -> None:
    said = plain(GOOD)
    assert "Watches the road" in said
    assert "lusab babad gutih tugad" in said
    assert re.search(r"Eye +runs, 25 frames a second, 3 left out$", said, re.M)
    assert "System: all well" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"words": ()}, "keys are being made"),
        ({"enrolled": False}, "Waits to be accepted"),
        ({"services": {"kirpik-eye": "failed"}}, "the eye does not run"),
        ({"sight": {"lens_blocked": 1}}, "Does not see: the lens is covered"),
        ({"sight": {"picture_frozen": 1}}, "the picture stands still"),
        ({"clock_set": False}, "Accuses nobody: the clock is not set"),
        ({"full": True, "waiting": 900}, "900 packets wait"),
    ],
)
def test_each_state_has_its_sentence(changed: dict[str, Any], said: str) -> None:
    state, well = state_of(replace(GOOD, **changed), read_words("en"))
    assert said in state
    assert not well


def test_a_clock_that_is_not_set_is_told() -> None:
    assert "NOT SET: nobody is accused" in plain(replace(GOOD, clock_set=False))


def test_complaints_are_told_one_by_one() -> None:
    said = plain(replace(GOOD, checks={"swap": "memory is swapped out to /dev/zram0", "cores": ""}))
    assert "Swap: memory is swapped out to /dev/zram0" in said
    assert "Crash dumps" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("columns", "rows"), [(160, 50), (80, 25), (100, 60), (40, 10)])
def test_it_fits_every_screen(language: str, columns: int, rows: int) -> None:
    lines = plain(replace(GOOD, enrolled=False), language, columns=columns, rows=rows).splitlines()
    assert len(lines) <= rows
    if columns >= 80:
        assert max(map(len, lines)) <= columns


def test_the_code_for_programs_is_left_out_and_nothing_secret_is_in_it() -> None:
    assert set(to_json(GOOD)) == {
        "version", "host", "time", "clock_set", "words", "enrolled", "networks", "services", "sight", "waiting", "full",
        "checks",
    }  # fmt: skip
