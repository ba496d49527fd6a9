"""A row of stamps set into a rectangle of the plate: widths, gaps, boxes, seals."""

from dataclasses import dataclass

import cv2

from kirpik_models.brush import Brush, Rect
from kirpik_models.patterns import Row, Stamp

SIGNED = 0.74
"""Height of a box's characters, in those of the row, above a sign."""
Span = tuple[int, int]
"""Left and right in pixels."""


@dataclass(frozen=True, slots=True)
class Style:
    """What one row's characters have in common."""

    height: int
    """Of a full character, in pixels."""
    spacing: float
    """Between characters, in heights."""
    gap: float
    """Of a blank, in heights."""
    box_height: float
    """Of characters in a separate box, in heights."""
    small_letters: float
    """Height of letters against digits."""
    box_framed: bool
    sign: str = ""
    """Small letters below a box's characters."""
    beside_bar: tuple[float, float] = (0.05, 0.05)
    """Room to the left and right of a line that parts a region, in heights: alone in a wide gap it looks like an I."""


def set_row(brush: Brush, rect: Rect, row: Row, style: Style) -> None:
    """Draw `row` about the middle of `rect`, squeezed when it would not fit."""
    left, top, right, bottom = rect
    widths = [_width(brush, stamp, style) for stamp in row]
    room, natural = right - left, max(sum(widths), 1.0)
    factor = min(room * brush.between(0.86, 1.0) / natural, 1.25)
    x = left + (room - natural * factor) * brush.between(0.3, 0.7)
    for stamp, width in zip(row, widths, strict=True):
        _draw(brush, (round(x), round(x + width * factor)), (top + bottom) / 2, stamp, style)
        x += width * factor


def _height(char: str, style: Style) -> int:
    return round(style.height * (style.small_letters if char.isalpha() else 1.0))


def _width(brush: Brush, stamp: Stamp, style: Style) -> float:
    match stamp.kind:
        case "char":
            return brush.pen.width(stamp.text, _height(stamp.text, style)) + style.spacing * style.height
        case "box":
            height = round(style.height * style.box_height)
            return 14 + max(_line_width(brush, line, height, style) for line in _box_lines(stamp.text))
        case "bar":
            return sum(style.beside_bar) * style.height
        case "seal":
            return 0.55 * style.height
        case "glyph":
            return 0.85 * style.height
        case _:
            return style.gap * style.height


def _line_width(brush: Brush, line: str, height: int, style: Style) -> float:
    return sum(brush.pen.width(char, height) + style.spacing * height for char in line)


def _draw(brush: Brush, span: Span, middle: float, stamp: Stamp, style: Style) -> None:
    centre, y = sum(span) // 2, round(middle)
    match stamp.kind:
        case "char":
            _draw_char(brush, span, middle, stamp, style)
        case "box":
            _draw_box(brush, span, middle, stamp.text, style)
        case "bar":
            _draw_bar(brush, span, y, style)
        case "dash":
            half = max(3, round((span[1] - span[0]) * 0.32))
            cv2.rectangle(brush.canvas, (centre - half, y - 4), (centre + half, y + 4), brush.ink, -1)
        case "dot":
            cv2.circle(brush.canvas, (centre, round(middle + style.height * 0.1)), 6, brush.ink, -1)
        case "seal":
            _draw_seal(brush, centre, middle, style)
        case "glyph":
            _draw_glyph(brush, span, middle, style)


def _draw_bar(brush: Brush, span: Span, y: int, style: Style) -> None:
    """Higher than the characters, up to the sheet's whole height."""
    shortest, highest = 0.56 * style.height, brush.canvas.shape[0] / 2
    reach = round(brush.between(shortest, max(shortest, highest)))
    x = round(span[0] + (span[1] - span[0]) * style.beside_bar[0] / max(sum(style.beside_bar), 1e-6))
    cv2.line(brush.canvas, (x, y - reach), (x, y + reach), brush.ink, brush.shade(1, 7))


