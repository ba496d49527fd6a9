"""A pen: one face with one plate's own stroke, slant and proportion, so that few faces become many."""

from dataclasses import dataclass

import cv2
import numpy as np

from kirpik_models.fonts import GLYPH_HEIGHT, Face, Mask

NARROW = "1IJL"
"""Characters that keep their natural width where all others share one."""
ZEROS = ("slash", "through", "backslash", "dot", "bar")
"""Marks within a 0, or through its ring. Where it is small a marked 0 is nearly an 8, and must leave a doubt."""
MARKED_SHARE = 0.07
"""Few states mark it. Were it common, every small 8 in the world would be half a 0 to the reader."""
ROUNDED_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Pen:
    """How one plate's characters are drawn."""

    face: Face
    thickness_px: int
    """Added to (or, below zero, taken from) the stroke at `GLYPH_HEIGHT`."""
    slant: float
    """Sideways shift per unit of height."""
    zero: str
    """One of `ZEROS`: how the state tells 0 from O."""
    even: bool
    """All characters as wide as their cell, as stamps are cut; otherwise natural widths."""
    cell_ratio: float
    """Cell width over height."""
    rounded: float = 0.0
    """Spread, at `GLYPH_HEIGHT`, of a blur after which the stroke is cut out anew: corners go, and gaps close."""
    pitched: bool = False
    """Narrow characters too have a whole cell, with room on both sides: an I must not be taken for a bar."""

    def width(self, char: str, height: int) -> int:
        """Pixels that `char` takes, without the gap."""
        return max(3, round(height * self.cell_ratio)) if self.pitched else self.ink_width(char, height)

    def ink_width(self, char: str, height: int) -> int:
        """Pixels that are stamped."""
        mask = self.face.glyphs[char]
        natural = float(mask.shape[1]) / GLYPH_HEIGHT
        if not self.even:
            reference = float(self.face.glyphs["H"].shape[1]) / GLYPH_HEIGHT
            return max(3, round(height * natural / reference * self.cell_ratio))
        if char in NARROW:
            reference = float(max(self.face.glyphs["H"].shape[1], 1)) / GLYPH_HEIGHT
            return max(3, round(height * min(self.cell_ratio, natural / reference * self.cell_ratio)))
        return max(3, round(height * self.cell_ratio))

    def mask(self, char: str, width: int, height: int) -> Mask:
        """Ink of `char`, 0 to 255, shape (height, width)."""
        ink = cv2.copyMakeBorder(self.face.glyphs[char], 4, 4, 4, 4, cv2.BORDER_CONSTANT)
        if char == "0":
            _mark_zero(ink, self.zero)
        if self.thickness_px:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(self.thickness_px) + 1,) * 2)
            ink = cv2.dilate(ink, kernel) if self.thickness_px > 0 else cv2.erode(ink, kernel)
        if self.rounded:
            soft = cv2.GaussianBlur(ink, (0, 0), self.rounded).astype(np.float32)
            ink = np.asarray(np.clip((soft - 110) * 4 + 128, 0, 255), np.uint8)
        rows, columns = ink.shape
        if abs(self.slant) > 0.01:
            shear = np.array([[1, -self.slant, self.slant * rows / 2], [0, 1, 0]], np.float64)
            ink = cv2.warpAffine(ink, shear, (columns, rows))
        inner = ink[3:-3, 2:-2]
        return np.asarray(cv2.resize(inner, (max(width, 2), max(height, 2)), interpolation=cv2.INTER_AREA), np.uint8)


def draw_pen(rng: np.random.Generator, face: Face) -> Pen:
    """A random pen around `face`; heavy changes are rare."""
    stem = float((face.glyphs["L"][GLYPH_HEIGHT // 3] > 127).sum())
    even = bool(rng.random() < 0.6)
    thicker = rng.normal(13.0 - stem, 4.0) if rng.random() < 0.5 else rng.normal(0.0, 1.5)
    return Pen(
        face=face,
        thickness_px=int(np.clip(round(thicker), max(-6.0, 6.0 - stem), np.clip(19.0 - stem, 0, 8))),
        slant=float(rng.normal(0, 0.02) if rng.random() < 0.5 else 0.0),
        zero=str(rng.choice(ZEROS)) if rng.random() < MARKED_SHARE else "plain",
        even=even,
        cell_ratio=float(np.clip(rng.normal(0.55, 0.08), 0.36, 0.8)),
        rounded=float(rng.uniform(2.0, 6.0)) if rng.random() < ROUNDED_SHARE else 0.0,
        pitched=even and bool(rng.random() < 0.5),
    )


def _mark_zero(ink: Mask, kind: str) -> None:
    """Draw the mark into a 0 whose counter is empty; some faces have one of their own."""
    rows, columns = ink.shape
    x, y = columns // 2, rows // 2
    if kind == "plain" or ink[y, x] > 127:
        return
    right, high = max(x + 2, round(0.68 * columns)), round(0.3 * rows)
    if kind == "dot":
        cv2.ellipse(ink, (x, y), (max(4, columns // 9), rows // 9), 0, 0, 360, 255, -1)
        return
    start, end = {
        "slash": ((columns - right, rows - high), (right, high)),
        "through": ((10, rows - 22), (columns - 10, 22)),
        "backslash": ((columns - right, high), (right, rows - high)),
        "bar": ((x, high + 8), (x, rows - high - 8)),
    }[kind]
    cv2.line(ink, start, end, 255, 8)
