"""A plate as it is fixed to a vehicle: holder, lip, recess, seams, paint and shadows around it, all in its plane."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma
from kirpik_models.artwork import Artwork
from kirpik_models.weather import weather

MARGIN = (0.4, 1.1)
"""Surroundings on each side, as shares of the plate's width and height."""
BEHIND = 0.4
"""Share of the level seams that run behind the plate itself."""
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Mounted:
    """The flat picture of plate and surroundings; `inner` (left, top, right, bottom as shares) is the plate's sheet."""

    luma: Luma = field(repr=False)
    inner: tuple[float, float, float, float]


def mount(
    rng: np.random.Generator, art: Artwork, *, scale: float = 1.0, paint: float | None = None, dim: float = 1.0
) -> Mounted:
    """Fix a plate somewhere, at `scale` pixels a millimetre; on even paint of a known level, if one is given.

    `dim` darkens the sheet against what is around it.
    """
    sheet = _sheet(rng, art, scale, dim)
    rows, columns = sheet.shape
    beside, above = round(columns * MARGIN[0]), round(rows * MARGIN[1])
    wide, high = columns + 2 * beside, rows + 2 * above
    canvas = _paint(rng, (wide, high)) if paint is None else np.full((high, wide), paint, np.float32)
    box = (beside, above, beside + columns, above + rows)
    usual = 1.0 if paint is None else 0.6
    for chance, draw in ((0.5 * usual, _recess), (0.5, _seams), (0.55 * usual, _holder), (0.3 * usual, _shadow)):
        if rng.random() < chance:
            draw(rng, canvas, box)
    _lay(rng, canvas[above : above + rows, beside : beside + columns], sheet, scale)
    if rng.random() < 0.25 * usual:
        _cast(rng, canvas, box)
    inner = (box[0] / wide, box[1] / high, box[2] / wide, box[3] / high)
    return Mounted(np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8), inner)


def _lay(rng: np.random.Generator, place: NDArray[np.float32], sheet: Luma, scale: float) -> None:
    """The sheet onto its place, most often with rounded corners through which one sees what is behind."""
    radius = float(rng.uniform(3, 14)) * scale if rng.random() < 0.6 else 0.0
    if radius < 0.7:
        place[:] = sheet
        return
    rows, columns = sheet.shape
    reach = int(np.ceil(radius))
    x = np.arange(reach) + 0.5
    corner = np.clip(radius - np.hypot(radius - x[None, :], radius - x[:, None]) + 0.5, 0, 1).astype(np.float32)
    cover = np.ones((rows, columns), np.float32)
    for down in (slice(0, reach), slice(rows - 1, rows - 1 - reach, -1)):
        for across in (slice(0, reach), slice(columns - 1, columns - 1 - reach, -1)):
            cover[down, across] = np.minimum(cover[down, across], corner)
    place += (sheet - place) * cover


def _sheet(rng: np.random.Generator, art: Artwork, scale: float, dim: float) -> Luma:
    size = (max(12, round(art.size_mm[0] * scale)), max(6, round(art.size_mm[1] * scale)))
    worn = weather(rng, np.asarray(cv2.resize(art.luma, size, interpolation=cv2.INTER_AREA), np.uint8))
    return worn if dim == 1.0 else np.asarray(np.clip(worn * dim, 0, 255), np.uint8)


