"""Layouts of the world: what states stamp is likely, what none does is not."""

import pytest

from kirpik.vision.layouts import UNHEARD_OF, layout_of, log_prior


def test_a_layout_is_letters_and_digits() -> None:
    assert layout_of("B123ABC") == "A999AAA"


@pytest.mark.parametrize(
    "text", ["B37RYO", "SB014882", "HRA1234", "AB123CD", "1234BCD", "AB12CDE", "123ABC02", "A123BC777"]
)
def test_what_states_stamp_is_likely(text: str) -> None:
    assert log_prior(text) == 0.0


@pytest.mark.parametrize("text", ["B37RY0", "8I6R3K", "A1B2C3D4"])
def test_what_none_stamps_is_unheard_of(text: str) -> None:
    assert log_prior(text) == UNHEARD_OF
