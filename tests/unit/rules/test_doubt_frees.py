"""Who says of himself that he is less certain never accuses more, and never charges more: through the whole judge."""

import math
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kirpik.road.motion import measure
from kirpik.road.path import path_of
from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion
from kirpik.site import (
    BusLane,
    Camera,
    Header,
    Lane,
    Pose,
    RedLight,
    Rule,
    Site,
    SolidLine,
    Speeding,
    StopLine,
    WrongWay,
)
from kirpik.values import TrackPoint
from tests.unit.road.roads import CAMERA, Pass, drive, pose
from tests.unit.rules.paths import LANE, LINE, path, signals

ROAD = Lane(name="1", polygon_m=((-9.0, -9.0), (9.0, -9.0), (9.0, 120.0), (-9.0, 120.0)), direction="away")
WIDER = st.floats(1.0, 8.0)


def site(rule: Rule, camera: Camera, where: Pose, lane: Lane = ROAD) -> Site:
    return Site(
        header=Header(id="t"), camera=camera, pose=where, lanes=(lane,), signals=(), rules=(rule,), sha256=bytes(32)
    )


def charged(points: list[TrackPoint], camera: Camera, where: Pose) -> int | None:
    case = Case(
        site=site(Speeding(limit_kmh=60), camera, where), path=path_of(points, camera, where), signals=Timeline(),
        measure=lambda: measure(points, camera, where), utc_ns=lambda _: None,
    )  # fmt: skip
    found = [verdict.charged_kmh for verdict in judge(case) if isinstance(verdict, Suspicion)]
    return found[0] if found else None


@dataclass(frozen=True)
class Wider:
    """By what factors the stated uncertainties grow; one frame's corners get a value of their own."""

    corners: float
    one_px: float
    focal: float
    angle: float
    place: float


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    plate=st.builds(Pass, speed_kmh=st.floats(70.0, 78.0), height_m=st.floats(0.25, 1.3)),
    noise_px=st.floats(0.1, 0.6),
    seed=st.integers(0, 99),
    wider=st.builds(Wider, corners=WIDER, one_px=st.floats(1.0, 30.0), focal=WIDER, angle=WIDER, place=WIDER),
)
def test_a_wider_uncertainty_of_anything_charges_nobody_more(
    plate: Pass, noise_px: float, seed: int, wider: Wider
) -> None:
    points = drive(plate, CAMERA, pose(), seconds=(-0.7, 0.7), noise_px=noise_px, seed=seed)
    unsure = [replace(point, sigma_px=point.sigma_px * wider.corners) for point in points]
    unsure[seed % len(unsure)] = replace(unsure[seed % len(unsure)], sigma_px=wider.one_px)
    camera = msgspec.structs.replace(CAMERA, focal_uncertainty_percent=CAMERA.focal_uncertainty_percent * wider.focal)
    where = msgspec.structs.replace(
        pose(),
        angle_uncertainty_deg=pose().angle_uncertainty_deg * wider.angle,
        position_uncertainty_m=pose().position_uncertainty_m * wider.place,
    )
    before, after = charged(points, CAMERA, pose()), charged(unsure, camera, where)
    assert after is None or (before is not None and after <= before)


RULES: dict[str, Rule] = {
    "red_light": RedLight(signal="A", line_m=LINE, clear_m=2.0),
    "stop_line": StopLine(signal="A", line_m=LINE, clear_m=2.0),
    "bus_lane": BusLane(lanes=("1",), min_length_m=10.0),
    "wrong_way": WrongWay(lanes=("1",), min_length_m=6.0),
    "solid_line": SolidLine(line_m=((0.3, 10.0), (0.3, 40.0))),
}


@pytest.mark.parametrize("kind", RULES)
@settings(deadline=None, max_examples=60)
@given(
    sigma_m=st.floats(0.02, 0.5), wider=WIDER, speed=st.floats(-12.0, 16.0), brakes=st.floats(0.0, 4.0),
    aside=st.floats(-1.5, 1.5), red_s=st.floats(-2.0, 2.0),
)  # fmt: skip
def test_a_wider_uncertainty_of_the_place_accuses_nobody_more(
    kind: str, sigma_m: float, wider: float, speed: float, brakes: float, aside: float, red_s: float
) -> None:
    def place(t: float) -> float:
        moving_s = min(t + 3.0, abs(speed) / brakes if brakes > 0.1 else 99.0)
        return 14.0 + speed * moving_s - math.copysign(brakes, speed) * moving_s**2 / 2

    driven = path(place, seconds=(-3, 3), sigma_m=sigma_m)
    driven.foot_m[:, 0] = np.linspace(0.0, aside, len(driven.t_s))
    unsure = replace(driven, sigma_m=driven.sigma_m * wider, height_sigma_m=driven.height_sigma_m * wider)
    found = [
        judge(
            Case(
                site=site(RULES[kind], CAMERA, pose(), LANE),
                path=seen,
                signals=signals([(-9.0, "green"), (red_s, "red")]),
                measure=lambda: None,
                utc_ns=lambda _: None,
            )
        )
        for seen in (driven, unsure)
    ]
    accused = [sum(isinstance(verdict, Suspicion) for verdict in verdicts) for verdicts in found]
    assert accused[1] <= accused[0]