def _paint(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Body colour with reflections that vary slowly, mostly from top to bottom."""
    level = float(rng.choice([rng.uniform(3, 60), rng.uniform(40, 160), rng.uniform(130, 250)]))
    rows = int(rng.integers(2, 7))
    grid = level + rng.normal(0, 1, (rows, 3)) * rng.uniform(0, 12) + rng.normal(0, 1, (rows, 1)) * rng.uniform(0, 35)
    return np.asarray(cv2.resize(grid.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32)


def _recess(rng: np.random.Generator, canvas: NDArray[np.float32], box: Box) -> None:
    """The hollow in bumper or boot lid, lighter or darker than the paint."""
    wide, high = box[2] - box[0], box[3] - box[1]
    left, right = (round(float(rng.uniform(0.02, 0.35)) * wide) for _ in range(2))
    top, bottom = (round(float(rng.uniform(0.05, 0.9)) * high) for _ in range(2))
    level = float(rng.uniform(2, 90) if rng.random() < 0.7 else rng.uniform(60, 240))
    corners = (box[0] - left, box[1] - top), (box[2] + right, box[3] + bottom)
    cv2.rectangle(canvas, *corners, level, -1)
    if rng.random() < 0.4:
        cv2.rectangle(canvas, *corners, float(rng.uniform(0, 255)), max(1, high // 40))


def _seams(rng: np.random.Generator, canvas: NDArray[np.float32], box: Box) -> None:
    """Gaps, chrome strips, grille bars, beside the plate or running behind it: lids often part at its height."""
    high, wide = canvas.shape
    thickest = max(2, (box[3] - box[1]) // 6)
    for _ in range(int(rng.integers(1, 7))):
        level, thick = float(rng.uniform(0, 255)), int(rng.integers(1, thickest + 1))
        if rng.random() < 0.75:
            span = (box[1], box[3]) if rng.random() < BEHIND else (0, high)
            y, lean = int(rng.integers(*span)), int(rng.normal(0, high * 0.04))
            cv2.line(canvas, (0, y), (wide, y + lean), level, thick)
        else:
            x, lean = int(rng.integers(0, wide)), int(rng.normal(0, wide * 0.04))
            cv2.line(canvas, (x, 0), (x + lean, high), level, thick)


def _holder(rng: np.random.Generator, canvas: NDArray[np.float32], box: Box) -> None:
    """A frame round the sheet, often wider below, where a dealer writes his name."""
    high = box[3] - box[1]
    level = float(rng.uniform(0, 60) if rng.random() < 0.75 else rng.uniform(60, 255))
    rim = float(rng.uniform(0.045, 0.15)) * high
    below = rim + (float(rng.uniform(0.05, 0.3)) * high if rng.random() < 0.5 else 0)
    left, top, right = round(box[0] - rim), round(box[1] - rim), round(box[2] + rim)
    cv2.rectangle(canvas, (left, top), (right, round(box[3] + below)), level, -1)
    if rng.random() < 0.4:
        lit = float(np.clip(level + rng.uniform(20, 120), 0, 255))
        cv2.rectangle(canvas, (left, top), (right, round(box[3] + below)), lit, max(1, round(rim / 3)))
    if below - rim > 4 and rng.random() < 0.6:
        text = "".join(chr(65 + int(code)) for code in rng.integers(0, 26, int(rng.integers(4, 16))))
        place, size = (left + round(0.1 * (right - left)), round(box[3] + below - 2)), (below - rim) / 34
        letters = np.zeros(canvas.shape, np.uint8)
        cv2.putText(letters, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 1)
        canvas[letters > 127] = float(rng.uniform(80, 255))


def _shadow(rng: np.random.Generator, canvas: NDArray[np.float32], box: Box) -> None:
    """The sheet's own shadow on what is behind it."""
    high = box[3] - box[1]
    dx, dy = (round(float(rng.normal(0, 0.06)) * high) for _ in range(2))
    dy = abs(dy)
    part = canvas[box[1] + dy : box[3] + dy, max(0, box[0] + dx) : box[2] + dx]
    part *= float(rng.uniform(0.3, 0.8))


def _cast(rng: np.random.Generator, canvas: NDArray[np.float32], box: Box) -> None:
    """A shadow over plate and surroundings alike: the edge of the boot lid, a pole, a lamp that lights from above."""
    high, wide = canvas.shape
    if rng.random() < 0.5:
        edge = float(rng.uniform(box[1] - 0.3 * (box[3] - box[1]), box[3]))
        ramp = np.clip((np.arange(high) - edge) / max(1.0, float(rng.uniform(0.01, 1.2)) * (box[3] - box[1])), 0, 1)
        canvas *= (float(rng.uniform(0.25, 0.9)) * (1 - ramp) + ramp).astype(np.float32)[:, None]
    else:
        left, right = rng.uniform(0.4, 1.2, 2)
        ramp = np.linspace(left, right, wide).astype(np.float32)
        canvas *= ramp[None, :]
