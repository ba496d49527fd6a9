"""Plate corners to a fraction of a pixel: a network looks at each plate twice, straightened and enlarged.

For each coordinate it gives a distribution over places; the mean is the corner, the spread is its doubt.
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
LOOKS = 2
WIDEST_SIGMA = 0.04
"""A sighting is dropped when a corner is more doubtful than this share of the plate's width."""

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
        sigma_px = np.inf
        for _ in range(LOOKS):
            homography = patch_to_picture(quad, PATCH_WIDTH, PATCH_HEIGHT, MARGIN)
            patch = sample(luma, homography, PATCH_WIDTH, PATCH_HEIGHT)
            output = self._network.run(patch[None, :, :, None])[0]
            places, spread = unfold((output.values.astype(np.float32) - output.zero_point) * output.scale)
            width, height = _sides(quad)
            quad = move(homography, to_patch(places))
            if not _is_convex(quad):
                return None
            sigma_px = float(np.sqrt(np.mean((spread * np.array(RANGE) * (width, height)) ** 2)))
        if sigma_px > WIDEST_SIGMA * _sides(quad)[0]:
            return None
        return Sighting(quad, score, sigma_px)


def unfold(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each coordinate's distribution, shape (4, 2), in units of the bins' range."""
    table = logits.reshape(8, BINS).astype(np.float64)
    weights = np.exp(table - table.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    mean = weights @ _PLACES
    spread = np.sqrt(np.maximum((weights * (_PLACES - mean[:, None]) ** 2).sum(1), 0))
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