def _draw_char(brush: Brush, span: Span, middle: float, stamp: Stamp, style: Style) -> None:
    """Standing on the row's foot line, so that small letters do."""
    left, right = span
    height = _height(stamp.text, style)
    between = style.spacing * style.height * (right - left) / _width(brush, stamp, style)
    width = max(3, right - left - round(between))
    if brush.pen.pitched:
        width = max(3, round(width * brush.pen.ink_width(stamp.text, height) / brush.pen.width(stamp.text, height)))
    foot = round(middle + style.height / 2)
    brush.stamp(stamp.text, (left + right) // 2 - width // 2, foot - height, (width, height))


def _draw_glyph(brush: Brush, span: Span, middle: float, style: Style) -> None:
    """A sign of another script: some strokes across, down and aslant."""
    left, right = span[0] + 3, span[1] - 3
    top, bottom = round(middle - style.height / 2), round(middle + style.height / 2)
    thick = max(3, style.height // 11)
    for _ in range(int(brush.rng.integers(4, 9))):
        (x0, x1), (y0, y1) = brush.rng.integers(left, max(right, left + 1), 2), brush.rng.integers(top, bottom, 2)
        kind = brush.rng.random()
        end = (x1, y0) if kind < 0.45 else (x0, y1) if kind < 0.8 else (x1, y1)
        cv2.line(brush.canvas, (int(x0), int(y0)), (int(end[0]), int(end[1])), brush.ink, thick, cv2.LINE_AA)


def _draw_seal(brush: Brush, centre: int, middle: float, style: Style) -> None:
    """One or two round stickers, as dark as it happens, with a pattern inside."""
    radius = round(style.height * brush.between(0.14, 0.24))
    offsets = (-0.25, 0.25) if brush.rng.random() < 0.5 else (brush.between(-0.2, 0.2),)
    for offset in offsets:
        point = (centre, round(middle + offset * style.height))
        cv2.circle(brush.canvas, point, radius, brush.shade(40, 230), -1)
        cv2.circle(brush.canvas, point, max(2, radius // 2), brush.shade(30, 240), int(brush.rng.choice([-1, 2])))


def _draw_box(brush: Brush, span: Span, middle: float, text: str, style: Style) -> None:
    left, right = span
    for y, height, line in _box_rows(brush, middle, _box_lines(text), style):
        step = (right - left - 10) / len(line)
        wider = brush.between(1.0, 1.6) if height < style.height * 0.65 else 1.0
        for place, char in enumerate(line):
            width = max(3, min(round(step * 0.88), round(brush.pen.width(char, height) * wider)))
            brush.stamp(char, left + 5 + step * (place + 0.5) - width / 2, y - height / 2, (width, height))
    if style.sign and len(_box_lines(text)) == 1:
        _draw_sign(brush, span, middle, style)
    if style.box_framed:
        half = round(style.height * 0.64)
        cv2.rectangle(brush.canvas, (left, round(middle) - half), (right, round(middle) + half), brush.ink, 2)


def _box_rows(brush: Brush, middle: float, lines: tuple[str, ...], style: Style) -> list[tuple[float, int, str]]:
    """Middle, height and text of a box's lines; of two, the lower may be the smaller."""
    if len(lines) == 1:
        height = round(style.height * min(style.box_height, SIGNED if style.sign else 1.0))
        return [(middle - (0.5 - SIGNED / 2) * style.height * bool(style.sign), height, lines[0])]
    upper = brush.between(0.44, 0.62) * style.height
    lower = brush.between(0.3, min(0.5, 1.06 - upper / style.height)) * style.height
    gap = 0.1 * style.height
    top, bottom = middle - (upper + lower + gap) / 2, middle + (upper + lower + gap) / 2
    return [(top + upper / 2, round(upper), lines[0]), (bottom - lower / 2, round(lower), lines[1])]


def _draw_sign(brush: Brush, span: Span, middle: float, style: Style) -> None:
    """In what a box's characters leave below them; beside it, now and then, a flag."""
    left, right = span
    top, bottom = round(middle + (SIGNED - 0.42) * style.height), round(middle + 0.54 * style.height)
    if brush.rng.random() < 0.6:
        flag = right - round((right - left) * brush.between(0.25, 0.4))
        cv2.rectangle(brush.canvas, (flag + 3, top + 3), (right - 3, bottom - 3), brush.shade(80, 210), -1)
        right = flag
    brush.lettering(style.sign, (left + 2, top, right - 2, bottom))


def _box_lines(text: str) -> tuple[str, ...]:
    """`01KG` stands as a region number above the state's letters."""
    return (text[:2], text[2:]) if text[2:].isalpha() and len(text) == 4 else (text,)
