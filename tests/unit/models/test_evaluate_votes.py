"""Figures of votes: what is accepted is counted against all that was asked, in all and by size."""

import numpy as np

from kirpik_models.evaluate_votes import SIGNS, SLIGHT, Heard, by_size, figures, fit

HEARD = Heard(
    features=[np.zeros(4)] * 4,
    confidence=[0.99, 0.99, 0.97, 0.999],
    right=[True, False, True, True],
    char_px=[9.0, 13.0, 13.0, 22.0],
    asked=[9.0, 9.0, 13.0, 13.0, 22.0],
)


def test_what_named_no_plate_counts_as_not_accepted() -> None:
    rows = {bound: rest for bound, *rest in figures(HEARD)}
    assert rows["0.98"] == ["60.0%", "1 of 3"]
    assert rows["0.995"] == ["20.0%", "0 of 1"]


def test_each_size_is_counted_by_itself() -> None:
    rows = {size: rest for size, *rest in by_size(HEARD, 0.98)}
    assert rows["8 to 10 px"] == ["50.0%", "50.0%", "0 of 1"]
    assert rows["12 to 16 px"] == ["50.0%", "50.0%", "1 of 1"]
    assert rows["20 to 26 px"] == ["100.0%", "100.0%", "0 of 1"]


def test_the_fit_finds_the_weights_and_never_rewards_dissent() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(0, 1, (4000, 4))
    chance = 1 / (1 + np.exp(-(0.5 + features @ (1.5, -0.8, -2.0, -0.3))))
    weights = fit(Heard(list(features), [], list(rng.random(4000) < chance)))
    np.testing.assert_allclose(weights[[1, 3]], (1.5, -2.0), atol=0.4)
    assert weights[2] == SLIGHT
    assert (weights * SIGNS >= 0).all()
