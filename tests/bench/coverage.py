"""A drawing of how often the truth lies within so many stated standard deviations, against how often it ought to."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 400
LEFT, TOP, RIGHT, BOTTOM = 60, 20, 20, 50
SIGMAS_MOST = 3.5
FONT = 'font-family="sans-serif" font-size="12"'
COLOURS = ("#1b6ca8", "#0b2545", "#d1495b", "#8d2b3c")


def draw(series: Sequence[tuple[str, NDArray[np.float64]]]) -> str:
    """SVG; each series is a name and |error| in stated standard deviations, (n,)."""
    k = np.linspace(0, SIGMAS_MOST, 141)
    ideal = [(float(x), math.erf(x / math.sqrt(2))) for x in k]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_grid(),
        _line(ideal, "#888888", 'stroke-dasharray="6 4" stroke-width="2"'),
        _legend(0, "a normal error of the stated size", "#888888"),
    ]
    for number, (name, off) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        met = [(float(x), float((off <= x).mean())) for x in k]
        parts += [_line(met, colour, 'stroke-width="1.5"'), _legend(number + 1, f"{name}, {len(off)} measured", colour)]
    return "\n".join([*parts, "</svg>", ""])


def _place(x: float, share: float) -> tuple[float, float]:
    across = LEFT + x / SIGMAS_MOST * (WIDTH - LEFT - RIGHT)
    return across, HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _grid() -> list[str]:
    parts = []
    for x in range(4):
        (a, b), (_, d) = _place(x, 0), _place(x, 1)
        parts.append(f'<line x1="{a:.0f}" y1="{b:.0f}" x2="{a:.0f}" y2="{d:.0f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{a:.0f}" y="{b + 18:.0f}" text-anchor="middle">{x} u</text>')
    for share in (0.0, 0.25, 0.5, 0.683, 0.954, 1.0):
        (a, b), (c, _) = _place(0, share), _place(SIGMAS_MOST, share)
        parts.append(f'<line x1="{a:.0f}" y1="{b:.0f}" x2="{c:.0f}" y2="{b:.0f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{a - 6:.0f}" y="{b + 4:.0f}" text-anchor="end">{share:.1%}</text>')
    parts.append(
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">|error| in stated uncertainties</text>'
    )
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str, style: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(*point) for point in points))
    return f'<polyline points="{path}" fill="none" stroke="{colour}" {style}/>'


def _legend(row: int, text: str, colour: str) -> str:
    x, y = WIDTH - RIGHT - 300, HEIGHT - BOTTOM - 110 + row * 20
    return (
        f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
        f'<text x="{x + 32}" y="{y + 4}">{text}</text>'
    )
