"""A row of stamps set into a rectangle of the plate: widths, gaps, boxes, seals."""

from dataclasses import dataclass

import cv2
import numpy as np

from kirpik.values import Luma
from kirpik_models.letters import Pen
from kirpik_models.patterns import Row, Stamp

Rect = tuple[int, int, int, int]
"""left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Style:
    """What one plate's rows have in common."""

    pen: Pen
    ink: int
    paper: int
    height: int
    """Of a full character, in pixels."""
    spacing: float
    """Between characters, in heights."""
    gap: float
    """Of a blank, in heights."""
    box_height: float
    """Of characters in a separate box, in heights."""
    small_letters: float
    box_framed: bool


def set_row(canvas: Luma, rect: Rect, row: Row, style: Style, rng: np.random.Generator) -> None:
    """Draw `row` centred in `rect`, squeezed when it would not fit."""
    left, top, right, bottom = rect
    widths = [_width(stamp, style) for stamp in row]
    natural = sum(widths)
    room = right - left
    fill = float(rng.uniform(0.86, 1.0))
    factor = min(room * fill / natural, 1.25) if natural else 1.0
    x = left + (room - natural * factor) * float(rng.uniform(0.3, 0.7))
    middle = (top + bottom) / 2
    for stamp, width in zip(row, widths, strict=True):
        _draw(canvas, (round(x), round(x + width * factor)), middle, stamp, style, rng)
        x += width * factor


def put(canvas: Luma, mask: Luma, left: int, top: int, ink: int) -> None:
    """Blend `ink` through `mask` with its upper left corner at (left, top), clipped to the canvas."""
    rows, columns = canvas.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + mask.shape[1], columns), min(top + mask.shape[0], rows)
    if x0 >= x1 or y0 >= y1:
        return
    part = canvas[y0:y1, x0:x1]
    alpha = mask[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32) / 255
    part[:] = (part * (1 - alpha) + ink * alpha + 0.5).astype(np.uint8)


def _height(char: str, style: Style) -> int:
    return round(style.height * (style.small_letters if char.isalpha() else 1.0))


def _width(stamp: Stamp, style: Style) -> float:
    match stamp.kind:
        case "char":
            return style.pen.width(stamp.text, _height(stamp.text, style)) + style.spacing * style.height
        case "box":
            lines = _box_lines(stamp.text)
            height = round(style.height * style.box_height)
            return (
                max(sum(style.pen.width(char, height) + style.spacing * height for char in line) for line in lines) + 14
            )
        case "bar":
            return 0.1 * style.height
        case "seal":
            return 0.55 * style.height
        case _:
            return style.gap * style.height


def _draw(
    canvas: Luma, span: tuple[int, int], middle: float, stamp: Stamp, style: Style, rng: np.random.Generator
) -> None:
    left, right = span
    centre = (left + right) // 2
    if stamp.kind == "char":
        height = _height(stamp.text, style)
        bottom = round(middle + style.height / 2)
        width = max(3, right - left - round(style.spacing * style.height * (right - left) / _width(stamp, style)))
        put(canvas, style.pen.mask(stamp.text, width, height), centre - width // 2, bottom - height, style.ink)
    elif stamp.kind == "box":
        _draw_box(canvas, span, middle, stamp.text, style)
    elif stamp.kind == "bar":
        cv2.line(
            canvas,
            (centre, round(middle - style.height * 0.66)),
            (centre, round(middle + style.height * 0.66)),
            style.ink,
            3,
        )
    elif stamp.kind == "dash":
        half = max(3, round((right - left) * 0.32))
        y = round(middle)
        cv2.rectangle(canvas, (centre - half, y - 4), (centre + half, y + 4), style.ink, -1)
    elif stamp.kind == "dot":
        cv2.circle(canvas, (centre, round(middle + style.height * 0.1)), 6, style.ink, -1)
    elif stamp.kind == "seal":
        _draw_seal(canvas, centre, middle, style, rng)


def _draw_seal(canvas: Luma, centre: int, middle: float, style: Style, rng: np.random.Generator) -> None:
    """One or two round stickers, as dark as it happens, with a pattern inside."""
    radius = round(style.height * float(rng.uniform(0.14, 0.24)))
    offsets = (-0.25, 0.25) if rng.random() < 0.5 else (float(rng.uniform(-0.2, 0.2)),)
    for offset in offsets:
        point = (centre, round(middle + offset * style.height))
        cv2.circle(canvas, point, radius, int(rng.integers(40, 230)), -1)
        cv2.circle(canvas, point, max(2, radius // 2), int(rng.integers(30, 240)), int(rng.choice([-1, 2])))


def _draw_box(canvas: Luma, span: tuple[int, int], middle: float, text: str, style: Style) -> None:
    left, right = span
    lines = _box_lines(text)
    share = style.box_height if len(lines) == 1 else 0.48
    height = round(style.height * share)
    pitch = height * 1.18
    for index, line in enumerate(lines):
        y = middle + (index - (len(lines) - 1) / 2) * pitch
        step = (right - left - 10) / len(line)
        for place, char in enumerate(line):
            width = max(3, min(round(step * 0.88), style.pen.width(char, height)))
            x = left + 5 + step * (place + 0.5) - width / 2
            put(canvas, style.pen.mask(char, width, height), round(x), round(y - height / 2), style.ink)
    if style.box_framed:
        half = round(style.height * 0.64)
        cv2.rectangle(canvas, (left, round(middle) - half), (right, round(middle) + half), style.ink, 2)


def _box_lines(text: str) -> tuple[str, ...]:
    """`01KG` stands as a region number above the state's letters."""
    return (text[:2], text[2:]) if text[2:].isalpha() and len(text) == 4 else (text,)
