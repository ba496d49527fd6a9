"""National grammars say yes or no, and nothing else."""

import pytest

from kirpik.vision.plates import GRAMMARS, Grammar, known, match, told_by_place

EXAMPLES = {
    "kz2012_private": "123ABC02", "kz2012_org": "927PK06", "kz2012_foreign": "H444501", "kz2012_letter4": "M123405",
    "kz2012_police": "123KP01", "kz_special": "AB123", "kz2012_moto_trailer": "12AB02", "kz_diplomatic": "D123456",
    "kz1993_private": "A585CUO", "kz1993_org": "A001AA", "ru_car": "A123BC77", "ru_trailer": "AB123477",
    "ru_moto": "1234AB77", "ru_taxi": "AB12377", "ru_police": "A123477", "kg_private": "01KG123ABC",
    "kg_org": "01KG123AB", "kg_special": "01KG1234H", "kg_old": "B1234AB", "uz_private": "01A123BC",
    "uz_org": "01123ABC", "uz_trailer": "011234AB", "uz_moto": "01123AB", "uz_temp": "T12345601",
    "uz_foreign": "01H123456", "uz_diplo": "D123456", "tj": "1234AB01", "tm": "AB1234AG", "eu_generic": "B123AB",
}  # fmt: skip


def test_every_grammar_has_an_example_here() -> None:
    assert {grammar.id for grammar in GRAMMARS} == set(EXAMPLES)


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda grammar: grammar.id)
def test_a_format_named_in_full_reads_its_example(grammar: Grammar) -> None:
    assert match(EXAMPLES[grammar.id], [grammar.id], rows=grammar.rows[0]) == grammar.id


@pytest.mark.parametrize(
    "text", ["123ABC21", "123ABC00", "12ABC02", "123ABCD02", "I23ABC02", "123ABC0", "", "123abc02"]
)
def test_what_kazakhstan_does_not_stamp_is_refused(text: str) -> None:
    assert match(text, ["kz2012_private"], rows=1) is None


@pytest.mark.parametrize("text", ["1O3ABC02", "I23ABC02", "123A8C02", "123ABCO2"])
def test_a_character_is_never_repaired(text: str) -> None:
    assert match(text, ["kz", "kg", "uz", "ru", "tj", "tm"], rows=1) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("820YO014", "820YOO14"), ("1O3ABC02", "103ABC02"), ("OO3OOOO2", "003OOO02"), ("820YOO14", "820YOO14"),
        ("I23ABC02", None), ("123A8C02", None), ("123ABCD02", None),
    ],
)  # fmt: skip
def test_where_a_round_shape_stands_tells_o_from_zero_and_nothing_else(text: str, meant: str | None) -> None:
    assert told_by_place(text, ["kz", "kg", "uz"], rows=1) == meant


def test_a_round_shape_that_may_be_either_is_neither() -> None:
    assert told_by_place("O0O0", ["eu_generic"], rows=1) is None


def test_a_prefix_means_the_common_formats_of_its_country() -> None:
    assert match("123ABC02", ["kz"], rows=1) == "kz2012_private"
    assert match("A123BC77", ["kz"], rows=1) is None
    assert match("A123BC77", ["kz", "ru"], rows=1) == "ru_car"


def test_a_misread_common_plate_cannot_pass_for_a_rare_kind() -> None:
    assert match("23ABC02", ["kz"], rows=1) is None
    assert match("23ABC02", ["kz", "kz2012_moto_trailer"], rows=2) == "kz2012_moto_trailer"


def test_a_format_of_two_rows_is_not_read_from_one() -> None:
    assert match("1234AB77", ["ru_moto"], rows=1) is None
    assert match("1234AB77", ["ru_moto"], rows=2) == "ru_moto"


@pytest.mark.parametrize("formats", [None, ["any"], ["kz", "any"]])
def test_with_grammars_off_every_text_passes_but_the_empty_one(formats: list[str] | None) -> None:
    assert match("JLN390", formats, rows=1) == "any"
    assert match("", formats, rows=1) is None


def test_ids_prefixes_and_any_are_known_and_a_slip_is_not() -> None:
    assert all(known(name) for name in ("kz", "kz2012_private", "any", "eu"))
    assert not known("kzz")
