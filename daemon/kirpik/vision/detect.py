"""Plates in a view: peaks of the network's heat, each with four corners."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Luma, Network, Quad, Tensor

STRIDE = 8
FILL = 128
CORNER_UNIT_PX = 4.0
"""Corner outputs are asinh(offset / this): fine for small plates, and a byte still reaches across large ones."""
THRESHOLD = 0.3
"""Scores below are no plates; what it takes to begin a track is for the tracker to say."""
MOST = 32
"""Plates in one picture; a picture with more is a texture that looks like plates."""
NEIGHBOUR_SHARE = 0.3
"""Cells beside a peak with at least this share of its score have a say in its corners."""

_AROUND = np.array([(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)])


class Detector:
    """Owns the detector network."""

    def __init__(self, network: Network) -> None:
        height, width = network.input_size
        if height % STRIDE or width % STRIDE:
            raise ModelError(f"expected a detector whose input is a multiple of {STRIDE}, got {height}×{width}")
        self._network = network
        self._image = np.full((1, height, width, 1), FILL, np.uint8)

    @property
    def input_size(self) -> tuple[int, int]:
        """Width, height."""
        return self._image.shape[2], self._image.shape[1]

    def find(self, view: Luma) -> list[tuple[Quad, float]]:
        """Quads in pixels of `view`, which is no larger than the input, best first."""
        high, wide = view.shape
        _, height, width, _ = self._image.shape
        if high > height or wide > width:
            raise ModelError(f"expected a reduced picture of at most {width}×{height}, got {wide}×{high}")
        self._image[0, :high, :wide, 0] = view
        self._image[0, high:], self._image[0, :high, wide:] = FILL, FILL
        heat, corners = self._network.run(self._image)
        return peaks(heat, corners)


def peaks(heat: Tensor, corners: Tensor) -> list[tuple[Quad, float]]:
    """The plates in a network's answer, in pixels of its input, best first, none within another."""
    values = heat.values[0, :, :, 0]
    threshold = int(np.ceil(-np.log(1 / THRESHOLD - 1) / heat.scale)) + heat.zero_point
    rows, columns = np.nonzero(values >= threshold)
    if rows.size == 0:
        return []
    padded = np.pad(values, 1, constant_values=-128)
    around = padded[rows[:, None] + 1 + _AROUND[:, 0], columns[:, None] + 1 + _AROUND[:, 1]]
    top = (values[rows, columns] >= around.max(1)).nonzero()[0]
    top = top[np.argsort(-values[rows[top], columns[top]].astype(np.int16), kind="stable")][: 2 * MOST]
    scores = _sigmoid((around[top].astype(np.float64) - heat.zero_point) * heat.scale)
    found = [
        (_quad(corners, int(rows[at]), int(columns[at]), shares), float(shares[4]))
        for at, shares in zip(top, scores, strict=True)
    ]
    return separate(found, by=lambda plate: plate[1])[:MOST]


def unfold(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corner outputs to pixels from the cell's centre."""
    return np.asarray(CORNER_UNIT_PX * np.sinh(values))


def fold(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """The other way round, for training."""
    return np.asarray(np.arcsinh(offsets / CORNER_UNIT_PX))


def _quad(corners: Tensor, row: int, column: int, shares: NDArray[np.float64]) -> Quad:
    """Mean of what the peak and its neighbours say, by their scores."""
    _, height, width, _ = corners.values.shape
    places = _AROUND + (row, column)
    heard = ((places >= 0) & (places < (height, width))).all(1) & (shares >= NEIGHBOUR_SHARE * shares[4])
    places, weights = places[heard], shares[heard]
    raw = corners.values[0, places[:, 0], places[:, 1]].astype(np.float64)
    offsets = unfold((raw - corners.zero_point) * corners.scale).reshape(-1, 4, 2)
    centres = places[:, None, ::-1] * STRIDE + (STRIDE - 1) / 2
    return np.asarray(np.average(offsets + centres, axis=0, weights=weights))


Plate = TypeVar("Plate", bound=tuple[Any, ...])
"""A tuple that begins with a quad."""


def separate(found: Sequence[Plate], *, by: Callable[[Plate], float]) -> list[Plate]:
    """Best first; one whose middle lies within a better one, or the other way round, is the same plate."""
    kept: list[Plate] = []
    for plate in sorted(found, key=by, reverse=True):
        if not any(covers(plate[0], better[0]) for better in kept):
            kept.append(plate)
    return kept


def covers(quad: Quad, other: Quad) -> bool:
    """Whether the middle of one lies within the other."""
    return _within(quad, other) or _within(other, quad)


def _within(quad: Quad, other: Quad) -> bool:
    middle = quad.mean(0)
    return bool((other.min(0) <= middle).all() and (middle <= other.max(0)).all())


def _sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logit)))
