"""How far past a line a path is over time, and the moment at which it crosses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.site import Lane, SignalRule
from kirpik.values import RoadPath

ASIDE_M = 0.5
"""A crossing counts this far beyond the line's two ends, for a line is painted shorter than the lane is wide."""
ACCELERATION_MOST_MPS2 = 4.0
"""Of a vehicle in traffic: bounds how far back it must have been before it was seen."""
CLEAR_REAR_M, CLEAR_FRONT_M = 18.0, 0.5
NEAR_S = 0.1


@dataclass(frozen=True, slots=True)
class Approach:
    """A path measured along the lawful direction from a line: negative before it, positive past it."""

    t_s: NDArray[np.float64]
    past_m: NDArray[np.float64]
    sigma_m: NDArray[np.float64]
    crossed_s: float
    speed_mps: float
    """At the crossing."""

    def at(self, t_s: float) -> float:
        """The furthest forward that it can have been, one standard deviation on the driver's side."""
        if t_s >= self.t_s[0]:
            return float(np.interp(t_s, self.t_s, self.past_m + self.sigma_m))
        driven = _least_driven(max(self._first_speed(), 0.0), float(self.t_s[0]) - t_s)
        return float(self.past_m[0] + self.sigma_m[0]) - driven

    def sigma_at(self, t_s: float) -> float:
        return float(np.interp(t_s, self.t_s, self.sigma_m))

    def _first_speed(self) -> float:
        """Over the first half second, lowered by two standard deviations."""
        early = self.t_s <= self.t_s[0] + 0.5
        if early.sum() < 3:
            return 0.0
        span = float(np.ptp(self.t_s[early]))
        slope = float(np.polyfit(self.t_s[early], self.past_m[early], 1)[0])
        return slope - 2 * float(np.median(self.sigma_m[early])) / span / float(np.sqrt(early.sum()))


def approach(path: RoadPath, rule: SignalRule, lane: Lane) -> Approach | None:
    """The path seen from the rule's line, or None when it never crosses it in the lawful direction."""
    (ax, ay), (bx, by) = rule.line_m
    along = np.array([bx - ax, by - ay])
    length = float(np.hypot(*along))
    along = along / max(length, 1e-9)
    ahead = np.array([-along[1], along[0]])
    lawful = 1.0 if lane.direction == "away" else -1.0
    if ahead[1] * lawful < 0:
        ahead = -ahead
    offset = path.foot_m - (ax, ay)
    past, aside = smooth(path.t_s, offset @ ahead), offset @ along
    crossing = _crossing(path.t_s, past, aside, length)
    if crossing is None:
        return None
    crossed, speed = crossing
    return Approach(path.t_s, past, path.sigma_m, crossed, speed)


def clear_m(rule: SignalRule, lane: Lane) -> float:
    """How far short of the line a plate must have been for its whole vehicle to be so."""
    if rule.clear_m is not None:
        return rule.clear_m
    return CLEAR_REAR_M if lane.direction == "away" else CLEAR_FRONT_M


def smooth(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight line through each point's neighbours within a tenth of a second: less noise, no lag."""
    first, last = np.searchsorted(t_s, t_s - NEAR_S - 1e-9), np.searchsorted(t_s, t_s + NEAR_S + 1e-9)
    count = last - first

    def total(of: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.concatenate([[0.0], np.cumsum(of)])
        return np.asarray(summed[last] - summed[first])

    centred = t_s - t_s.mean()
    mean_t, mean_v = total(centred) / count, total(values) / count
    spread = total(centred**2) / count - mean_t**2
    slope = np.where(count >= 3, (total(centred * values) / count - mean_t * mean_v) / np.maximum(spread, 1e-9), 0.0)
    return np.asarray(np.where(count >= 3, mean_v + slope * (centred - mean_t), values))


def _crossing(
    t_s: NDArray[np.float64], past: NDArray[np.float64], aside: NDArray[np.float64], length: float
) -> tuple[float, float] | None:
    """The last moment at which the path goes from before the line to past it, and its speed there."""
    steps = np.flatnonzero((past[:-1] < 0) & (past[1:] >= 0))
    if not len(steps):
        return None
    i = int(steps[-1])
    share = -past[i] / (past[i + 1] - past[i])
    beside = aside[i] + share * (aside[i + 1] - aside[i])
    if not -ASIDE_M <= beside <= length + ASIDE_M:
        return None
    crossed = float(t_s[i] + share * (t_s[i + 1] - t_s[i]))
    near = np.abs(t_s - crossed) <= 0.25
    speed = (
        np.polyfit(t_s[near], past[near], 1)[0] if near.sum() >= 3 else (past[i + 1] - past[i]) / (t_s[i + 1] - t_s[i])
    )
    return crossed, max(float(speed), 0.1)


def _least_driven(speed_mps: float, duration_s: float) -> float:
    """The least way that ends in this speed: it may have started from rest, as hard as a vehicle can."""
    braking_s = min(duration_s, speed_mps / ACCELERATION_MOST_MPS2)
    return speed_mps * braking_s - ACCELERATION_MOST_MPS2 * braking_s**2 / 2
