"""Is a confidence of 0.9 right nine times in ten? Bins of what was claimed against what was right, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
SIDE, MARGIN = 300, 46


@dataclass(frozen=True, slots=True)
class Bin:
    """What was claimed with about the same confidence."""

    count: int
    claimed: float
    right: float


def bins(claimed: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Non-empty bins, least confident first."""
    values, truth = np.asarray(claimed, np.float64), np.asarray(right, np.float64)
    found = []
    for low, high in pairwise(EDGES):
        inside = (values >= low) & (values < high)
        if inside.any():
            found.append(Bin(int(inside.sum()), float(values[inside].mean()), float(truth[inside].mean())))
    return found


def calibration_error(found: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap, weighted by counts."""
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.claimed - one.right) for one in found) / max(total, 1)


def draw(series: Sequence[tuple[str, str, Sequence[Bin]]]) -> str:
    """Name, colour and bins of each curve; a point's area grows with its count."""
    whole = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{whole}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{whole}" height="{whole}" fill="white"/>',
        f'<path d="M{MARGIN} {MARGIN}V{MARGIN + SIDE}H{MARGIN + SIDE}" fill="none" stroke="black"/>',
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4"/>',
        f'<text x="{MARGIN + SIDE // 2}" y="{whole - 10}" text-anchor="middle">claimed confidence</text>',
        f'<text transform="translate(14 {MARGIN + SIDE // 2}) rotate(-90)" text-anchor="middle">share right</text>',
    ]
    for tick in (0, 0.5, 1):
        parts.append(f'<text x="{_x(tick)}" y="{MARGIN + SIDE + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for place, (name, colour, found) in enumerate(series):
        line = " ".join(f"{_x(one.claimed)},{_y(one.right)}" for one in found)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        for one in found:
            radius = 2 + np.log10(one.count + 1) * 1.6
            parts.append(f'<circle cx="{_x(one.claimed)}" cy="{_y(one.right)}" r="{radius:.1f}" fill="{colour}"/>')
        gap = f"{name}: mean gap {calibration_error(found):.3f}"
        parts.append(f'<text x="{MARGIN + 12}" y="{MARGIN + 14 + 16 * place}" fill="{colour}">{gap}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(share: float) -> int:
    return round(MARGIN + SIDE * share)


def _y(share: float) -> int:
    return round(MARGIN + SIDE * (1 - share))
