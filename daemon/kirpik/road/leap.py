"""Whether a plate leaps on its way: then two vehicles were taken for one, however smoothly both of them drive."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AROUND = 3
"""Frames on each side of a step that agree about it; fewer are something else that was seen for a moment."""
STEP_M, STEP_PX = 0.15, 2.0
"""What an uneven drive between two sightings and the finder's noise may make of a step."""


def largest_step(t_s: Array, off_m: Array, a_pixel_m: Array) -> float:
    """The largest step between where a few frames see the plate and the next few, as a multiple of what is no leap.

    `t_s` (n,) rises; `off_m` (n, 2) is where each frame sees the plate against where the measured vehicle was, ahead
    and aside, the frames that the measure left out among them; `a_pixel_m` (n,) is the way that a pixel stands for.
    A vehicle that is measured a little wrong drifts away evenly, which is no step. Of one vehicle it is below 2.
    """
    slope = np.diff(off_m, axis=0) / np.maximum(np.diff(t_s), 1e-3)[:, None]
    return max((_step(k, t_s, off_m, slope, a_pixel_m) for k in range(AROUND, len(t_s) - AROUND + 1)), default=0.0)


def _step(k: int, t_s: Array, off_m: Array, slope: Array, a_pixel_m: Array) -> float:
    """Before frame `k`, the drift on both sides taken off."""
    before, after = slice(k - AROUND, k), slice(k, k + AROUND)
    drift = np.median(np.concatenate([slope[k - AROUND : k - 1], slope[k : k + AROUND - 1]]), axis=0)
    passed_s = float(np.median(t_s[after]) - np.median(t_s[before]))
    step = np.median(off_m[after], axis=0) - np.median(off_m[before], axis=0) - drift * passed_s
    return float(np.abs(step).max()) / (STEP_M + STEP_PX * float(a_pixel_m[k - 1 : k + 1].max()))
