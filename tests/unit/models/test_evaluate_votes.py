"""Figures of votes: what is accepted is counted against all that was asked, in all, by size and by patches."""

import numpy as np

from kirpik_models.evaluate_votes import Heard, by_bound, by_patches, by_size, fitted, reliability
from kirpik_models.fit_witness import SIGNS, SLIGHT, fit

NONE = np.zeros(3)
HEARD = [
    Heard(9.0, 1, False, True, 0.99, NONE),
    Heard(13.0, 1, False, False, 0.99, NONE),
    Heard(13.0, 10, False, True, 0.97, NONE),
    Heard(22.0, 10, True, True, 0.999, NONE),
    Heard(9.0, 1, False),
]


def test_what_named_no_plate_counts_as_not_accepted() -> None:
    rows = {bound: rest for bound, *rest in by_bound(HEARD)}
    assert rows["0.98"] == ["60.0%", "1 of 3"]
    assert rows["0.995"] == ["20.0%", "0 of 1"]


def test_each_size_is_counted_by_itself() -> None:
    rows = {size: rest for size, *rest in by_size(HEARD, 0.98)}
    assert rows["8 to 10 px"] == ["50.0%", "50.0%", "0 of 1"]
    assert rows["12 to 16 px"] == ["50.0%", "50.0%", "1 of 1"]
    assert rows["20 to 26 px"] == ["100.0%", "100.0%", "0 of 1"]


def test_a_lone_patch_and_a_vote_are_counted_apart_and_so_are_those_without_grammars() -> None:
    rows = {name: rest for name, *rest in by_patches(HEARD, 0.98)}
    assert rows["1 patch, grammars on"] == ["33.3%", "66.7%", "1 of 2"]
    assert rows["10 patches, grammars on"] == ["100.0%", "0.0%", "0 of 0"]
    assert rows["10 patches, grammars off"] == ["100.0%", "100.0%", "0 of 1"]


def test_the_diagram_of_reliability_shows_both() -> None:
    drawn = reliability(HEARD)
    assert "a lone patch" in drawn
    assert "votes of 2 to 10" in drawn


def test_the_fit_finds_the_weights_and_never_rewards_dissent() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(0, 1, (4000, 3))
    chance = 1 / (1 + np.exp(-(0.5 + features @ (1.5, 0.8, -2.0))))
    weights = fit(features, rng.random(4000) < chance)
    np.testing.assert_allclose(weights[[1, 3]], (1.5, -2.0), atol=0.4)
    assert weights[2] == -SLIGHT
    assert (weights * SIGNS >= 0).all()


def test_votes_that_named_nothing_teach_nothing() -> None:
    rng = np.random.default_rng(4)
    heard = [Heard(13.0, 1, False, bool(rng.random() < 0.8), 0.8, rng.normal(0, 1, 3)) for _ in range(400)]
    np.testing.assert_array_equal(fitted(heard, lone=True), fitted([*heard, HEARD[-1]], lone=True))


def test_lone_patches_and_votes_of_several_are_fitted_apart() -> None:
    rng = np.random.default_rng(5)
    lone = [Heard(13.0, 1, False, bool(rng.random() < 0.8), 0.8, rng.normal(0, 1, 3)) for _ in range(300)]
    more = [Heard(13.0, 6, False, bool(rng.random() < 0.5), 0.8, rng.normal(0, 1, 3)) for _ in range(300)]
    np.testing.assert_array_equal(fitted([*lone, *more], lone=True), fitted(lone, lone=True))
    np.testing.assert_array_equal(fitted([*lone, *more], lone=False), fitted(more, lone=False))
