"""An installer's survey of a simulated road: points with a tape's and a total station's errors, clicked by a hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kirpik_provisioning.calibrate.survey import SurveyPoint
from tests.sim.camera import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Standard deviations."""

    survey_m: float = 0.02
    click_px: float = 0.8
    tape_m: float = 0.02


def surveyed(
    camera: Camera, rng: np.random.Generator, *, count: int = 10, reach_m: float = 55.0, hand: Hand = Hand()
) -> list[SurveyPoint]:
    """Points on the road in view, spread over it as an installer would: some near, some far, both sides."""
    found: list[SurveyPoint] = []
    while len(found) < count:
        pixel = rng.uniform((25.0, 25.0), (camera.width - 26.0, camera.height - 26.0))
        place = np.array([*camera.ground(pixel), 0.0])
        if not np.isfinite(place).all() or place[1] > reach_m:
            continue
        place[2] = rng.choice([0.0, 0.0, 0.0, 0.15])
        clicked = camera.project(place) + rng.normal(0, hand.click_px, 2)
        told = place + rng.normal(0, hand.survey_m, 3)
        if not ((clicked > 0) & (clicked < (camera.width - 1, camera.height - 1))).all():
            continue
        x, y, z = (round(float(value), 3) for value in told)
        u, v = (round(float(value), 2) for value in clicked)
        found.append(SurveyPoint(f"P{len(found) + 1}", (x, y, z), (u, v)))
    return found


def taped(camera: Camera, rng: np.random.Generator, *, hand: Hand = Hand()) -> float:
    return round(float(camera.position_m[2] + rng.normal(0, hand.tape_m)), 3)


def without_pixels(points: Sequence[SurveyPoint]) -> list[SurveyPoint]:
    return [SurveyPoint(point.name, point.place_m, None) for point in points]
