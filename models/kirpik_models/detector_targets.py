"""What the detector should have said: heat, corners and weights for each cell of a picture."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.detect import STRIDE, fold
from kirpik_models.scenes import DOUBTFUL, EXACT, NOTHING, REFUSED

Field = NDArray[np.float32]
SMALLEST_PX = 8.0
"""Plates narrower than this are neither asked for nor held against the network."""
LEAST_VISIBLE = 0.7
BOX_WEIGHT = 0.15
"""Say of a hand-drawn, upright box in the corners, where a true quad has 1."""
FULL_HEIGHT_PX = 9.0
"""Of a plate whose corners count once; a lower one's count more, for a pixel is much of its height."""
CORNER_HEAT = 0.4
"""Cells with at least this much heat learn corners."""


@dataclass(frozen=True, slots=True)
class Targets:
    """For one picture of rows × columns cells."""

    heat: Field = field(repr=False)
    judged: Field = field(repr=False)
    """0 where nobody knows."""
    refused: Field = field(repr=False)
    """1 where somebody looked and found none."""
    corners: Field = field(repr=False)
    """(8, rows, columns), folded."""
    weights: Field = field(repr=False)
    """Of the corners, 0 away from plates."""


def targets(quads: Field, kinds: NDArray[np.uint8], size: tuple[int, int]) -> Targets:
    """`size` is the picture's height and width; quads (n, 4, 2) may reach beyond it."""
    rows, columns = size[0] // STRIDE, size[1] // STRIDE
    x, y = (np.arange(count, dtype=np.float32) * STRIDE + (STRIDE - 1) / 2 for count in (columns, rows))
    made = Targets(
        np.zeros((rows, columns), np.float32),
        np.ones((rows, columns), np.float32),
        np.zeros((rows, columns), np.float32),
        np.zeros((8, rows, columns), np.float32),
        np.zeros((rows, columns), np.float32),
    )
    for quad, kind in zip(quads, kinds, strict=True):
        if kind == NOTHING:
            continue
        if kind == REFUSED:
            made.refused[_inside(quad, x, y)] = 1
        elif kind == DOUBTFUL or not _fair(quad, size):
            _excuse(made, quad, x, y)
        else:
            _ask(made, quad, 1.0 if kind == EXACT else BOX_WEIGHT, x, y)
    return made


def mirrored(quads: Field, width: int) -> Field:
    """Quads of the picture turned left to right."""
    turned = quads[:, [1, 0, 3, 2]].copy()
    turned[:, :, 0] = width - 1 - turned[:, :, 0]
    return np.asarray(turned, np.float32)


def _fair(quad: Field, size: tuple[int, int]) -> bool:
    """Wide enough, and mostly in the picture."""
    low, high = quad.min(0), quad.max(0)
    seen = np.clip(high, 0, (size[1], size[0])) - np.clip(low, 0, (size[1], size[0]))
    share = float(np.prod(seen / np.maximum(high - low, 1e-3)))
    return bool(np.hypot(*(quad[1] - quad[0])) >= SMALLEST_PX and share >= LEAST_VISIBLE)


def _excuse(made: Targets, quad: Field, x: Field, y: Field) -> None:
    made.judged[_inside(quad, x, y) & (made.heat < CORNER_HEAT)] = 0


def _inside(quad: Field, x: Field, y: Field) -> NDArray[np.bool_]:
    """Cells in the quad's upright bounds and half a cell around."""
    low, high = quad.min(0) - STRIDE / 2, quad.max(0) + STRIDE / 2
    return np.asarray(((y >= low[1]) & (y <= high[1]))[:, None] & ((x >= low[0]) & (x <= high[0])))


def _ask(made: Targets, quad: Field, weight: float, x: Field, y: Field) -> None:
    centre, spread = quad.mean(0), np.ptp(quad, axis=0) * (0.06, 0.12) + 0.5 * STRIDE
    bell = np.exp(-0.5 * (((y - centre[1]) / spread[1])[:, None] ** 2 + ((x - centre[0]) / spread[0]) ** 2))
    row, column = int(np.abs(y - centre[1]).argmin()), int(np.abs(x - centre[0]).argmin())
    bell[row, column] = 1
    ours = bell > made.heat
    made.heat[ours] = bell[ours]
    made.judged[row, column] = 1
    learn = ours & (bell >= CORNER_HEAT)
    weight *= float(np.clip(FULL_HEIGHT_PX / np.maximum(np.ptp(quad[:, 1]), 1.0), 0.6, 3.0))
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None]))
    offsets = quad.reshape(4, 2, 1, 1) - grid[None]
    made.corners[:, learn] = fold(offsets.reshape(8, *bell.shape))[:, learn]
    made.weights[learn] = weight * bell[learn]
