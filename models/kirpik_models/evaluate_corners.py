"""How exactly the corner finder finds synthetic plates, by size and rows: spread, bias, believed spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Quad
from kirpik.vision.corners import CornerFinder
from kirpik_models.corners_data import disturbed, outward_px, photograph
from kirpik_models.fonts import Face

WIDTHS_PX = (30, 45, 60, 90, 120, 150, 220, 320)
DETECTOR_ERROR = 0.025
"""Of a corner, as a share of the plate's width: what the detector hands over."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one plate width. Errors are along the plate's own sides, outward positive."""

    width_px: float
    rows: int
    plates: int
    dropped: int
    sigma_x_px: float
    """Robust: 1.4826 times the median absolute deviation."""
    sigma_y_px: float
    rms_px: float
    bias_x_px: float
    bias_y_px: float
    width_bias_percent: float
    believed_sigma_px: float
    three_sigma: float
    """Share of errors within three times the believed sigma."""


def measure(finder: CornerFinder, faces: Sequence[Face], *, width_px: float, rows: int, plates: int, seed: int) -> Row:
    """Fresh plates of one size through the unit's own two looks."""
    rng = np.random.default_rng([seed, round(width_px), rows])
    errors, believed, widths, dropped = [], [], [], 0
    for _ in range(plates):
        shot = photograph(rng, faces, width_px=width_px, rows=rows)
        start = disturbed(rng, shot.quad, error=DETECTOR_ERROR)
        found = finder.refine(shot.luma, [(start, 1.0)])
        if not found:
            dropped += 1
            continue
        errors.append(outward_px(found[0].quad, shot.quad))
        believed.append(found[0].sigma_px)
        widths.append(_width(found[0].quad) / _width(shot.quad) - 1)
    return _row(width_px, rows, np.array(errors), np.array(believed), np.array(widths), dropped)


def table(rows: Sequence[Row]) -> str:
    """As Markdown."""
    head = (
        "| width px | rows | dropped | σx | σy | rms | bias x | bias y | width bias % | believed σ | within 3σ |\n"
        + "|---" * 11
        + "|\n"
    )
    return head + "\n".join(
        f"| {row.width_px:.0f} | {row.rows} | {row.dropped}/{row.plates} | {row.sigma_x_px:.2f} | {row.sigma_y_px:.2f} "
        f"| {row.rms_px:.2f} | {row.bias_x_px:+.2f} | {row.bias_y_px:+.2f} | {row.width_bias_percent:+.2f} "
        f"| {row.believed_sigma_px:.2f} | {row.three_sigma:.3f} |"
        for row in rows
    )


def _row(
    width_px: float,
    rows: int,
    errors: NDArray[np.float64],
    believed: NDArray[np.float64],
    widths: NDArray[np.float64],
    dropped: int,
) -> Row:
    return Row(
        width_px=width_px,
        rows=rows,
        plates=len(errors) + dropped,
        dropped=dropped,
        sigma_x_px=_robust(errors[:, :, 0]),
        sigma_y_px=_robust(errors[:, :, 1]),
        rms_px=float(np.sqrt(np.mean(errors**2))),
        bias_x_px=float(np.median(errors[:, :, 0])),
        bias_y_px=float(np.median(errors[:, :, 1])),
        width_bias_percent=float(100 * np.median(widths)),
        believed_sigma_px=float(np.median(believed)),
        three_sigma=float(np.mean(np.abs(errors) < 3 * believed[:, None, None])),
    )


def _robust(values: NDArray[np.float64]) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _width(quad: Quad) -> float:
    across = quad[[1, 2]] - quad[[0, 3]]
    return float(np.hypot(across[:, 0], across[:, 1]).mean())
