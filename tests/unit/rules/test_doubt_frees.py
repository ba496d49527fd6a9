"""Doubt frees: whatever a track did, less certainty about it never makes an accusation that there was not before."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion
from kirpik.site import BusLane, Header, Lane, RedLight, Rule, Signal, Site, StopLine, WrongWay, kind_of
from kirpik.values import Phase, RoadPath, SignalChange
from tests.unit.road.roads import CAMERA, pose
from tests.unit.rules.paths import LANE, LINE, TOWARDS, path, stopping_at

RULES: tuple[Rule, ...] = (
    RedLight(signal="A", line_m=LINE),
    StopLine(signal="A", line_m=LINE),
    BusLane(lanes=("1",), min_length_m=15.0),
    WrongWay(min_length_m=8.0),
)


def told(driven: RoadPath, lane: Lane, changes: list[tuple[float, Phase]], *, error_ms: float = 0.0) -> set[str]:
    """Kinds of what the track is accused of."""
    signal = Signal(name="A", error_ms=error_ms)
    site = Site(
        header=Header(id="t"), camera=CAMERA, pose=pose(), lanes=(replace_name(lane),), signals=(signal,), rules=RULES,
        sha256=bytes(32),
    )  # fmt: skip
    timeline = Timeline((signal,))
    for at, phase in changes:
        timeline.add(SignalChange(round((100 + at) * 1e9), "A", phase))
    case = Case(site=site, path=driven, signals=timeline, measure=lambda: None, utc_ns=lambda _: None)
    return {kind_of(found.rule) for found in judge(case) if isinstance(found, Suspicion)}


def replace_name(lane: Lane) -> Lane:
    return Lane(name="1", polygon_m=lane.polygon_m, direction=lane.direction)


tracks = st.tuples(
    st.floats(-1.0, 8.0), st.floats(2.0, 22.0), st.sampled_from([None, 24.0, 26.2, 27.5, 40.0]), st.booleans()
)


@settings(max_examples=60)
@given(tracks, st.floats(0.01, 0.6), st.floats(1.0, 4.0), st.floats(0.0, 1500.0))
def test_less_certainty_never_accuses(
    track: tuple[float, float, float | None, bool], sigma_m: float, more: float, late_ms: float
) -> None:
    crosses_s, speed, stand_m, away = track
    y_of = (lambda t: 25.0 + speed * (t - crosses_s)) if stand_m is None else stopping_at(
        stand_m, speed=speed, when=crosses_s + 2.0
    )  # fmt: skip
    driven = path(y_of, seconds=(-3, 9), sigma_m=0.02)
    red: list[tuple[float, Phase]] = [(-20.0, "green"), (0.0, "red"), (30.0, "green")]
    lane = LANE if away else TOWARDS
    sure = replace(driven, sigma_m=np.full_like(driven.sigma_m, sigma_m))
    doubtful = replace(driven, sigma_m=np.full_like(driven.sigma_m, sigma_m * more))
    before = told(sure, lane, red)
    assert told(doubtful, lane, red) <= before
    assert told(sure, lane, red, error_ms=late_ms) <= before
    assert told(sure, lane, []) <= before - {"red_light", "stop_line"}


@pytest.mark.parametrize("height_m", [0.05, 0.19, 1.26, 2.4])
def test_what_sits_where_no_bumper_is_breaks_no_rule(height_m: float) -> None:
    driven = replace(path(lambda t: 10.0 + 14 * t, seconds=(0, 4)), height_m=height_m)
    assert told(driven, TOWARDS, [(-20.0, "red")]) == set()
    assert told(replace(driven, height_m=0.6), TOWARDS, [(-20.0, "red")]) == {"wrong_way"}
