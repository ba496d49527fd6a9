"""The stories that cameras have been in the papers for: who passes lawfully, and what makes him seem not to.

Each is told in passes of `passes.py`, under all their errors; what is told has one more thing wrong with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Quad, TrackPoint
from tests.bench.passes import Pass, Road, Vehicle, turn_by
from tests.bench.views import View

LAWFUL_KMH = (55.0, 69.99)
"""From here on it would be charged: the limit of 60 and the 10 that are let go."""


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    weight: float
    kmh: tuple[float, float]
    tell: Callable[[Road, View, float, bool], Pass]


def plain(road: Road, view: View, kmh: float, night: bool) -> Pass:
    return road.passes(view, kmh, night=night)


def carried(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """On a flatbed: whoever drives, it is not this plate."""
    height_m = float(road.rng.uniform(1.4, 2.4))
    return replace(road, other=lambda vehicle: replace(vehicle, height_m=height_m)).passes(view, kmh, night=night)


def copied(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Smaller or larger than a plate is. Nearer to the true size it cannot be told from another plate's height."""
    size = float(road.rng.choice((road.rng.uniform(0.5, 0.8), road.rng.uniform(1.2, 1.5))))
    return replace(road, other=lambda vehicle: replace(vehicle, size=size)).passes(view, kmh, night=night)


def other_class(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Of a size that is in the table, or in none."""
    sizes = (
        (280.0, 200.0),
        (290.0, 170.0),
        (305.0, 152.0),
        (440.0, 140.0),
        (330.0, 165.0),
        (245.0, 160.0),
        (520.0, 240.0),
    )
    size = sizes[int(road.rng.integers(len(sizes)))]
    return replace(road, other=lambda vehicle: replace(vehicle, plate_mm=size)).passes(view, kmh, night=night)


def glare(road: Road, view: View, kmh: float, night: bool) -> Pass:
    return replace(road, spoiled=float(road.rng.uniform(0.2, 0.5))).passes(view, kmh, night=night)


def two_for_one(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """The track begins on one vehicle and ends on the next one."""
    first, second = (
        road.passes(view, kmh, night=night),
        road.passes(view, kmh * float(road.rng.uniform(0.9, 1)), night=night),
    )
    late_ns = round(float(road.rng.uniform(-0.8, 0.8)) * 1e9)
    cut = int(len(first.points) * road.rng.uniform(0.2, 0.8))
    kept = first.points[:cut]
    after_ns = kept[-1].sensor_timestamp_ns if kept else 0
    moved = [replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + late_ns) for point in second.points]
    return replace(first, points=kept + [point for point in moved if point.sensor_timestamp_ns > after_ns])


def late_clock(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Timestamps of arrival instead of the sensor's: late by up to a frame, each by its own bit."""
    seen = road.passes(view, kmh, night=night)
    late = np.abs(road.rng.normal(0, 0.012, len(seen.points)))
    points = [
        replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + round(float(by) * 1e9))
        for point, by in zip(seen.points, late, strict=True)
    ]
    return replace(seen, points=_rising(points))


