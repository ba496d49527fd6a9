"""What looks alike and what is forgotten take confidence away; agreement gives it, but no more than is known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kirpik.vision.ctc import ALPHABET, LogChances, log_softmax
from kirpik.vision.plates import match
from kirpik.vision.read import NEVER
from kirpik.vision.witness import FIRMEST, MOST, Statement, Witness, hear

STEPS, CLASSES = 48, 37


def among(*formats: str) -> Callable[[str], float]:
    """A text that obeys one of these grammars is as likely as any other."""
    return lambda text: 0.0 if match(text, formats, rows=1) else NEVER


wanted = among("kz")


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
    return Statement((text,), say, ((chances(text) if seen is None else seen)[None],))


def heard(text: str, patches: list[Statement]) -> Witness:
    return hear((text,), -1e-4, patches, wanted)


def test_more_patches_that_share_their_dirt_are_no_surer_than_a_few() -> None:
    few = Witness(evidence=2.5, patches=2.0, nearest=-4.0, forgotten=-6.0)
    assert few.confidence() == replace(few, patches=8.0).confidence() <= MOST
    assert heard("123ABC02", [patch("123ABC02")] * 8).patches == pytest.approx(8)


def test_a_lone_patch_that_leaves_no_doubt_is_sure() -> None:
    assert heard("123ABC02", [patch("123ABC02")]).confidence() > 0.99


def test_a_patch_that_read_what_looks_alike_costs_and_two_cost_more() -> None:
    agreed, other = [patch("123ABC02")] * 4, patch("128ABC02")
    none, one, two = (heard("123ABC02", [*agreed, *[other] * count]).nearest for count in range(3))
    assert none < one < two


def test_an_invented_bar_is_thought_of() -> None:
    faint = chances("T755TP177", faint={6: 0.6})
    russian = hear(("T755TP177",), -1e-4, [patch("T755TP177", seen=faint)], among("ru"))
    assert russian.nearest > -1


def test_a_patch_that_saw_one_narrow_character_more_is_listened_to() -> None:
    deaf, faint = [patch("397UZ18")] * 5, patch("397UZ18", seen=chances("397UIZ18", faint={4: 0.4}))
    before, after = heard("397UZ18", [*deaf, patch("397UZ18")]), heard("397UZ18", [*deaf, faint])
    assert before.forgotten < -5 < -1 < after.forgotten
    assert before.nearest < after.nearest


def test_a_patch_that_saw_the_states_sign_is_listened_to() -> None:
    faint = chances("01KG123ABC", faint={2: 0.3, 3: 0.3})
    heard = hear(("01123ABC",), -1e-4, [patch("01123ABC", seen=faint)], among("kg", "uz"))
    assert heard.forgotten > -3


def test_a_longer_text_that_obeys_no_grammar_is_no_worry() -> None:
    faint = chances("123ABCI02", faint={6: 0.4})
    assert hear(("123ABC02",), -1e-4, [patch("123ABC02", seen=faint)], wanted).forgotten == -14


def test_a_patch_with_little_say_does_not_testify() -> None:
    faint = chances("397UIZ18", faint={4: 0.4})
    witness = hear(("397UZ18",), -1e-4, [patch("397UZ18"), patch("397UZ18", 0.1, faint)], wanted)
    assert witness.forgotten < -5


@pytest.mark.parametrize("patches", [1.0, 4.0])
@pytest.mark.parametrize("worse", ["evidence", "nearest", "forgotten"])
def test_whatever_speaks_against_a_text_lowers_its_confidence(worse: str, patches: float) -> None:
    good = Witness(evidence=3.0, patches=patches, nearest=-5.0, forgotten=-6.0)
    bad = replace(good, **{worse: {"evidence": 1.0, "nearest": 0.0, "forgotten": 2.0}[worse]})
    assert bad.confidence() < good.confidence()


def test_no_more_is_claimed_than_can_be_shown() -> None:
    assert Witness(evidence=13.8, patches=1.0, nearest=-14.0, forgotten=-14.0).confidence() == MOST


def test_few_who_are_sure_do_not_outvote_many_who_read_another_plate() -> None:
    """Five firm patches, and five that lean to the other: what they say is a doubt, however firm the five are."""
    both = np.logaddexp(chances("05KG826YLC", faint={1: 0.7}), chances("09KG826YLC", faint={1: 0.3})) - np.log(2)
    hesitant, firm = patch("05KG826YLC", seen=both), patch("09KG826YLC")
    of_both, of_one = (hear(("09KG826YLC",), -1e-4, some, among("kg")) for some in ([firm, hesitant] * 5, [firm] * 10))
    assert of_one.nearest == FIRMEST
    assert of_both.nearest == pytest.approx((FIRMEST + np.log(0.7 / 0.3)) / 2, abs=0.1)
    assert of_both.confidence() < 0.95 < of_one.confidence()


def test_what_patches_read_in_the_spelling_that_its_place_forbids_counts_for_the_text() -> None:
    """An O where only a 0 may stand is that 0, and its look-alikes come no nearer for it."""
    asked, twin = patch("123ABC10"), patch("123ABC1O")
    assert heard("123ABC10", [twin] * 3).nearest == heard("123ABC10", [asked] * 3).nearest == FIRMEST
