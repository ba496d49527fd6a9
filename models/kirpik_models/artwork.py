"""Flat plates, one pixel a millimetre: the artwork from which readers, finders and scenes learn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from kirpik.errors import InputError
from kirpik.values import Luma
from kirpik_models.compose import Rect, Style, put, set_row
from kirpik_models.fonts import Face, pick_face
from kirpik_models.layouts import LAYOUTS, Layout
from kirpik_models.letters import Pen, draw_pen
from kirpik_models.patterns import fill, row_text

_SHADES = {
    "white": (185, 255), "yellow": (150, 215), "black": (8, 60), "red": (50, 105), "blue": (30, 90), "green": (55, 115),
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


def draw(rng: np.random.Generator, faces: Sequence[Face], *, plate_format: str | None = None) -> Artwork:
    """A random plate; of one format's layouts only, if named."""
    layout = _pick_layout(rng, plate_format)
    size = layout.sizes[int(rng.integers(len(layout.sizes)))]
    rows = fill(rng, layout.patterns[int(rng.integers(len(layout.patterns)))])
    ink, paper = _colours(rng, layout)
    canvas = np.full((size[1], size[0]), paper, np.uint8)
    pen = draw_pen(rng, pick_face(rng, faces))
    area = _decorate(canvas, layout, pen, ink, paper, rng)
    boxes = _row_boxes(area, len(rows), rng)
    for box, row in zip(boxes, rows, strict=True):
        set_row(canvas, box, row, _style(rng, layout, pen, box, ink, paper), rng)
    _edge(canvas, ink, rng)
    texts = tuple(row_text(row) for row in rows)
    return Artwork(canvas, size, "".join(texts), layout.plate_format, len(rows), texts, boxes)


def _pick_layout(rng: np.random.Generator, plate_format: str | None) -> Layout:
    layouts = [layout for layout in LAYOUTS if plate_format in (None, layout.plate_format)]
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


def _style(rng: np.random.Generator, layout: Layout, pen: Pen, box: Rect, ink: int, paper: int) -> Style:
    share = float(rng.uniform(0.72, 0.92) if layout.caption < 0.05 else rng.uniform(0.78, 0.98))
    return Style(
        pen=pen,
        ink=ink,
        paper=paper,
        height=max(12, round((box[3] - box[1]) * share)),
        spacing=float(rng.uniform(0.06, 0.22)),
        gap=float(rng.uniform(0.15, 0.5)),
        box_height=float(rng.uniform(0.62, 0.92)),
        small_letters=float(np.clip(layout.small_letters + rng.normal(0, 0.02), 0.7, 1.0)),
        box_framed=bool(rng.random() < 0.2),
    )


