"""Flat plates, one pixel a millimetre: the artwork from which readers, finders and scenes learn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kirpik.errors import InputError
from kirpik.values import Luma
from kirpik_models.brush import Brush, Rect
from kirpik_models.compose import Style, set_row
from kirpik_models.fonts import Face, pick_face
from kirpik_models.layout import Layout
from kirpik_models.layouts import LAYOUTS
from kirpik_models.letters import draw_pen
from kirpik_models.patterns import fill, row_text
from kirpik_models.trimmings import decorate, edge, mark_in_a_row

_SHADES = {
    "white": (185, 255), "yellow": (150, 215), "grey": (120, 190), "black": (8, 60), "red": (50, 105), "blue": (30, 90),
    "green": (55, 115),
}  # fmt: skip
"""Luma that a named colour may have."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """One plate seen straight on, to its outer edge."""

    luma: Luma = field(repr=False)
    size_mm: tuple[int, int]
    text: str
    """All characters in reading order."""
    plate_format: str
    rows: int
    row_texts: tuple[str, ...]
    row_boxes: tuple[Rect, ...]
    """Where each row may stand: left, top, right, bottom in pixels."""


def draw(
    rng: np.random.Generator, faces: Sequence[Face], *, plate_format: str | None = None, rows: int | None = None
) -> Artwork:
    """A random plate; of one format's layouts only, or of so many rows, if asked."""
    layout = _pick_layout(rng, plate_format, rows)
    size = layout.sizes[int(rng.integers(len(layout.sizes)))]
    filled = fill(rng, layout.patterns[int(rng.integers(len(layout.patterns)))])
    ink, paper = _colours(rng, layout)
    brush = Brush(np.full((size[1], size[0]), paper, np.uint8), draw_pen(rng, pick_face(rng, faces)), ink, rng)
    boxes = mark_in_a_row(brush, layout, _row_boxes(decorate(brush, layout), len(filled), rng))
    for box, row in zip(boxes, filled, strict=True):
        set_row(brush, box, row, _style(rng, layout, box))
    edge(brush)
    texts = tuple(row_text(row) for row in filled)
    return Artwork(brush.canvas, size, "".join(texts), layout.plate_format, len(filled), texts, boxes)


def _pick_layout(rng: np.random.Generator, plate_format: str | None, rows: int | None) -> Layout:
    layouts = [one for one in LAYOUTS if plate_format in (None, one.plate_format) and rows in (None, one.rows)]
    if not layouts:
        raise InputError(f"plate format {plate_format!r} has no artwork")
    weights = np.array([layout.weight for layout in layouts])
    return layouts[int(rng.choice(len(layouts), p=weights / weights.sum()))]


def _colours(rng: np.random.Generator, layout: Layout) -> tuple[int, int]:
    """Ink and paper; a worn plate has less between them."""
    ink_name, paper_name = layout.colours[int(rng.integers(len(layout.colours)))].split("/")
    ink, paper = (int(rng.integers(*_SHADES[name])) for name in (ink_name, paper_name))
    if rng.random() < 0.1:
        ink = round(ink + (paper - ink) * float(rng.uniform(0.1, 0.45)))
    return ink, paper


def _style(rng: np.random.Generator, layout: Layout, box: Rect) -> Style:
    share = float(rng.uniform(0.72, 0.92) if layout.caption < 0.05 else rng.uniform(0.78, 0.98))
    return Style(
        height=max(12, round((box[3] - box[1]) * share)),
        spacing=float(rng.uniform(0.06, 0.22) if rng.random() < 0.88 else rng.uniform(0.0, 0.07)),
        gap=float(rng.uniform(0.15, 0.5)),
        box_height=float(rng.uniform(0.55, 0.92)),
        small_letters=float(np.clip(layout.small_letters + rng.normal(0, 0.02), 0.7, 1.0)),
        box_framed=bool(rng.random() < 0.2),
        sign=layout.sign if rng.random() < 0.9 else "",
        beside_bar=(_room(rng), _room(rng)),
    )


def _room(rng: np.random.Generator) -> float:
    """Beside a bar: mostly little, often enough much."""
    return float(rng.uniform(0.02, 0.12) if rng.random() < 0.55 else rng.uniform(0.12, 0.5))


def _row_boxes(area: Rect, count: int, rng: np.random.Generator) -> tuple[Rect, ...]:
    left, top, right, bottom = area
    if count == 1:
        return (area,)
    middle = top + round((bottom - top) * float(rng.uniform(0.44, 0.54)))
    inset = round((right - left) * float(rng.uniform(0, 0.12)))
    return ((left + inset, top, right - inset // 2, middle - 2), (left, middle + 2, right, bottom))
