"""Plate corners to a fraction of a pixel: a network looks at a plate until it settles, straightened and enlarged.

For each coordinate it gives a distribution over places; the mean is the corner, the spread is its doubt. It learnt from
starts that are wrong evenly to all sides, so it leans towards none; where it sees no plate, all places are alike to it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Luma, Network, Quad, Sighting
from kirpik.vision.warp import move, patch_to_picture, sample

PATCH_WIDTH, PATCH_HEIGHT = 160, 48
MARGIN = (0.15, 0.4)
"""Around the plate in the patch, as shares of its width and height."""
BINS = 32
RANGE = (0.14, 0.38)
"""The bins reach this far to either side of the expected corner, as shares of the plate's width and height."""
LOOKS = 5
"""At most."""
BETWEEN_BINS = (2 / (BINS - 1)) ** 2 / 6
"""Variance that a truth between two bins has on average by being shared out to both; it is no doubt."""
LEAST_SPREAD = 0.008
"""In the bins' range; nobody is surer."""
SETTLED = 0.005
"""No further look when the last one moved no corner by more than this share of the plate's width."""
UNSETTLED = 0.04
"""A sighting is dropped when the last look still moves a corner by this share of the plate's width."""
WIDEST_SIGMA = 0.04
"""A sighting is dropped when a corner is more doubtful than this share of the plate's width."""
HOPELESS_SIGMA = 0.036
"""So doubtful at the first look, it is nearly always lettering: it gets no second one."""
SURE_SCORE = 0.7
"""From a detection so sure, a bad start is likelier than lettering: it gets its second look all the same."""

_NOMINAL = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
_PLATE_PX = np.array([PATCH_WIDTH / (1 + 2 * MARGIN[0]), PATCH_HEIGHT / (1 + 2 * MARGIN[1])])
_EXPECTED_PX = _NOMINAL * _PLATE_PX + (np.array([PATCH_WIDTH, PATCH_HEIGHT]) - _PLATE_PX) / 2 - 0.5
_REACH_PX = _PLATE_PX * np.array(RANGE)
_PLACES = np.linspace(-1.0, 1.0, BINS)


class CornerFinder:
    """Owns the corner network."""

    def __init__(self, network: Network) -> None:
        if tuple(network.input_size) != (PATCH_HEIGHT, PATCH_WIDTH):
            raise ModelError(f"expected a corner network of {PATCH_HEIGHT}×{PATCH_WIDTH}, got {network.input_size}")
        self._network = network

    def refine(self, luma: Luma, quads: Sequence[tuple[Quad, float]]) -> list[Sighting]:
        """The detector's quads with their scores, made exact; those that stay doubtful are left out."""
        found = (self._look(luma, quad, score) for quad, score in quads)
        return [sighting for sighting in found if sighting is not None]

    def _look(self, luma: Luma, quad: Quad, score: float) -> Sighting | None:
        sigma = moved = np.inf
        for look in range(LOOKS):
            start, (quad, sigma) = quad, self._see(luma, quad)
            if not _is_convex(quad) or (look == 0 and sigma > HOPELESS_SIGMA and score < SURE_SCORE):
                return None
            moved = float(np.abs(quad - start).max()) / _sides(start)[0]
            if moved < SETTLED:
                break
        width, _ = _sides(quad)
        if sigma > WIDEST_SIGMA or moved > UNSETTLED:
            return None
        return Sighting(quad, score, sigma * width)

    def _see(self, luma: Luma, start: Quad) -> tuple[Quad, float]:
        """A better quad, and the deviation of its corners as a share of the plate's width."""
        homography = patch_to_picture(start, PATCH_WIDTH, PATCH_HEIGHT, MARGIN)
        patch = sample(luma, homography, PATCH_WIDTH, PATCH_HEIGHT)
        output = self._network.run(patch[None, :, :, None])[0]
        places, spread = unfold((output.values.astype(np.float32) - output.zero_point) * output.scale)
        width, height = _sides(start)
        deviation = spread * np.array(RANGE) * (1.0, height / width)
        quad = move(homography, to_patch(places))
        return quad, float(np.sqrt(np.mean(deviation**2)))


def unfold(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each coordinate, (4, 2), in the bins' range; the logits are four x, four y."""
    table = logits.reshape(2, 4, BINS).transpose(1, 0, 2).reshape(8, BINS).astype(np.float64)
    weights = np.exp(table - table.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    mean = weights @ _PLACES
    variance = (weights * (_PLACES - mean[:, None]) ** 2).sum(1) - BETWEEN_BINS
    spread = np.sqrt(np.maximum(variance, LEAST_SPREAD**2))
    return mean.reshape(4, 2), spread.reshape(4, 2)


def to_patch(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Units of the bins' range to pixels of the patch."""
    return np.asarray(_EXPECTED_PX + places * _REACH_PX)


def from_patch(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The other way round."""
    return np.asarray((points - _EXPECTED_PX) / _REACH_PX)


def _sides(quad: Quad) -> tuple[float, float]:
    """Mean width and height."""
    across, down = quad[[1, 2]] - quad[[0, 3]], quad[[3, 2]] - quad[[0, 1]]
    return float(np.hypot(*across.T).mean()), float(np.hypot(*down.T).mean())


def _is_convex(quad: Quad) -> bool:
    edges = np.roll(quad, -1, 0) - quad
    following = np.roll(edges, -1, 0)
    return bool((edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all())
