"""A row of a plate, straightened and evened out: the crop that the reader's network takes."""

import numpy as np

from kirpik.values import Luma, Quad
from kirpik.vision.warp import move, unit_to_quad, warp

CROP_HEIGHT, CROP_WIDTH = 40, 192
MARGINS = (0.02, 0.08)
"""Shown beyond each side, in the row's widths and heights, so that a corner a little off cuts no character."""
TWO_ROW_BANDS = ((0.0, 0.54), (0.46, 1.0))
"""Upper and lower row of a two-row plate, in its heights; they overlap because states divide differently."""
RIM = (0.04, 0.15)
"""Of a crop's width and height, on each side, where `normalise` does not look."""
TARGET_DEVIATION, FLOOR_DEVIATION = 56.0, 4.0
"""Contrast after `normalise`, and below which a crop is taken as empty rather than stretched."""


def rectify(luma: Luma, quad: Quad, *, top: float = 0.0, bottom: float = 1.0) -> Luma:
    """The band from `top` to `bottom` (in plate heights) of the plate `quad`: CROP_HEIGHT × CROP_WIDTH, normalised."""
    band = quad if (top, bottom) == (0.0, 1.0) else _band(quad, top, bottom)
    return normalise(warp(luma, band, CROP_WIDTH, CROP_HEIGHT, MARGINS))


def row_crops(luma: Luma, quad: Quad, rows: int) -> list[Luma]:
    """One crop a row, from above."""
    bands = ((0.0, 1.0),) if rows == 1 else TWO_ROW_BANDS
    return [rectify(luma, quad, top=top, bottom=bottom) for top, bottom in bands]


def normalise(crop: Luma) -> Luma:
    """Mean 128, a fixed deviation: the reader sees neither the exposure nor the night.

    Measured inside the rim alone: beside an overexposed sheet all else is black, and would leave its ink no contrast.
    """
    beside, above = round(RIM[0] * crop.shape[1]), round(RIM[1] * crop.shape[0])
    inner = crop[above : crop.shape[0] - above, beside : crop.shape[1] - beside]
    mean = float(inner.mean())
    factor = TARGET_DEVIATION / max(float(inner.std()), FLOOR_DEVIATION)
    levels = np.clip((np.arange(256) - mean) * factor + 128.5, 0, 255).astype(np.uint8)
    return np.asarray(levels[crop], np.uint8)


def aspect(quad: Quad) -> float:
    """Width over height as seen."""
    sides = np.hypot(*(np.roll(quad, -1, axis=0) - quad).T)
    return float((sides[0] + sides[2]) / max(float(sides[1] + sides[3]), 1e-6))


def _band(quad: Quad, top: float, bottom: float) -> Quad:
    return move(unit_to_quad(quad), np.array([(0, top), (1, top), (1, bottom), (0, bottom)]))
