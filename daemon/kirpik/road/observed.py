"""A track as the joint fit takes it, and what the fit believes before it looks.

All of it is fixed here or comes from the corners themselves: no stated uncertainty steers the fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import moments_ns
from kirpik.road.model import COUNT, LN_S, UNKNOWNS, H, Scene
from kirpik.road.outline import NOMINAL_PX, SIZE_PX, PlateClass, sides, size_spread
from kirpik.road.path import HEIGHT_PRIOR_M, HEIGHT_PRIOR_SIGMA_M
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint

Array = NDArray[np.float64]

PATTERNS = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [1, -1, 1, -1]]) / 2.0
"""Four corners that shift together, go apart to the sides, go apart up and down, and the rest. Orthonormal."""
WIDE, HIGH = (1, 0), (2, 1)
"""Pattern and axis in which the outline is too wide, or too high."""
PATTERN_PX = np.array([[0.14, 0.12], [0.40, 0.10], [0.10, 0.50], [0.10, 0.10]])
"""How far off a pattern is expected to be in x and y, as the corner finder errs at a plate of NOMINAL_PX: it knows
the place of a plate far better than its size."""
COHERENT = 1.5
"""Outlines of one vehicle err alike: they tell its size less well than so many frames would otherwise."""

BELIEFS = {
    "height": HEIGHT_PRIOR_SIGMA_M,
    "acceleration": 2.0,
    **dict.fromkeys(("jerk", "aside_2", "aside_3"), 1.0),
    "yaw": np.radians(3.0),
    "pitch": np.radians(6.0),
    "roll": np.radians(2.0),
    "ln_high": 0.05,
    **dict.fromkeys(("turn_x", "turn_y", "turn_z"), np.radians(0.07)),
    "mast": 0.05,
    "ln_focal": 0.003,
    "bias_wide": 0.18,
    "bias_high": 0.3,
    "grow_wide": 0.15,
    "grow_high": 0.3,
    **dict.fromkeys(("bounce_sin", "bounce_cos"), 0.003),
}
"""Standard deviations in metres, seconds, radians and pixels; of what is not named, nothing is believed."""
MEAN = np.zeros(COUNT)
MEAN[H] = HEIGHT_PRIOR_M


@dataclass(frozen=True, slots=True)
class Observed:
    scene: Scene
    corners: Array
    """(n, 4, 2) pixels."""
    sigma_px: Array
    """How far off the patterns are expected to be, (n, 4, 2)."""
    stated_px: Array
    """How far off the finder says that the corners are, (n,). Only the doubt looks at it."""
    trust: Array
    """How much each frame counts, (n,): 1, or less where it lies off."""
    believed: Array
    """Standard deviations that steer the fit, (COUNT,); infinite where nothing is believed beforehand."""
    reference_ns: int
    """The middle of the track, from which `scene.t_s` counts."""

    def only(self, chosen: NDArray[np.bool_]) -> "Observed":
        return replace(
            self,
            scene=replace(self.scene, t_s=self.scene.t_s[chosen], growth=self.scene.growth[chosen]),
            corners=self.corners[chosen],
            sigma_px=self.sigma_px[chosen],
            stated_px=self.stated_px[chosen],
            trust=self.trust[chosen],
        )

    def measured_by(self, plate: PlateClass) -> "Observed":
        """The same outlines, `plate` being what they enclose."""
        return replace(self, scene=replace(self.scene, plate=plate), believed=_believed(plate))


def observe(points: Sequence[TrackPoint], plate: PlateClass, camera: Camera, pose: Pose) -> Observed:
    corners = np.stack([point.quad for point in points])
    t_ns = np.stack([moments_ns(points, corners[:, corner], camera) for corner in range(4)], axis=1)
    reference_ns = round((t_ns[0].mean() + t_ns[-1].mean()) / 2)
    width, _ = sides(corners)
    return Observed(
        scene=Scene((t_ns - reference_ns) / 1e9, width / NOMINAL_PX - 1, plate, camera, pose),
        corners=corners,
        sigma_px=_expected(width),
        stated_px=np.array([point.sigma_px for point in points]),
        trust=np.ones(len(points)),
        believed=_believed(plate),
        reference_ns=reference_ns,
    )


def _believed(plate: PlateClass) -> Array:
    believed = np.array([BELIEFS.get(name, np.inf) for name in UNKNOWNS])
    believed[LN_S] = plate.sigma_ln
    return believed


def _expected(width: Array) -> Array:
    """Spread of the patterns, (n, 4, 2) pixels."""
    sigma = PATTERN_PX * np.hypot(0.5, 0.85 * width / NOMINAL_PX)[:, None, None]
    for pattern in (WIDE, HIGH):
        sigma[:, *pattern] = PATTERN_PX[pattern] * COHERENT * size_spread(width) / SIZE_PX
    return np.asarray(sigma)
