"""Figures of votes: what is accepted is counted against all that was asked, in all and by size."""

import numpy as np

from kirpik_models.evaluate_votes import Heard, by_size, figures

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
