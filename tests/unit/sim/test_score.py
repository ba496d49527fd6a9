"""Accusations held against the truth."""

from typing import Any

from tests.sim.score import compare, speed_at, summary

S = 1_000_000_000


def vehicle(plate: str, kind: str, expect: str = "must") -> dict[str, Any]:
    offence = {"kind": kind, "expect": expect, "sensor_timestamp_ns": 5 * S, "earliest_ns": 4 * S, "latest_ns": 6 * S}
    motion = [[4 * S, 0.0, 25.0, 0.5]]
    return {"plate": plate, "motion": motion, "heading_deg": 0.0, "violations": [offence]}


def event(plate: str, kind: str = "speeding", speed: float = 92.0) -> dict[str, Any]:
    measured = {"speed_kmh": speed, "uncertainty_kmh": 0.5, "charged_kmh": 88}
    return {"kind": kind, "plate": plate, "sensor_timestamp_ns": 5 * S, **measured}


def test_the_true_speed_is_taken_at_the_moment_of_the_accusation() -> None:
    score = compare({"vehicles": [vehicle("123ABC02", "speeding")]}, [event("123ABC02")])
    assert score.speed_error_kmh == [92.0 - 3.6 * 25.5]
    assert summary(score)["recall"] == 1.0


def test_a_wrong_letter_is_a_misreading_and_a_stranger_a_false_accusation() -> None:
    truth = {"vehicles": [vehicle("123ABC02", "speeding")]}
    score = compare(truth, [event("123ABD02"), event("999XXX01", "red_light")])
    assert (len(score.misread), len(score.false), score.missed) == (1, 1, ["speeding 123ABC02"])


def test_what_may_be_accused_is_neither_missed_nor_false() -> None:
    truth = {"vehicles": [vehicle("123ABC02", "speeding", "may")]}
    assert summary(compare(truth, []))["recall"] is None
    assert summary(compare(truth, [event("123ABC02")]))["false"] == 0


def test_an_offence_told_twice_is_counted() -> None:
    score = compare({"vehicles": [vehicle("123ABC02", "speeding")]}, [event("123ABC02"), event("123ABC02")])
    assert score.twice == ["speeding 123ABC02"]


def test_charging_more_than_was_driven_is_named() -> None:
    accused = {**event("123ABC02"), "charged_kmh": 95}
    assert compare({"vehicles": [vehicle("123ABC02", "speeding")]}, [accused]).overcharged


def test_before_its_first_stretch_a_vehicle_keeps_its_speed() -> None:
    steps = {"motion": [[4 * S, 0.0, 25.0, -2.0], [8 * S, 84.0, 17.0, 0.0]], "heading_deg": 0.0}
    assert speed_at(steps, 2 * S) == 90.0
