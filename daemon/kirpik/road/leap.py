"""Whether a plate leaps along its way: then two vehicles were taken for one, however smoothly both of them drive."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AROUND = 3
"""Frames on each side of a step that agree about it; fewer are something else that was seen for a moment."""
STEP_M, STEP_PX = 0.35, 2.0
"""What braking between two sightings and the finder's noise may make of a step."""


def largest_step(off_m: Array, a_pixel_m: Array) -> float:
    """The largest step between what a few frames say and the next few, as a multiple of what is no leap.

    `off_m` (n,) is how far ahead of the measured vehicle each frame in turn sees the plate, the frames that the measure
    left out among them; `a_pixel_m` (n,) is the way that a pixel stands for there. Below 1.1 for one vehicle on the
    bench, mostly above 5 for two.
    """
    steps = [
        abs(float(np.median(off_m[k : k + AROUND]) - np.median(off_m[k - AROUND : k])))
        / (STEP_M + STEP_PX * float(a_pixel_m[k - 1 : k + 1].max()))
        for k in range(AROUND, len(off_m) - AROUND + 1)
    ]
    return max(steps, default=0.0)
