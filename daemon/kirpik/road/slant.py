"""How far a plate is turned about the vertical, which nothing but the slant of its outline tells.

Seen from above, the long edges of a turned plate slant. So do those of a rolled one, but then its short edges slant as
well; and these do also, beside the middle of the picture, where the plate leans. Three unknowns, two angles, and what
plates are like: the mean of what may be (Gauss-Markov).
"""

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project
from kirpik.road.outline import PlateClass, sides
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

BELIEVED = np.radians([3.0, 6.0, 2.0])
"""Standard deviations of yaw, pitch and roll among plates."""
SLANT_PX = 0.12
"""By which one end of an edge may lie off against the other for a whole track (docs/MEASUREMENT.md)."""
STEP = 0.02
_CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]) / 1000.0
_STEPS = STEP * np.vstack([np.zeros(3), np.eye(3)])


def yaw_of(corners: Array, centre: Array, heading: float, plate: PlateClass, camera: Camera, pose: Pose) -> float:
    """Radians, counted as a heading is, from straight across the `heading`.

    `corners` (n, 4, 2) pixels; `centre` (n, 4, 3) is where on the road the plate's centre was as each was exposed.
    """
    seen = slants(corners)
    off = np.array([
        np.median(seen - slants(project(centre + _turned(step, heading, plate), camera, pose)), axis=0)
        for step in _STEPS
    ])  # fmt: skip
    gain = (off[0] - off[1:]).T / STEP
    spread = SLANT_PX / np.median(sides(corners), axis=1)
    across = gain * BELIEVED**2
    return float(across[:, 0] @ np.linalg.solve(across @ gain.T + np.diag(spread**2), off[0]))


def slants(quads: Array) -> Array:
    """Quads (n, 4, 2) → angles by which the long and the short edges lie turned clockwise, (n, 2)."""
    top_left, top_right, bottom_right, bottom_left = np.moveaxis(quads, -2, 0)
    long = top_right - top_left + bottom_right - bottom_left
    short = bottom_left - top_left + bottom_right - top_right
    return np.stack([np.arctan2(long[:, 1], long[:, 0]), np.arctan2(-short[:, 0], short[:, 1])], axis=-1)


def _turned(turn: Array, heading: float, plate: PlateClass) -> Array:
    """The corners from the plate's centre, (4, 3), for small turns."""
    yaw, pitch, roll = turn
    wide, high = (_CORNERS * plate.size_mm).T
    across, up = wide - roll * high, high + roll * wide
    facing = heading + yaw
    ahead = np.sign(np.cos(heading))
    right, behind = np.array([np.cos(facing), -np.sin(facing)]), np.array([np.sin(facing), np.cos(facing)])
    return np.column_stack([ahead * (across[:, None] * right - pitch * up[:, None] * behind), up])
