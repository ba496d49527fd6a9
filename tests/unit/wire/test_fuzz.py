"""A short run of `python -m tests.fuzz`: whatever comes from outside ends in a refusal that has a name."""

from random import Random

import pytest

from tests.fuzz.corpus import seeds
from tests.fuzz.targets import TARGETS, one

INPUTS = 120
"""Of each target; long runs are a command of their own."""


def test_every_file_of_vectors_is_a_target() -> None:
    assert {seed.file for seed in seeds()} == set(TARGETS)


@pytest.mark.parametrize("file", TARGETS)
def test_changed_bytes_are_refused_by_name_or_may_be_said(file: str) -> None:
    chance, corpus = Random(7), [seed for seed in seeds() if seed.file == file]  # noqa: S311  repeatable
    for _ in range(INPUTS):
        data, outcome = one(chance.choice(corpus), chance)
        assert not outcome.crash, data.hex()
        assert not outcome.accepted, data.hex()
