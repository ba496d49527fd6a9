"""A record tells enough of a track that the accusation follows from it once more."""

from dataclasses import replace

import numpy as np
import pytest

from kirpik.evidence import FAR_GAP_S, NEAR_S
from kirpik.recompute import recompute, rule_of, site_of
from tests.unit.provisioning import evidence as ev
from tests.unit.road.roads import CAMERA


@pytest.mark.parametrize("kind", list(ev.CASES))
def test_every_offence_follows_from_its_own_record(kind: str) -> None:
    record = ev.record(kind)
    again = recompute(record)
    assert again is not None
    assert again.suspicion is not None
    assert abs(again.moment_off_us or 0) < 50_000


@pytest.mark.parametrize("kind", list(ev.CASES))
def test_the_rule_and_the_site_come_back_from_the_record(kind: str) -> None:
    rule, _, _ = ev.CASES[kind]
    record = ev.record(kind)
    site, told = site_of(record), rule_of(record)
    assert type(told) is type(rule)
    assert site.camera == CAMERA
    assert np.allclose(site.pose.rotation, ev.POSE.rotation, atol=1e-9)
    for name in ("limit_kmh", "line_m", "exit_m", "grace_ms", "min_length_m", "polygon_m", "dwell_s"):
        assert getattr(told, name, None) == getattr(rule, name, None)


def test_a_long_track_is_told_densely_at_the_moment_and_never_with_a_wide_gap() -> None:
    times = np.array([row.time_us for row in ev.record("no_stopping").track]) / 1e6
    near = np.abs(times) < NEAR_S
    assert np.diff(times[near]).max() < 0.1
    assert np.diff(times).max() < FAR_GAP_S


def test_a_record_without_a_track_tells_nothing_again() -> None:
    assert recompute(replace(ev.record("speeding"), track=())) is None
