"""Where the detector looks and how finely: its input is small, so far plates need a part at full resolution."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kirpik.values import View

Size = tuple[int, int]
"""Width, height in pixels."""
Spots = NDArray[np.float64]
"""Where plates can be seen, shape (n, 3): x, y and how wide a long plate is there, in pixels of the picture."""
Chances = NDArray[np.float64]
"""For each spot, how likely a plate there is found in one look."""

CHANCE_WIDTHS_PX = (8.0, 12.0, 15.0, 18.0, 22.0, 28.0, 180.0, 320.0)
CHANCES = (0.0, 0.2, 0.45, 0.7, 0.92, 0.98, 0.98, 0.5)
"""How likely a long plate so wide in a view is found, as measured."""
FOUND_FROM_PX = 22.0
"""In a view; narrower ones are missed too often."""
USELESS_PX = 16.0
"""In the picture; where plates are narrower still, nothing can be measured or read."""
HALF_PLATE = (0.65, 0.35)
"""What has to lie within a view around a spot, in widths of the plate: two-row plates are higher."""
FINER = 1.25
"""From one factor that is tried to the next."""
PLACES = 24
"""Tried along each axis."""
WORTH_A_VIEW = 0.025
"""Share of all plates that a further view has to bring."""
VIEWS_MOST = 6
OVERLAP_PX = 100
"""Of neighbouring tiles, so that a plate is whole in one of them."""


def overview(picture: Size, most: Size) -> View:
    """The whole picture, reduced so far that it fits."""
    return _view(0, 0, max(picture[0] / most[0], picture[1] / most[1], 1.0), picture, most)


def plan_views(spots: Spots, picture: Size, most: Size) -> tuple[View, ...]:
    """Few views in which nearly every plate at the spots is whole and of a good size, the most useful first.

    Greedy: at each turn the view that raises the expected number of found plates most. `most` is the detector's input.
    """
    spots = spots[spots[:, 2] >= USELESS_PX]
    whole = overview(picture, most)
    if not len(spots):
        return (whole,)
    views: list[View] = []
    chance = np.zeros(len(spots))
    while len(views) < VIEWS_MOST:
        better = [(np.maximum(chance, chances(view, spots, picture)), view) for view in
                  (whole, *_candidates(spots, chance, picture, most))]  # fmt: skip
        raised, view = max(better, key=lambda one: float(one[0].sum()))
        if views and raised.mean() - chance.mean() < WORTH_A_VIEW:
            break
        views.append(view)
        chance = raised
    return tuple(views)


def chances(view: View, spots: Spots, picture: Size) -> Chances:
    """How likely a plate at each spot is found in this view; nought where it is not whole in it."""
    left, top, right, bottom = view.box
    low, high = _plates(spots, picture)
    inside = (low >= (left, top)).all(1) & (high <= (right + 0.5, bottom + 0.5)).all(1)
    return np.asarray(inside * _by_width(spots, view.factor))


def tiles(picture: Size, most: Size, narrowest_px: float) -> tuple[View, ...]:
    """For a picture of which nothing is known: the whole, then ever finer tiles, until plates as narrow as
    `narrowest_px` are found."""
    whole = overview(picture, most)
    finest = max(narrowest_px / FOUND_FROM_PX, 1.0)
    levels = round(np.log2(whole.factor / finest)) if whole.factor > finest else 0
    found = [whole]
    for level in range(1, levels + 1):
        found += _tiled(whole.factor / 2**level, picture, most)
    return tuple(found)


def _candidates(spots: Spots, chance: Chances, picture: Size, most: Size) -> Iterator[View]:
    """For each factor the best placed view, given what other views already find."""
    low, high = _plates(spots, picture)
    for factor in _factors(overview(picture, most).factor):
        gain = np.maximum(_by_width(spots, factor) - chance, 0)
        if not gain.any():
            continue
        reach = np.minimum(np.array(most) * factor, picture)
        places = [_places(low[gain > 0, axis], high[gain > 0, axis], reach[axis], picture[axis]) for axis in (0, 1)]
        across, down = (
            (low[:, axis] >= start[:, None]) & (high[:, axis] <= start[:, None] + reach[axis])
            for axis, start in enumerate(places)
        )
        gains = (across * gain) @ down.T.astype(np.float64)
        column, row = np.unravel_index(int(gains.argmax()), gains.shape)
        yield _view(int(places[0][column]), int(places[1][row]), factor, picture, most)


def _places(low: NDArray[np.float64], high: NDArray[np.float64], reach: float, side: int) -> NDArray[np.float64]:
    """Starts of a view along one axis that begin or end at a plate."""
    starts = np.concatenate([np.floor(low), np.ceil(high) - np.floor(reach)])
    starts = np.unique(np.clip(starts, 0, max(np.floor(side - reach), 0)))
    return np.asarray(starts[np.unique(np.linspace(0, max(len(starts) - 1, 0), PLACES).round().astype(int))])


def _factors(largest: float) -> list[float]:
    count = int(np.ceil(np.log(largest) / np.log(FINER)))
    return [min(FINER**power, largest) for power in range(count + 1)]


def _by_width(spots: Spots, factor: float) -> Chances:
    return np.interp(spots[:, 2] / factor, CHANCE_WIDTHS_PX, CHANCES)


def _plates(spots: Spots, picture: Size) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What has to be seen around each spot, as far as it lies in the picture: low and high corners (n, 2)."""
    half = spots[:, 2:] * HALF_PLATE
    return np.clip(spots[:, :2] - half, 0, picture), np.clip(spots[:, :2] + half, 0, picture)


def _view(left: int, top: int, factor: float, picture: Size, most: Size) -> View:
    wide, high = (max(min(side, round(whole / factor)), 1) for side, whole in zip(most, picture, strict=True))
    return View(left, top, (wide, high), factor)


def _tiled(factor: float, picture: Size, most: Size) -> list[View]:
    across, down = (_evenly(side, reach * factor, factor) for side, reach in zip(picture, most, strict=True))
    return [_view(left, top, factor, picture, most) for top in down for left in across]


def _evenly(side: int, reach: float, factor: float) -> list[int]:
    """Starts of tiles that cover one side of the picture."""
    overlap = OVERLAP_PX * factor
    count = 1 if reach >= side else int(np.ceil((side - overlap) / (reach - overlap)))
    return [int(start) for start in np.floor(np.linspace(0, max(side - reach, 0), count))]
