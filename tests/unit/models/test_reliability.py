"""Reliability: what was claimed against what was right."""

import pytest

from kirpik_models.reliability import bins, calibration_error, draw


def test_a_true_confidence_has_no_gap() -> None:
    found = bins([0.75] * 4, [True, True, True, False])
    assert [(one.count, one.claimed, one.right) for one in found] == [(4, 0.75, 0.75)]
    assert calibration_error(found) == 0


def test_a_boaster_is_seen() -> None:
    assert calibration_error(bins([0.97] * 10, [True] * 5 + [False] * 5)) == pytest.approx(0.47)


def test_the_surest_belong_to_the_last_bin() -> None:
    assert [one.count for one in bins([1.0, 0.999], [True, True])] == [2]


def test_the_drawing_names_each_curve() -> None:
    text = draw([("plates", "#c00", bins([0.5], [True])), ("characters", "#00c", [])])
    assert text.startswith("<svg")
    assert "plates: mean gap 0.500" in text
    assert "characters: mean gap 0.000" in text