def _row_boxes(area: Rect, count: int, rng: np.random.Generator) -> tuple[Rect, ...]:
    left, top, right, bottom = area
    if count == 1:
        return (area,)
    middle = top + round((bottom - top) * float(rng.uniform(0.44, 0.54)))
    inset = round((right - left) * float(rng.uniform(0, 0.12)))
    return ((left + inset, top, right - inset // 2, middle - 2), (left, middle + 2, right, bottom))


def _decorate(canvas: Luma, layout: Layout, pen: Pen, ink: int, paper: int, rng: np.random.Generator) -> Rect:
    """Bands, flags, captions; returns the rectangle that is left for characters."""
    height, width = canvas.shape
    inset = round(height * float(rng.uniform(0.03, 0.09)))
    left, top, right, bottom = inset * 2, inset, width - inset * 2, height - inset
    wide = width / height > 2.2
    for side, names in (("left", layout.left), ("right", layout.right)):
        name = names[int(rng.integers(len(names)))]
        if name == "none" or (not wide and rng.random() < 0.6):
            continue
        taken = _side_block(canvas, name, side == "left", pen, ink, rng, wide=wide)
        left, right = (max(left, taken + 3), right) if side == "left" else (left, min(right, width - taken - 3))
    if rng.random() < layout.caption:
        strip = round(height * float(rng.uniform(0.12, 0.2)))
        above = rng.random() < 0.6
        y = top if above else bottom - strip
        _caption(canvas, (left, y, right, y + strip), pen, ink, rng)
        top, bottom = (top + strip, bottom) if above else (top, bottom - strip)
    return left, top, right, bottom


def _side_block(
    canvas: Luma, name: str, at_left: bool, pen: Pen, ink: int, rng: np.random.Generator, *, wide: bool
) -> int:
    """Draw a EU band, a flag with letters, or small letters below; returns the width taken."""
    height, width = canvas.shape
    kind, _, letters = name.partition(":")
    block = round(min(height * (0.42 if wide else 0.25), width * 0.12) * float(rng.uniform(0.85, 1.1)))
    x0 = 0 if at_left else width - block
    if kind == "eu":
        cv2.rectangle(canvas, (x0, 0), (x0 + block, height), int(rng.integers(25, 90)), -1)
        cv2.circle(
            canvas,
            (x0 + block // 2, round(height * 0.32)),
            round(block * 0.28),
            int(rng.integers(120, 220)),
            int(rng.choice([2, 3])),
        )
        letters = "".join(chr(65 + int(code)) for code in rng.integers(0, 26, int(rng.integers(1, 4))))
        _small(
            canvas,
            letters,
            (x0 + 4, round(height * 0.58), x0 + block - 4, round(height * 0.88)),
            pen,
            int(rng.integers(190, 255)),
        )
        return block
    flag_top, flag_bottom = (0.2, 0.46) if kind == "flag" else (0.72, 0.92)
    margin = round(block * 0.18)
    if kind == "flag" or rng.random() < 0.5:
        box = (x0 + margin, round(height * flag_top)), (x0 + block - 2, round(height * flag_bottom))
        cv2.rectangle(canvas, *box, int(rng.integers(80, 210)), -1)
        cv2.circle(
            canvas,
            (x0 + block // 2 + margin // 2, round(height * (flag_top + flag_bottom) / 2)),
            max(3, block // 7),
            int(rng.integers(60, 250)),
            -1,
        )
    if letters and (kind == "flag" or rng.random() < 0.8):
        rows = (0.56, 0.82) if kind == "flag" else (0.72, 0.92)
        _small(canvas, letters, (x0 + margin, round(height * rows[0]), x0 + block, round(height * rows[1])), pen, ink)
    return block if kind == "flag" else 0


def _small(canvas: Luma, letters: str, rect: Rect, pen: Pen, ink: int) -> None:
    left, top, right, bottom = rect
    step = (right - left) / max(len(letters), 2)
    height = min(bottom - top, round(step * 1.7))
    start = (left + right) / 2 - step * len(letters) / 2
    for place, char in enumerate(letters):
        mask = pen.mask(char, max(3, round(step * 0.85)), max(5, height))
        put(canvas, mask, round(start + place * step), round((top + bottom - height) / 2), ink)


def _caption(canvas: Luma, rect: Rect, pen: Pen, ink: int, rng: np.random.Generator) -> None:
    left, top, right, bottom = rect
    count = int(rng.integers(5, 22))
    letters = "".join(chr(65 + int(code)) for code in rng.integers(0, 26, count))
    width = min(right - left, round((bottom - top) * 0.55 * count))
    start = (left + right - width) // 2
    _small(canvas, letters, (start, top + 2, start + width, bottom - 2), pen, ink)


def _edge(canvas: Luma, ink: int, rng: np.random.Generator) -> None:
    """A stamped border, screws, a holder's rim."""
    height, width = canvas.shape
    if rng.random() < 0.7:
        inset = int(rng.integers(1, 6))
        cv2.rectangle(canvas, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, int(rng.integers(1, 5)))
    if rng.random() < 0.35:
        for fraction in rng.choice([0.04, 0.12, 0.3, 0.5, 0.7, 0.88, 0.96], 2, replace=False):
            y = round(height * float(rng.choice([0.1, 0.5, 0.9])))
            cv2.circle(canvas, (round(width * fraction), y), int(rng.integers(3, 7)), int(rng.integers(20, 255)), -1)
    if rng.random() < 0.15:
        rim = round(height * float(rng.uniform(0.04, 0.1)))
        canvas[-rim:] = int(rng.integers(5, 90))
