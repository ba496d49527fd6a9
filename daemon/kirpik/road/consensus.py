"""Which frames of a track show one and the same moving plate: glare, lettering and a neighbour's plate slip in.

Random sample consensus (Fischler & Bolles 1981) without the chance: pairs of frames, evenly taken, each say where the
plate was at all other times; the pair with which most frames agree is believed.
"""

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import rays
from kirpik.road.outline import PlateClass, sides
from kirpik.site import Camera, Pose

Array = NDArray[np.float64]

PAIRS_MOST = 200
SLOWEST_MPS, FASTEST_MPS = 2.0, 100.0
"""Of a pair that is asked; what stands still is not to be measured, and signs and parked cars do."""
SIZE_SLACK_PX = 1.0
"""How wrong a width may be, and so the distance."""
PLACE_SLACK_M = 0.3
ACCELERATION_SLACK_MPS2 = 4.0


def places(corners: Array, plate: PlateClass, camera: Camera, pose: Pose) -> tuple[Array, Array]:
    """Where plates (n, 4, 2) are, by their apparent size: road points (n, 3) and depths (n,). Good to a few percent."""
    width, _ = sides(corners)
    depth = camera.fx * plate.width_mm / 1000.0 / width
    return pose.position_m + rays(corners.mean(axis=1), camera, pose) * depth[:, None], depth


def agreeing(t_s: Array, corners: Array, plate: PlateClass, camera: Camera, pose: Pose) -> NDArray[np.bool_]:
    """The frames (n,) that agree on one motion; none when no pair of them could be a vehicle's."""
    where, depth = places(corners, plate, camera, pose)
    first, second = _pairs(len(t_s))
    velocity = (where[second] - where[first]) / (t_s[second] - t_s[first])[:, None]
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    likely = (speed >= SLOWEST_MPS) & (speed <= FASTEST_MPS)
    if not likely.any():
        return np.zeros(len(t_s), dtype=np.bool_)
    first, second, velocity = first[likely], second[likely], velocity[likely]
    since = t_s - t_s[first][:, None]
    off = np.linalg.norm(where - where[first][:, None] - velocity[:, None] * since[..., None], axis=-1)
    width, _ = sides(corners)
    slack = PLACE_SLACK_M + depth * SIZE_SLACK_PX / width
    slack = slack + slack[first][:, None] + ACCELERATION_SLACK_MPS2 / 2 * np.abs(since * (t_s - t_s[second][:, None]))
    agree = off <= slack
    return np.asarray(agree[int(agree.sum(axis=1).argmax())])


def _pairs(frames: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Not too near in time, for a short base tells little."""
    first, second = np.triu_indices(frames, k=max(1, frames // 6))
    step = max(1, len(first) // PAIRS_MOST)
    return first[::step], second[::step]
