"""Paths and signals for rule tests: a plate along Y past a line at 25 m, as the eye would have followed it."""

from collections.abc import Callable, Sequence

import numpy as np

from kirpik.rules.signals import Timeline
from kirpik.site import Lane, RedLight, StopLine
from kirpik.values import Phase, RoadPath, SignalChange

LINE = ((-1.75, 25.0), (1.75, 25.0))
LANE = Lane(name="1", polygon_m=((-1.75, 0.0), (1.75, 0.0), (1.75, 80.0), (-1.75, 80.0)), direction="away")
TOWARDS = Lane(name="2", polygon_m=LANE.polygon_m, direction="towards")
RED_LIGHT = RedLight(signal="A", line_m=LINE, legal_basis="599")
STOP_LINE = StopLine(signal="A", line_m=LINE, legal_basis="599-2")


def path(
    y_of: Callable[[float], float], *, seconds: tuple[float, float], x_m: float = 0.0, sigma_m: float = 0.1
) -> RoadPath:
    t = np.arange(seconds[0], seconds[1], 1 / 25)
    noise = np.random.default_rng(0).normal(0, sigma_m / 3, len(t))
    foot = np.stack([np.full_like(t, x_m), np.array([y_of(float(at)) for at in t]) + noise], axis=1)
    return RoadPath(
        start_ns=round((100 + seconds[0]) * 1e9), t_s=t - t[0], foot_m=foot, sigma_m=np.full_like(t, sigma_m),
        height_m=0.6, height_sigma_m=0.1, plate_mm=(520.0, 112.0),
    )  # fmt: skip


def signals(changes: Sequence[tuple[float, Phase]]) -> Timeline:
    """Seconds are on the clock of `path`."""
    timeline = Timeline()
    for at, phase in changes:
        timeline.add(SignalChange(round((100 + at) * 1e9), "A", phase))
    return timeline


def at_s(moment_ns: int) -> float:
    return moment_ns / 1e9 - 100


def stopping_at(y_m: float, *, speed: float, when: float) -> Callable[[float], float]:
    """Drives at `speed`, stands at `y_m` from `when` on, braking by 4 m/s²."""

    def y_of(t: float) -> float:
        left = max(0.0, when - t)
        braking = speed / 4.0
        return y_m - (2.0 * min(left, braking) ** 2 + speed * max(0.0, left - braking))

    return y_of
