"""Where the joint fit begins: the depth of each plate from its size, and a straight line through the places."""

import numpy as np
from numpy.typing import NDArray

from kirpik.road.consensus import places
from kirpik.road.model import COUNT, HEADING, H, V, X, Y
from kirpik.road.observed import Observed

Array = NDArray[np.float64]

TURNS = 4


def start(observed: Observed) -> Array:
    """The unknowns (COUNT,); near frames count more, and frames far off hardly."""
    scene = observed.scene
    where, depth = places(observed.corners, scene.plate, scene.camera, scene.pose)
    slope, offset, say = _line(scene.t_s.mean(axis=1), where[:, :2], depth**-4.0)
    theta = np.zeros(COUNT)
    theta[[X, Y]] = offset
    theta[H] = np.average(where[:, 2], weights=say)
    theta[V], theta[HEADING] = np.hypot(*slope), np.arctan2(slope[0], slope[1])
    return theta


def _line(t_s: Array, where: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Slope, offset and each point's share of the say in them, (n,)."""
    say = weight / weight.sum()
    for _ in range(TURNS):
        middle, since = say @ where, t_s - say @ t_s
        slope = (say * since) @ where / ((say * since) @ since)
        offset = middle - slope * (say @ t_s)
        off = np.linalg.norm(where - offset - t_s[:, None] * slope, axis=1) * np.sqrt(weight)
        say = weight / (1 + (off / max(2.0 * float(np.median(off)), 1e-9)) ** 2)
        say = say / say.sum()
    return slope, offset, say
