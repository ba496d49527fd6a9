"""What stands on a plate beside its characters: bands, flags, captions, borders, screws. None of it is to be read."""

import cv2
import numpy as np

from kirpik_models.brush import Brush, Rect, blend
from kirpik_models.fonts import Mask
from kirpik_models.layout import Layout

_WIDE = 2.2
"""Width over height from which a plate surely has room for a flag or band."""


def decorate(brush: Brush, layout: Layout) -> Rect:
    """Bands, flags, captions; returns the rectangle that is left for characters."""
    height, width = brush.canvas.shape
    inset = round(height * brush.between(0.03, 0.09))
    left = max(inset * 2, _side(brush, layout.left, at_left=True))
    right = width - max(inset * 2, _side(brush, layout.right, at_left=False))
    top, bottom = inset, height - inset
    if brush.rng.random() < layout.picture:
        scenery(brush)
    if brush.rng.random() < layout.band:
        top += _dark_strip(brush)
    if brush.rng.random() < layout.caption:
        top, bottom = _caption(brush, (left, top, right, bottom))
    return left, top, right, bottom


def mark_in_a_row(brush: Brush, layout: Layout, boxes: tuple[Rect, ...]) -> tuple[Rect, ...]:
    """On a plate of two rows a state's mark may stand within one of them; returns what is left for characters."""
    letters = [name.partition(":")[2] for name in (*layout.left, *layout.right) if ":" in name]
    if len(boxes) == 1 or brush.rng.random() > (0.5 if letters else 0.12):
        return boxes
    at, at_left = int(brush.rng.integers(len(boxes))), bool(brush.rng.random() < 0.7)
    left, top, right, bottom = boxes[at]
    block = round((bottom - top) * brush.between(0.4, 0.75))
    x, middle = left if at_left else right - block, round(top + (bottom - top) * brush.between(0.4, 0.6))
    if brush.rng.random() < 0.8:
        _flag(brush, (x, top + 6, x + block, middle - 4))
    state = letters[0] if letters else _random_letters(brush, brush.shade(1, 4))
    _letters(brush, state, (x, middle, x + block, bottom - 6))
    rest = (left + block + 4, top, right, bottom) if at_left else (left, top, right - block - 4, bottom)
    return (*boxes[:at], rest, *boxes[at + 1 :])


def edge(brush: Brush) -> None:
    """A stamped border, screws, a holder's rim or a frame laid over the sheet."""
    height, width = brush.canvas.shape
    if brush.rng.random() < 0.7:
        _border(brush)
    if brush.rng.random() < 0.35:
        for fraction in brush.rng.choice([0.04, 0.12, 0.3, 0.5, 0.7, 0.88, 0.96], 2, replace=False):
            y = round(height * float(brush.rng.choice([0.1, 0.5, 0.9])))
            cv2.circle(brush.canvas, (round(width * fraction), y), brush.shade(3, 7), brush.shade(20, 255), -1)
    if brush.rng.random() < 0.08:
        brush.canvas[-round(height * brush.between(0.04, 0.1)) :] = brush.shade(5, 90)
    if brush.rng.random() < 0.05:
        thick = 2 * round(height * brush.between(0.02, 0.06))
        level = brush.shade(5, 60) if brush.rng.random() < 0.7 else brush.shade(120, 255)
        cv2.rectangle(brush.canvas, (0, 0), (width - 1, height - 1), level, max(2, thick))


def _border(brush: Brush) -> None:
    """A line along the rim, 0.5 to 5, now and then 8 mm from the edge and 1 to 5 mm wide, square or round."""
    height, width = brush.canvas.shape
    gap = brush.between(0.5, 5) if brush.rng.random() < 0.8 else brush.between(5, 8)
    thick = brush.between(1, 5)
    radius = brush.between(4, 14) if brush.rng.random() < 0.6 else 0.0
    outer, inner = (_rounded(width, height, inset, max(radius - inset, 0.0)) for inset in (gap, gap + thick))
    blend(brush.canvas, np.asarray(outer - inner, np.uint8), (0, 0), brush.ink)


def _rounded(width: int, height: int, inset: float, radius: float) -> Mask:
    """A rectangle `inset` pixels smaller on all sides, with soft edges; 255 inside."""
    x, y = (np.abs(np.arange(side) + 0.5 - side / 2) - (side / 2 - inset - radius) for side in (width, height))
    beyond_x, beyond_y = np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None]
    outside = np.hypot(beyond_x, beyond_y) - radius if radius else np.maximum(x[None, :], y[:, None])
    return np.asarray(255 * np.clip(0.5 - outside, 0, 1), np.uint8)


