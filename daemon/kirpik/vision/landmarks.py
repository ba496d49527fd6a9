"""Fixed points of a scene: corners that can be told again, and how far all of them together have moved.

Works on the reduced picture. A landmark is a few pixels of a marking, a post, a wall; the best one of each cell of a
grid, so that no vehicle can be most of them.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kirpik.values import Luma, Shift

Array = NDArray[np.float32]
Places = NDArray[np.float64]

HALF = 7
"""A landmark's patch is 15 × 15."""
CELLS = (8, 6)
CONTRAST_LEAST = 60.0
"""Of the weaker direction of a corner, in squared grey levels a pixel: noise has some ten."""
ALIKE_LEAST = 0.7
"""Normalised correlation with which a patch is found again."""
NEAR = 4
"""So many pixels around where it should be a patch is looked for."""
FAR = 40
"""And in the picture of half the size, where most have been lost."""
TOGETHER_PX = 0.7
LANDMARKS_LEAST = 8


@dataclass(frozen=True, slots=True)
class Landmarks:
    places: Places
    """x, y of the patches' centres, shape (n, 2)."""
    patches: Array
    """Shape (n, 15, 15)."""


def pick(picture: Luma) -> Landmarks:
    """The strongest corner of each cell; none where a cell has none."""
    strength = _corners(picture.astype(np.float32))
    high, wide = picture.shape
    edge = HALF + NEAR + 2
    places = []
    for top, bottom in _bounds(edge, high - edge, CELLS[1]):
        for left, right in _bounds(edge, wide - edge, CELLS[0]):
            cell = strength[top:bottom, left:right]
            if cell.size and cell.max() >= CONTRAST_LEAST:
                y, x = np.unravel_index(int(cell.argmax()), cell.shape)
                places.append((left + int(x), top + int(y)))
    patches = [picture[y - HALF : y + HALF + 1, x - HALF : x + HALF + 1] for x, y in places]
    shape = (-1, 2 * HALF + 1, 2 * HALF + 1)
    return Landmarks(np.array(places, np.float64).reshape(-1, 2), np.array(patches, np.float32).reshape(shape))


def find(marks: Landmarks, picture: Luma, moved: tuple[int, int]) -> tuple[Places, NDArray[np.bool_]]:
    """Where each landmark is now, near where `moved` pixels would bring it; and which ones were found."""
    places, found = marks.places.copy(), np.zeros(len(marks.places), bool)
    for number, (place, patch) in enumerate(zip(marks.places, marks.patches, strict=True)):
        x, y = int(place[0]) + moved[0], int(place[1]) + moved[1]
        alike = _alike(picture, patch, x, y, NEAR)
        if alike is None:
            continue
        row, column = np.unravel_index(int(alike.argmax()), alike.shape)
        inside = 0 < row < 2 * NEAR and 0 < column < 2 * NEAR
        if inside and alike[row, column] >= ALIKE_LEAST:
            fine_x, fine_y = _peak(alike[row, column - 1 : column + 2]), _peak(alike[row - 1 : row + 2, column])
            places[number] = x + column - NEAR + fine_x, y + row - NEAR + fine_y
            found[number] = True
    return places, found