def _rising(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    kept: list[TrackPoint] = []
    for point in points:
        if not kept or point.sensor_timestamp_ns > kept[-1].sensor_timestamp_ns:
            kept.append(point)
    return kept


def bump(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Over a speed bump."""

    def jump(vehicle: Vehicle) -> Vehicle:
        return replace(
            vehicle, bounce_m=float(road.rng.uniform(0.02, 0.08)), bounce_hz=float(road.rng.uniform(0.8, 2.5))
        )

    return replace(road, other=jump).passes(view, kmh, night=night)


def nudged(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """The mast was hit, or a gust turned the camera, while the vehicle was in sight."""
    seen = road.passes(view, kmh, night=night)
    turn = turn_by(np.radians(road.rng.normal(0, float(road.rng.choice((0.05, 0.2, 0.6))), 3)))
    lens = np.array([[seen.camera.fx, 0, seen.camera.cx], [0, seen.camera.fy, seen.camera.cy], [0, 0, 1]])
    warp = lens @ turn @ np.linalg.inv(lens)
    cut = int(len(seen.points) * road.rng.uniform(0.2, 0.8))
    moved = [replace(point, quad=_warped(point.quad, warp)) for point in seen.points[cut:]]
    return replace(seen, points=[*seen.points[:cut], *moved])


def _warped(quad: Quad, warp: NDArray[np.float64]) -> Quad:
    ahead = np.column_stack([quad, np.ones(4)]) @ warp.T
    return np.asarray(ahead[:, :2] / ahead[:, 2:])


def clock_steps(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """The sensor's clock steps by 1 to 100 ms while the vehicle is in sight."""
    seen = road.passes(view, kmh, night=night)
    cut = int(len(seen.points) * road.rng.uniform(0.1, 0.9))
    by_ns = round(float(road.rng.choice((-1, 1)) * 10 ** road.rng.uniform(6, 8)))
    late = [replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + by_ns) for point in seen.points[cut:]]
    return replace(seen, points=_rising([*seen.points[:cut], *late]))


def frames_stray(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """A third of the frames is lost, half of it in one piece; of the others some carry the time of the next frame."""
    seen, rng = road.passes(view, kmh, night=night), road.rng
    count = len(seen.points)
    gap = int(rng.integers(0, max(count, 1)))
    kept = [
        (number, point) for number, point in enumerate(seen.points)
        if not gap <= number < gap + count // 6 and rng.random() > 1 / 6
    ]  # fmt: skip
    share, frame_ns = float(rng.uniform(0.05, 0.3)), round(1e9 / view.fps)
    late = [
        replace(point, sensor_timestamp_ns=point.sensor_timestamp_ns + frame_ns * int(rng.random() < share))
        for _, point in kept
    ]
    return replace(seen, points=_rising(late))


def swerving(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """Brakes hard and changes lane at once."""
    rng = road.rng

    def swerve(vehicle: Vehicle) -> Vehicle:
        aside = float(rng.choice((-3.5, 3.5)))
        return replace(
            vehicle, brakes_from_s=float(rng.uniform(-1, 1)), brakes=float(rng.uniform(2.0, 7.0)),
            lane_change=(aside, float(rng.uniform(-2, 0.5)), float(rng.uniform(1.8, 4))),
        )  # fmt: skip

    return replace(road, other=swerve).passes(view, kmh, night=night)


def askew(road: Road, view: View, kmh: float, night: bool) -> Pass:
    """The plate hangs by one screw, or is bent: turned far about all its axes."""
    turn = np.radians(road.rng.uniform(-1, 1, 3) * (15.0, 25.0, 8.0))
    tilted = (float(turn[0]), float(turn[1]), float(turn[2]))
    return replace(road, other=lambda vehicle: replace(vehicle, turn=tilted)).passes(view, kmh, night=night)


KNOCKED, CARRIED = "camera knocked", "carried"
STORIES = (
    Story("lawful by a little", 0.40, LAWFUL_KMH, plain),
    Story(CARRIED, 0.05, (50.0, 120.0), carried),
    Story("copy of another size", 0.05, LAWFUL_KMH, copied),
    Story("another class of plate", 0.05, LAWFUL_KMH, other_class),
    Story("glare in many frames", 0.06, LAWFUL_KMH, glare),
    Story(KNOCKED, 0.08, LAWFUL_KMH, plain),
    Story("two vehicles in one track", 0.06, LAWFUL_KMH, two_for_one),
    Story("clock of arrival", 0.05, LAWFUL_KMH, late_clock),
    Story("speed bump", 0.05, LAWFUL_KMH, bump),
    Story("camera turned in mid-pass", 0.04, LAWFUL_KMH, nudged),
    Story("clock steps in mid-pass", 0.04, LAWFUL_KMH, clock_steps),
    Story("frames lost and late", 0.04, LAWFUL_KMH, frames_stray),
    Story("brakes and changes lane", 0.04, LAWFUL_KMH, swerving),
    Story("plate hung askew", 0.04, LAWFUL_KMH, askew),
)
