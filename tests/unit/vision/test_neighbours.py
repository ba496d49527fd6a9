"""Which texts are near: one look-alike, one narrow character more or fewer; never the text itself."""

import pytest

from kirpik.vision.neighbours import ALIKE, longer, replaced, shorter


def test_alike_goes_both_ways() -> None:
    assert all(char in ALIKE[other] for char, others in ALIKE.items() for other in others)


@pytest.mark.parametrize(("text", "near"), [("055", "855"), ("123", "723"), ("0B", "08"), ("O1", "D1"), ("5Z", "SZ")])
def test_what_blur_makes_alike_is_near(text: str, near: str) -> None:
    assert near in replaced(text)


def test_what_may_be_forgotten_or_invented_is_near() -> None:
    assert {"77", "T7"}.isdisjoint(longer("77"))
    assert {"177", "717", "77I", "KG77"} <= longer("77")
    assert shorter("T177") == {"T77"}
    assert shorter("01KG") == {"01", "0KG"}


@pytest.mark.parametrize("text", ["123ABC02", "I", "01KG742BGF"])
def test_a_text_is_not_its_own_neighbour(text: str) -> None:
    assert text not in replaced(text) | longer(text) | shorter(text)
    assert "" not in shorter(text)
