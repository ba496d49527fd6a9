"""National grammars: which strings a state stamps. A grammar says yes or no, and whether a round shape is O or 0 where
both look alike; it never repairs a character that looks different."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from re import Pattern

ANY = "any"
"""As a wanted format: grammars are off. As an answer: no grammar was asked."""

LOOK_ALIKE = "O0"
TWINS_MOST = 64

_KZ_REGION = "(0[1-9]|1[0-9]|20)"
_TWINS = "[ABEKMHOPCTYX]"


@dataclass(frozen=True, slots=True)
class Grammar:
    """One kind of plate. `rows` are the numbers of rows that it is made in."""

    id: str
    country: str
    regex: Pattern[str] = field(repr=False)
    rows: tuple[int, ...] = (1, 2)
    by_prefix: bool = False
    """Whether a country's prefix means it too. A rare or badly sourced kind must be named in full, lest a misread
    common plate pass for it."""


def _grammar(name: str, country: str, pattern: str, *, rows: tuple[int, ...] = (1, 2), common: bool = False) -> Grammar:
    return Grammar(name, country, re.compile(pattern), rows, common)


GRAMMARS: tuple[Grammar, ...] = (
    _grammar("kz2012_private", "kz", rf"\d{{3}}[A-Z]{{3}}{_KZ_REGION}", common=True),
    _grammar("kz2012_org", "kz", rf"\d{{3}}[A-Z]{{2}}{_KZ_REGION}", common=True),
    _grammar("kz2012_foreign", "kz", rf"[FH]\d{{4}}{_KZ_REGION}", common=True),
    _grammar("kz2012_letter4", "kz", rf"[A-EGI-Z]\d{{4}}{_KZ_REGION}"),
    _grammar("kz2012_police", "kz", rf"\d{{3}}KP{_KZ_REGION}"),
    _grammar("kz_special", "kz", rf"[A-Z]{{2}}\d{{3,4}}{_KZ_REGION}?"),
    _grammar("kz2012_moto_trailer", "kz", rf"\d{{2}}[A-Z]{{2,3}}{_KZ_REGION}"),
    _grammar("kz_diplomatic", "kz", r"(?:[DTK]\d{6}|\d{3}[DTK]\d{3}|HC\d{3,6})"),
    _grammar("kz1993_private", "kz", r"[A-FHK-PR-XZ]\d{3}[A-Z]{3}", common=True),
    _grammar("kz1993_org", "kz", r"[A-FHK-PR-XZ]\d{3}[A-Z]{2}"),
    _grammar("ru_car", "ru", rf"{_TWINS}\d{{3}}{_TWINS}{{2}}\d{{2,3}}", common=True),
    _grammar("ru_trailer", "ru", rf"{_TWINS}{{2}}\d{{4}}\d{{2,3}}"),
    _grammar("ru_moto", "ru", rf"\d{{4}}{_TWINS}{{2}}\d{{2,3}}", rows=(2,)),
    _grammar("ru_taxi", "ru", rf"{_TWINS}{{2}}\d{{3}}\d{{2,3}}"),
    _grammar("ru_police", "ru", rf"{_TWINS}\d{{4}}\d{{2,3}}", rows=(1,)),
    _grammar("kg_private", "kg", r"\d{2}KG\d{3}[A-Z]{3}", common=True),
    _grammar("kg_org", "kg", r"\d{2}KG\d{3}[A-Z]{2}", common=True),
    _grammar("kg_special", "kg", r"\d{2}KG\d{4}[A-Z]"),
    _grammar("kg_old", "kg", r"[A-Z]\d{4}[A-Z]{1,2}"),
    _grammar("uz_private", "uz", r"\d{2}[A-Z]\d{3}[A-Z]{2}", common=True),
    _grammar("uz_org", "uz", r"\d{2}\d{3}[A-Z]{3}", common=True),
    _grammar("uz_trailer", "uz", r"\d{2}\d{4}[A-Z]{2}"),
    _grammar("uz_moto", "uz", r"\d{2}\d{3}[A-Z]{2}", rows=(2,)),
    _grammar("uz_temp", "uz", r"T\d{6}\d{2}"),
    _grammar("uz_foreign", "uz", r"\d{2}[HM]\d{6}"),
    _grammar("uz_diplo", "uz", r"(?:[DTX]\d{6}|CMD\d{3,4})"),
    _grammar("tj", "tj", r"\d{4}[A-Z]{2}0[1-9]", common=True),
    _grammar("tm", "tm", r"[A-Z]{1,2}\d{4}(AG|AH|BN|DZ|LB|MR)", common=True),
    _grammar("eu_generic", "eu", r"[A-Z0-9]{4,9}", common=True),
)
"""The order decides where two kinds share a string: the commoner stands first."""


def match(text: str, formats: Sequence[str] | None, *, rows: int) -> str | None:
    """The id of the first wanted grammar that `text` obeys; "any" with grammars off; None when it obeys none.

    `formats` are ids, or countries' prefixes such as "kz"; None or "any" among them turns the grammars off.
    """
    if formats is None or ANY in formats:
        return ANY if text else None
    for grammar in GRAMMARS:
        if _wanted(grammar, formats) and rows in grammar.rows and grammar.regex.fullmatch(text):
            return grammar.id
    return None


def told_by_place(text: str, formats: Sequence[str] | None, *, rows: int) -> str | None:
    """The one text that obeys a wanted grammar and has the same shapes: O and 0 are one shape on many plates, and only
    where it stands tells a letter from a digit. None when there is none, or more than one."""
    shapes = [LOOK_ALIKE if char in LOOK_ALIKE else char for char in text]
    same = ("".join(chars) for chars in product(*shapes))
    meant = [each for each in islice(same, TWINS_MOST) if match(each, formats, rows=rows)]
    return meant[0] if len(meant) == 1 else None


def shapes_of(text: str) -> str:
    """The same for all texts that look alike."""
    return text.replace("O", "0")


def known(wanted: str) -> bool:
    """Whether `wanted` is an id, a prefix or "any", so that a site file's slip is told and not silently withheld."""
    return wanted == ANY or any(wanted in (grammar.id, grammar.country) for grammar in GRAMMARS)


def _wanted(grammar: Grammar, formats: Sequence[str]) -> bool:
    return grammar.id in formats or (grammar.by_prefix and grammar.country in formats)
