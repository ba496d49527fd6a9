"""Units on a map without a map service: dots over a grid of degrees, near ones gathered, as one SVG element.

Nobody outside is asked for tiles, so nobody outside learns where units hang.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from kirpik.wire.troubles import LEVELS, Level
from kirpik_central.fleetview.glance import Unit

WIDTH, HEIGHT, MARGIN = 960, 480, 40
CELL = 34
"""Units that would stand closer than this, in pixels, are one dot with their number."""
KM_PER_DEGREE = 111.2
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
SMALLEST_SPAN_DEG = 0.002


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    units: Sequence[Unit]

    @property
    def level(self) -> Level | None:
        levels = [unit.level for unit in self.units if unit.level is not None]
        return min(levels, key=LEVELS.index) if levels else None


@dataclass(frozen=True, slots=True)
class Frame:
    """Degrees to picture: equidistant about the middle, which is good enough for a country."""

    latitude: float
    longitude: float
    scale: float
    """Pixels a degree of latitude."""

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        narrow = _narrow(self.latitude)
        x = WIDTH / 2 + (longitude - self.longitude) * narrow * self.scale
        return x, HEIGHT / 2 - (latitude - self.latitude) * self.scale


def draw_map(units: Iterable[Unit], *, name: str, km: str) -> str:
    """Empty where no unit has a place."""
    placed = [unit for unit in units if unit.card.place is not None]
    if not placed:
        return ""
    frame = frame_of([unit.card.place for unit in placed if unit.card.place is not None])
    parts = [*_grid(frame, km), *(_dot(dot) for dot in dots(placed, frame))]
    head = f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{escape(name)}">'
    return head + "".join(parts) + "</svg>"


def frame_of(places: Sequence[tuple[float, float]]) -> Frame:
    south, north = min(place[0] for place in places), max(place[0] for place in places)
    west, east = min(place[1] for place in places), max(place[1] for place in places)
    latitude, longitude = (south + north) / 2, (west + east) / 2
    narrow = _narrow(latitude)
    tall, wide = max(north - south, SMALLEST_SPAN_DEG), max((east - west) * narrow, SMALLEST_SPAN_DEG)
    return Frame(latitude, longitude, min((HEIGHT - 2 * MARGIN) / tall, (WIDTH - 2 * MARGIN) / wide))


def dots(units: Iterable[Unit], frame: Frame) -> list[Dot]:
    """Gathered first by cells of a grid, then cells that came to stand too close, the fuller ones first."""
    cells: dict[tuple[int, int], list[tuple[float, float, Unit]]] = {}
    for unit in units:
        assert unit.card.place is not None  # noqa: S101  as `draw_map` chose them
        x, y = frame.place(*unit.card.place)
        cells.setdefault((int(x // CELL), int(y // CELL)), []).append((x, y, unit))
    gathered: list[Dot] = []
    for dot in sorted((_middle(found) for found in cells.values()), key=lambda dot: -len(dot.units)):
        near = next((at for at, other in enumerate(gathered) if _apart(dot, other) < CELL), None)
        if near is None:
            gathered.append(dot)
        else:
            gathered[near] = Dot(gathered[near].x, gathered[near].y, [*gathered[near].units, *dot.units])
    return sorted(gathered, key=lambda dot: len(LEVELS) - LEVELS.index(dot.level) if dot.level else 0)


def _middle(found: Sequence[tuple[float, float, Unit]]) -> Dot:
    x, y = sum(place[0] for place in found) / len(found), sum(place[1] for place in found) / len(found)
    return Dot(x, y, [unit for _, _, unit in found])


def _apart(one: Dot, other: Dot) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def _dot(dot: Dot) -> str:
    one = len(dot.units) == 1
    radius = 5 if one else min(16, 6 + 2 * math.log2(len(dot.units)))
    names = ", ".join(unit.name for unit in dot.units[:8]) + (" …" if len(dot.units) > 8 else "")
    mark = f'<circle class="{dot.level or "well"}" cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="{radius:.1f}"/>'
    number = "" if one else f'<text class="number" x="{dot.x:.1f}" y="{dot.y + 3.5:.1f}">{len(dot.units)}</text>'
    link = f"unit/{dot.units[0].id.hex()}" if one else "?q=" + escape(_shared(dot.units), quote=True)
    return f'<a href="{link}"><title>{escape(names)}</title>{mark}{number}</a>'


def _shared(units: Sequence[Unit]) -> str:
    """A group that all of them are in, to look closer."""
    groups = set(units[0].card.groups).intersection(*(unit.card.groups for unit in units))
    return min(groups, default="")


def _grid(frame: Frame, km: str) -> list[str]:
    span = HEIGHT / frame.scale
    step = next((step for step in STEPS if span / step <= 6), STEPS[-1])
    digits = max(0, -math.floor(math.log10(step)))
    narrow = _narrow(frame.latitude)
    lines = []
    for number in _between(frame.latitude, HEIGHT / 2 / frame.scale, step):
        _, y = frame.place(number * step, frame.longitude)
        lines.append(f'<path class="grid" d="M0 {y:.1f}H{WIDTH}"/>')
        lines.append(f'<text class="degree" x="4" y="{y - 3:.1f}">{number * step:.{digits}f}°</text>')
    for number in _between(frame.longitude, WIDTH / 2 / frame.scale / narrow, step):
        x, _ = frame.place(frame.latitude, number * step)
        lines.append(f'<path class="grid" d="M{x:.1f} 0V{HEIGHT}"/>')
        lines.append(f'<text class="degree" x="{x + 3:.1f}" y="{HEIGHT - 4}">{number * step:.{digits}f}°</text>')
    bar = step * frame.scale
    length = f"{step * KM_PER_DEGREE:.3g} {escape(km)}"
    lines.append(f'<path class="bar" d="M{WIDTH - bar - 20:.1f} {HEIGHT - 22}h{bar:.1f}"/>')
    lines.append(f'<text class="degree" x="{WIDTH - bar - 20:.1f}" y="{HEIGHT - 28}">{length}</text>')
    return lines


def _narrow(latitude: float) -> float:
    """How long a degree of longitude is, in degrees of latitude; never nothing, even at a pole."""
    return max(0.05, math.cos(math.radians(latitude)))


def _between(middle: float, half: float, step: float) -> range:
    return range(math.ceil((middle - half) / step), math.floor((middle + half) / step) + 1)
