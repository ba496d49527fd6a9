"""A frame as letters and numbers, for aiming: so coarse that no plate and no face is in it. Pure; nothing is kept."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad

RAMP = " .:-=+*#%@"
COLUMNS, ROWS = 76, 22
"""A cell is some 8 by 16 pixels of the small picture: a plate that could just be read is one cell."""
LANE, PLATE = "|", "O"
DARK, BRIGHT = 40, 215
"""Mean grey below and above which plates drown."""


def ascii_picture(luma: Luma, *, columns: int = COLUMNS, rows: int = ROWS) -> NDArray[np.str_]:
    """Shape (rows, columns), one character each, contrast stretched between the 2nd and 98th percentile."""
    means = _cells(luma, columns, rows)
    low, high = np.percentile(means, (2, 98))
    share = np.clip((means - low) / max(float(high - low), 1.0), 0, 1)
    letters: NDArray[np.str_] = np.array(list(RAMP))[np.round(share * (len(RAMP) - 1)).astype(int)]
    return letters


def draw(
    picture: NDArray[np.str_], lanes: Sequence[NDArray[np.float64]], plates: Sequence[Quad], *, size: tuple[int, int]
) -> list[str]:
    """`lanes` are outlines and `plates` corners in pixels of the full picture, which is `size` wide and high."""
    drawn = picture.copy()
    scale = np.array([picture.shape[1] / size[0], picture.shape[0] / size[1]])
    for outline in lanes:
        _mark(drawn, _along(outline) * scale, LANE)
    for quad in plates:
        _mark(drawn, quad.mean(axis=0, keepdims=True) * scale, PLATE)
    return ["".join(row) for row in drawn]


def light(luma: Luma) -> int:
    """Mean grey."""
    return round(float(luma[::4, ::4].mean()))


def sharpness(luma: Luma) -> float:
    """Mean square of the Laplacian over the middle half: highest when the lens is in focus, whatever the scene."""
    height, width = luma.shape
    middle = luma[height // 4 : -(height // 4), width // 4 : -(width // 4)].astype(np.int32)
    inner = middle[1:-1, 1:-1]
    laplacian = 4 * inner - middle[:-2, 1:-1] - middle[2:, 1:-1] - middle[1:-1, :-2] - middle[1:-1, 2:]
    return float(np.mean(laplacian.astype(np.float64) ** 2))


def plate_height_px(quad: Quad) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2


def _cells(luma: Luma, columns: int, rows: int) -> NDArray[np.float64]:
    edges_y = np.linspace(0, luma.shape[0], rows + 1).astype(int)
    edges_x = np.linspace(0, luma.shape[1], columns + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(luma.astype(np.float64), edges_y[:-1], axis=0), edges_x[:-1], axis=1)
    return np.asarray(sums / (np.diff(edges_y)[:, None] * np.diff(edges_x)[None, :]))


def _along(outline: NDArray[np.float64], points: int = 60) -> NDArray[np.float64]:
    """Points along a closed outline."""
    ends = np.vstack([outline, outline[:1]])
    share = np.linspace(0, 1, points)[:, None]
    return np.vstack([start + share * (end - start) for start, end in pairwise(ends)])


def _mark(drawn: NDArray[np.str_], places: NDArray[np.float64], letter: str) -> None:
    for x, y in places:
        if np.isfinite(x) and np.isfinite(y) and 0 <= y < drawn.shape[0] and 0 <= x < drawn.shape[1]:
            drawn[int(y), int(x)] = letter