def _side(brush: Brush, names: tuple[str, ...], *, at_left: bool) -> int:
    """Draw one of `names` at a side; returns the width that it takes."""
    name = names[int(brush.rng.integers(len(names)))]
    height, width = brush.canvas.shape
    wide = width / height > _WIDE
    if name == "none" or (not wide and brush.rng.random() < 0.6):
        return 0
    block: int = round(min(height * (0.42 if wide else 0.25), width * 0.12) * brush.between(0.85, 1.1))
    left = 0 if at_left else width - block
    kind, _, letters = name.partition(":")
    if kind == "eu":
        _band(brush, left, block)
    elif kind == "flag":
        _flag(brush, (left, round(height * 0.2), left + block, round(height * 0.46)))
        _letters(brush, letters, (left, round(height * 0.56), left + block, round(height * 0.82)))
    else:
        low = (left, round(height * 0.72), left + block, round(height * 0.92))
        if brush.rng.random() < 0.5:
            _flag(brush, low)
        if brush.rng.random() < 0.8:
            _letters(brush, letters, low)
        return 0
    return block + 3


def _band(brush: Brush, left: int, block: int) -> None:
    """Europe's: dark, a ring of stars, one to three letters."""
    height = brush.canvas.shape[0]
    cv2.rectangle(brush.canvas, (left, 0), (left + block, height), brush.shade(25, 90), -1)
    centre = (left + block // 2, round(height * 0.32))
    cv2.circle(brush.canvas, centre, round(block * 0.28), brush.shade(120, 220), int(brush.rng.choice([2, 3])))
    rect = (left + 4, round(height * 0.58), left + block - 4, round(height * 0.88))
    brush.lettering(_random_letters(brush, brush.shade(1, 4)), rect, ink=brush.shade(190, 255))


def _flag(brush: Brush, rect: Rect) -> None:
    left, top, right, bottom = rect
    margin = round((right - left) * 0.18)
    cv2.rectangle(brush.canvas, (left + margin, top), (right - 2, bottom), brush.shade(80, 210), -1)
    centre = ((left + right + margin) // 2, (top + bottom) // 2)
    cv2.circle(brush.canvas, centre, max(3, (right - left) // 7), brush.shade(60, 250), -1)


def _letters(brush: Brush, letters: str, rect: Rect) -> None:
    left, top, right, bottom = rect
    if letters:
        brush.lettering(letters, (left + round((right - left) * 0.18), top, right, bottom))


def _caption(brush: Brush, area: Rect) -> tuple[int, int]:
    """Small lettering above, below or both; returns the top and bottom that are left."""
    left, top, right, bottom = area
    kind = brush.rng.random()
    for above in ((True,), (False,), (True, False))[0 if kind < 0.45 else 1 if kind < 0.65 else 2]:
        strip = round(brush.canvas.shape[0] * brush.between(0.1, 0.21))
        y = top if above else bottom - strip
        count = brush.shade(3, 22)
        width = min(right - left, round((strip - 4) * brush.between(0.5, 0.9) * count))
        start = round(left + (right - left - width) * float(brush.rng.choice([0.5, 0.5, brush.between(0, 1)])))
        ink = brush.ink if brush.rng.random() < 0.6 else brush.shade(20, 140)
        brush.lettering(_random_letters(brush, count), (start, y + 2, start + width, y + strip - 2), ink=ink)
        top, bottom = (top + strip, bottom) if above else (top, bottom - strip)
    return top, bottom


def _dark_strip(brush: Brush) -> int:
    """Mercosur's: a state's name, light on dark, along the whole top; returns its height."""
    height, width = brush.canvas.shape
    strip: int = round(height * brush.between(0.18, 0.26))
    brush.canvas[:strip] = brush.shade(25, 95)
    middle, half = width // 2, round(width * brush.between(0.1, 0.25))
    brush.lettering(_random_letters(brush, brush.shade(4, 10)), (middle - half, 5, middle + half, strip - 5), ink=235)
    return strip - 2


def scenery(brush: Brush) -> None:
    """What a state prints behind the characters: a sky, hills, a blot; and stickers in the corners."""
    height, width = brush.canvas.shape
    paper = brush.canvas[0, 0]
    ramp = np.linspace(brush.between(-45, 45), brush.between(-45, 45), height)[:, None]
    picture = float(paper) + np.repeat(ramp, width, 1)
    for _ in range(brush.shade(0, 4)):
        points = [
            (0, height),
            *((x, brush.shade(height // 4, height)) for x in range(0, width + 50, 50)),
            (width, height),
        ]
        layer = np.zeros_like(picture, np.uint8)
        cv2.fillPoly(layer, [np.array(points, np.int32)], 1)
        picture += layer * brush.between(-40, 25)
    if brush.rng.random() < 0.4:
        centre = brush.shade(0, width), brush.shade(0, height)
        layer = cv2.circle(np.zeros_like(picture, np.uint8), centre, brush.shade(10, height // 2), 1, -1)
        picture += layer * brush.between(-45, 30)
    brush.canvas[:] = np.clip(picture, 0, 255)
    for left in (brush.between(0.02, 0.1), brush.between(0.78, 0.88)):
        if brush.rng.random() < 0.35:
            x, y = round(width * left), brush.shade(3, 8) if brush.rng.random() < 0.5 else height - brush.shade(24, 32)
            cv2.rectangle(
                brush.canvas, (x, y), (x + brush.shade(24, 40), y + brush.shade(16, 24)), brush.shade(20, 250), -1
            )


def _random_letters(brush: Brush, count: int) -> str:
    return "".join(chr(65 + int(code)) for code in brush.rng.integers(0, 26, count))