def search(marks: Landmarks, picture: Luma) -> tuple[int, int]:
    """How far the scene has jumped, roughly: what most landmarks say in the picture of half the size."""
    small = _halved(picture)
    votes: dict[tuple[int, int], int] = {}
    for place, patch in zip(marks.places, marks.patches, strict=True):
        alike = _alike(small, _halved(patch[:-1, :-1]), int(place[0]) // 2, int(place[1]) // 2, FAR)
        if alike is not None:
            row, column = np.unravel_index(int(alike.argmax()), alike.shape)
            for dx, dy in ((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                said = (int(column) - FAR + dx, int(row) - FAR + dy)
                votes[said] = votes.get(said, 0) + 1
    x, y = max(votes, key=lambda said: votes[said], default=(0, 0))
    return 2 * x, 2 * y


def shift_of(before: Places, now: Places, found: NDArray[np.bool_]) -> Shift | None:
    """Turn, scale and shift of the picture that at least half of all landmarks agree on; None where they do not."""
    if len(before) < LANDMARKS_LEAST:
        return None
    agree = found & (np.linalg.norm(now - before - _middle((now - before)[found]), axis=1) < 2 * NEAR)
    for _ in range(3):
        if 2 * agree.sum() < len(before):
            return None
        centre, (a, b, dx, dy) = before[agree].mean(axis=0), _similarity(before[agree], now[agree])
        x, y = (before - centre).T
        left = now - before - np.column_stack([a * x - b * y + dx, b * x + a * y + dy])
        agree = found & (np.linalg.norm(left, axis=1) < TOGETHER_PX)
    return Shift(x_px=dx, y_px=dy, turn_rad=b, scale=a)


def _middle(moves: Places) -> Places:
    return np.asarray(np.median(moves, axis=0)) if len(moves) else np.zeros(2)


def _similarity(before: Places, now: Places) -> tuple[float, float, float, float]:
    """Least squares: now − before = a·(x, y) + b·(−y, x) + (dx, dy), about the centre of `before`."""
    moves, (x, y) = now - before, (before - before.mean(axis=0)).T
    size = float((x * x + y * y).sum())
    a = float((x * moves[:, 0] + y * moves[:, 1]).sum()) / size
    b = float((x * moves[:, 1] - y * moves[:, 0]).sum()) / size
    return a, b, float(moves[:, 0].mean()), float(moves[:, 1].mean())


def _alike(picture: NDArray[np.generic], patch: Array, x: int, y: int, reach: int) -> Array | None:
    """Normalised correlation of the patch with the picture around x, y: (2·reach + 1)²; None beyond the edge."""
    high, wide = patch.shape
    top, left = y - high // 2 - reach, x - wide // 2 - reach
    bottom, right = top + high + 2 * reach, left + wide + 2 * reach
    if top < 0 or left < 0 or bottom > picture.shape[0] or right > picture.shape[1]:
        return None
    windows = sliding_window_view(picture[top:bottom, left:right].astype(np.float32), patch.shape)
    mean = windows.mean(axis=(2, 3))
    spread = np.sqrt(np.maximum((windows**2).mean(axis=(2, 3)) - mean**2, 1.0))
    level = patch - patch.mean()
    together = np.einsum("ijkl,kl->ij", windows, level, optimize=True) / patch.size
    return np.asarray(together / (spread * max(float(level.std()), 1.0)), np.float32)


def _peak(three: Array) -> float:
    """Of a parabola through three values, from the middle one."""
    low, middle, high = (float(value) for value in three)
    bend = low - 2 * middle + high
    return 0.0 if bend >= 0 else float(np.clip((low - high) / (2 * bend), -0.5, 0.5))


def _corners(picture: Array) -> Array:
    """The smaller eigenvalue of the mean structure tensor (Shi and Tomasi 1994)."""
    gy, gx = (np.asarray(slope, np.float32) for slope in np.gradient(picture))
    xx, yy, xy = _blurred(gx * gx), _blurred(gy * gy), _blurred(gx * gy)
    return np.asarray((xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2))


def _blurred(values: Array) -> Array:
    """Mean over 7 × 7."""
    for axis in (0, 1):
        total = np.cumsum(np.pad(values, [(4, 3) if a == axis else (0, 0) for a in (0, 1)], mode="edge"), axis=axis)
        ahead, behind = np.split(np.asarray([*range(7, total.shape[axis]), *range(total.shape[axis] - 7)]), 2)
        values = np.asarray((np.take(total, ahead, axis) - np.take(total, behind, axis)) / 7, np.float32)
    return values


def _halved(picture: NDArray[np.generic]) -> Array:
    high, wide = (size // 2 * 2 for size in picture.shape)
    return np.asarray(picture[:high, :wide].reshape(high // 2, 2, wide // 2, 2).mean(axis=(1, 3)), np.float32)


def _bounds(low: int, high: int, count: int) -> list[tuple[int, int]]:
    ends = np.linspace(low, high, count + 1).astype(int)
    return list(pairwise(ends))
