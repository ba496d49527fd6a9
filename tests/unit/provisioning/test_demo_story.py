"""The demo's bookkeeping: when all is through, and what the truth says of it."""

import json
from typing import Any

import pytest

from kirpik_provisioning.demo_story import Story, compare
from kirpik_provisioning.demo_table import plain_line

CASE: dict[str, Any] = {
    "kind": "speeding",
    "plate": "123ABC01",
    "lane": "1",
    "sensor_timestamp_ns": 2_500_000_000,
    "sequence": 1,
    "speed_kmh": 83.41,
    "uncertainty_kmh": 0.92,
    "charged_kmh": 80.0,
    "limit_kmh": 60.0,
}
TRUTH = {
    "vehicles": [
        {"plate": "123ABC01", "violations": [{"kind": "speeding", "expect": "must"}]},
        {"plate": "777AAA02", "violations": [{"kind": "red_light", "expect": "may"}]},
        {"plate": "555BBB05", "violations": []},
    ]
}


def told(counts: dict[str, int], *cases: dict[str, Any]) -> Story:
    story = Story()
    story.hear_eye([json.dumps({"progress": counts})])
    story.hear_central([json.dumps(case) for case in cases])
    return story


def test_the_same_progress_twice_is_no_news() -> None:
    story = Story()
    line = json.dumps({"progress": {"frames": 3}})
    assert story.hear_eye([line])
    assert not story.hear_eye([line, line])
    assert not story.hear_eye([])


@pytest.mark.parametrize(
    ("counts", "cases", "complete"),
    [
        ({"packets": 0, "receipts": 0, "waiting": 0}, 0, True),
        ({"packets": 1, "receipts": 0, "waiting": 1}, 1, False),
        ({"packets": 1, "receipts": 1, "waiting": 0}, 0, False),
        ({"packets": 1, "receipts": 1, "waiting": 0}, 1, True),
        ({"packets": 2, "receipts": 1, "waiting": 0}, 1, True),  # one was refused
    ],
)
def test_it_is_complete_when_none_waits_and_each_receipted_one_was_shown(
    counts: dict[str, int], cases: int, *, complete: bool
) -> None:
    assert told(counts, *[CASE] * cases).complete() is complete


def test_a_row_shows_the_speed_its_uncertainty_the_charge_and_the_receipt() -> None:
    story = told({"packets": 1, "receipts": 1}, CASE)
    story.start_ns = 500_000_000
    (row,) = story.sight("").rows
    assert plain_line(row) == "00:02.0  speeding, lane 1, plate 123ABC01, 83.4 ± 0.9 km/h, charged 80, limit 60"
    assert row.receipt == "verified"


def test_a_kind_without_a_speed_shows_none() -> None:
    (row,) = told({}, {"kind": "red_light", "plate": "1", "sensor_timestamp_ns": 0, "sequence": 4}).sight("").rows
    assert (row.rule, row.speed, row.charged, row.lane, row.receipt) == ("red light", "", "", "", "signed")


@pytest.mark.parametrize(
    ("came", "absent", "unexpected"),
    [
        ([("speeding", "123ABC01")], (), ()),
        ([("speeding", "123ABC01"), ("red_light", "777AAA02")], (), ()),
        ([], ("speeding 123ABC01",), ()),
        ([("speeding", "123ABC01"), ("speeding", "555BBB05")], (), ("speeding 555BBB05",)),
        ([("speeding", "128ABC01")], ("speeding 123ABC01",), ("speeding 128ABC01",)),
    ],
)
def test_the_truth_decides_what_is_missing_and_what_is_wrong(
    came: list[tuple[str, str]], absent: tuple[str, ...], unexpected: tuple[str, ...]
) -> None:
    missed = compare([{"kind": kind, "plate": plate} for kind, plate in came], TRUTH)
    assert (missed.absent, missed.unexpected) == (absent, unexpected)
    assert missed.none == (not absent and not unexpected)
