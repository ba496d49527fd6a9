"""A short run of `tests.fuzz`: whatever comes from outside ends in a refusal that has a name, or a page that holds."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import campaign, samples
from tests.fuzz.corpus import seeds
from tests.fuzz.judge import judge
from tests.fuzz.targets import TARGETS, one

INPUTS = 60
"""Of each target; long runs are commands of their own."""


def test_every_seed_has_its_target_and_every_target_its_seeds() -> None:
    assert {seed.target for seed in seeds()} == set(TARGETS)
    assert set(campaign.RUNS) == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=INPUTS, deadline=None, derandomize=True, database=None)
@given(chance=st.randoms(use_true_random=False))
def test_changed_bytes_are_refused_by_name_or_may_be_said(target: str, chance: Random) -> None:
    data, outcome = one(chance.choice([seed for seed in seeds() if seed.target == target]), chance)
    assert not outcome.crash, data.hex()
    assert not outcome.accepted, data.hex()


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=INPUTS, deadline=None, derandomize=True, database=None)
@given(data=st.binary(max_size=200))
def test_bytes_out_of_nowhere_are_no_crash(target: str, data: bytes) -> None:
    assert not judge(TARGETS[target], data, may_accept=True).crash


@pytest.mark.parametrize("target", ["site", "settings", "frames", "signals", "pictures"])
def test_a_sample_is_a_good_one_before_it_is_changed(target: str) -> None:
    for data in samples.ALL[target]:
        TARGETS[target].read(data)


def test_executions_are_counted_by_the_fuzzers_own_words() -> None:
    whole = "#2\tINITED cov: 3\n#900\tDONE cov: 5\nDone 900 runs in 1 second(s)\n"
    broken = "#2\tINITED cov: 3\n#512\tpulse cov: 5\n== Uncaught Python exception: ==\n"
    assert [campaign.executed(said) for said in (whole, broken, "")] == [900, 512, 0]


def test_a_campaign_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    log = tmp_path / "log.ndjson"
    cbor = {"target": "cbor", "way": "guided", "executions": 10, "cpu_s": 2.0, "faults": 0, "said": ""}
    lines = [cbor, {**cbor, "way": "random", "executions": 90}, {**cbor, "target": "tlog", "faults": 1}]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert campaign.table(campaign.read(log)).splitlines()[2:] == [
        "| `cbor` | 10 (5/s) | 90 (45/s) | 0 |",
        "| `tlog` | 10 (5/s) |  | 1 |",
        "| 110 together | 20 | 90 | 1 |",
    ]
