"""Dissent and forgotten characters take confidence away; agreement gives it; nothing raises it above what is known."""

import numpy as np
import pytest

from kirpik.vision.ctc import ALPHABET, LogChances, log_softmax
from kirpik.vision.plates import match
from kirpik.vision.witness import MOST, Statement, Witness, hear

STEPS, CLASSES = 48, 37


def wanted(text: str) -> bool:
    return match(text, ("kz",), rows=1) is not None


def chances(text: str, *, faint: dict[int, float] | None = None) -> LogChances:
    """Of a sure network; at the places in `faint` the character has only that share, and the blank the rest."""
    table = np.full((STEPS, CLASSES), 1e-6)
    table[:, 0] = 1.0
    for place, char in enumerate(text):
        share = (faint or {}).get(place, 1.0)
        step = 2 + 4 * place
        table[step, 0], table[step, 1 + ALPHABET.index(char)] = 1 - share + 1e-6, share
    return log_softmax(np.log(table).astype(np.float32), 1.0)


def patch(text: str, say: float = 1.0, seen: LogChances | None = None) -> Statement:
    return Statement(text, say, (chances(text) if seen is None else seen,))


def sure(text: str, patches: list[Statement], log_chance: float = -1e-4) -> float:
    return hear((text,), log_chance, patches, wanted).confidence()


def test_many_that_agree_are_surer_than_one() -> None:
    one = sure("123ABC02", [patch("123ABC02")], -1e-2)
    many = sure("123ABC02", [patch("123ABC02")] * 8, -1e-6)
    assert 0.9 < one < many <= MOST


def test_a_lone_patch_that_leaves_no_doubt_is_sure() -> None:
    assert sure("123ABC02", [patch("123ABC02")], -1e-4) > 0.99


def test_dissent_costs_and_a_valid_rival_costs_more() -> None:
    agreed = [patch("123ABC02")] * 4
    noise = sure("123ABC02", [*agreed, patch("12BC"), patch("3ABC02")])
    rival = sure("123ABC02", [*agreed, patch("128ABC02"), patch("128ABC02")])
    assert rival < noise < sure("123ABC02", agreed)


def test_a_patch_that_saw_one_narrow_character_more_is_listened_to() -> None:
    faint = chances("397UIZ18", faint={4: 0.4})
    deaf = [patch("397UZ18")] * 5
    doubt = 1 - sure("397UZ18", [*deaf, patch("397UZ18")])
    assert 1 - sure("397UZ18", [*deaf, patch("397UZ18", seen=faint)]) > 2 * doubt
    assert hear(("397UZ18",), -1e-4, [patch("397UZ18", seen=faint)], wanted).forgotten > -1


def test_a_patch_that_saw_the_states_sign_is_listened_to() -> None:
    known = ("kg", "uz")
    faint = chances("01KG123ABC", faint={2: 0.3, 3: 0.3})
    heard = hear(("01123ABC",), -1e-4, [patch("01123ABC", seen=faint)], lambda text: bool(match(text, known, rows=1)))
    assert heard.forgotten > -3


def test_a_longer_text_that_obeys_no_grammar_is_no_worry() -> None:
    faint = chances("123ABCI02", faint={6: 0.4})
    assert hear(("123ABC02",), -1e-4, [patch("123ABC02", seen=faint)], wanted).forgotten == -12


def test_a_patch_with_little_say_does_not_testify() -> None:
    faint = chances("397UIZ18", faint={4: 0.4})
    witness = hear(("397UZ18",), -1e-4, [patch("397UZ18"), patch("397UZ18", 0.1, faint)], wanted)
    assert witness.forgotten < -5


@pytest.mark.parametrize("worse", ["share", "evidence", "patches", "rival", "forgotten"])
def test_whatever_speaks_against_a_text_lowers_its_confidence(worse: str) -> None:
    good = {"evidence": 3.0, "patches": 4.0, "share": 0.9, "rival": 0.1, "forgotten": -6.0}
    bad = good | {worse: {"evidence": 1.0, "patches": 1.5, "share": 0.4, "rival": 0.5, "forgotten": 2.0}[worse]}
    assert Witness(**bad).confidence() < Witness(**good).confidence()


def test_no_more_is_claimed_than_can_be_shown() -> None:
    assert Witness(evidence=13.8, patches=1.0, share=1.0, rival=0.0, forgotten=-12.0).confidence() == MOST
