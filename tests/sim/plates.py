"""Number plates as artwork: national patterns in our own face, with holder, dirt and wear."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tests.sim.faces import CHAR_MM, MOTORCYCLES, Cell, cells, marks, size_mm
from tests.sim.strokes import text as ink
from tests.sim.texture import Levels, Picture, pyramid

WIDTH_MM, HEIGHT_MM = 520, 112
"""Of the common kind."""
MARGIN_MM = 20
"""Around the plate: holder or bodywork."""
TEXELS_PER_MM = 2
WIDEST_MM = 45.0
"""M and W are narrowed to this, as the stamping dies are."""


@dataclass(frozen=True, slots=True)
class Plate:
    """What is on the plate, and what happened to it."""

    text: str
    plate_format: str
    paper: float = 0.82
    ink: float = 0.04
    holder: float | None = 0.03
    """Reflectance of the frame around it; None where it is screwed to the bare body."""
    dealer: str = ""
    dirt: float = 0.0
    """0 clean … 1 illegible."""
    shade: float | None = None
    """Right of this fraction of the width the plate lies in shadow."""
    covered: tuple[float, float] | None = None
    """From … to, in fractions of the width, hidden behind something in front of it (a tow ball, a rag)."""
    seed: int = 0
    rows: int = 1
    rim_mm: tuple[float, float] | None = (3.0, 2.5)
    """How far inside the sheet's edge the black line runs, and how wide it is."""
    bold_mm: float = 0.0
    squeeze: float = 1.0
    """Characters wider or narrower than usual."""

    @property
    def size_mm(self) -> tuple[int, int]:
        return size_mm(self.plate_format, self.rows)

    @property
    def in_a_table(self) -> bool:
        """Whether its size is one that a speed may be measured by."""
        return self.plate_format not in MOTORCYCLES

    @property
    def legible(self) -> bool:
        return self.dirt < 0.6 and self.covered is None


@dataclass(frozen=True, slots=True, eq=False)
class Artwork:
    """Three pyramids of one size: diffuse reflectance, share that is retro-reflective, coverage."""

    diffuse: Levels
    retro: Levels
    coverage: Levels


def _blank(size_mm: tuple[int, int], value: float) -> Picture:
    shape = ((size_mm[1] + 2 * MARGIN_MM) * TEXELS_PER_MM, (size_mm[0] + 2 * MARGIN_MM) * TEXELS_PER_MM)
    return np.full(shape, value, np.float32)


def _box(canvas: Picture, corner: tuple[float, float], size: tuple[float, float], value: float) -> None:
    """A rectangle in millimetres from the plate's top left, edges on texel borders."""
    x0, y0 = ((c + MARGIN_MM) * TEXELS_PER_MM for c in corner)
    x1, y1 = x0 + size[0] * TEXELS_PER_MM, y0 + size[1] * TEXELS_PER_MM
    canvas[max(0, round(y0)) : max(0, round(y1)), max(0, round(x0)) : max(0, round(x1))] = value


def _print(canvas: Picture, line: str, cell: Cell, plate: Plate) -> None:
    """One line of characters around a centre in millimetres."""
    cover = _weighted(ink(line, round(cell.height_mm * TEXELS_PER_MM)), plate.bold_mm)
    wide = cover.shape[1] * plate.squeeze
    if len(line) == 1:
        wide = min(wide, WIDEST_MM * TEXELS_PER_MM * cell.height_mm / CHAR_MM * plate.squeeze)
    cover = cv2.resize(cover, (max(2, round(wide)), cover.shape[0]), interpolation=cv2.INTER_AREA)
    x = round((cell.x_mm + MARGIN_MM) * TEXELS_PER_MM - cover.shape[1] / 2)
    y = round((cell.y_mm + MARGIN_MM) * TEXELS_PER_MM - cover.shape[0] / 2)
    part = canvas[y : y + cover.shape[0], x : x + cover.shape[1]]
    part += cover[: part.shape[0], : part.shape[1]] * (plate.ink - part)


def _weighted(cover: Picture, bold_mm: float) -> Picture:
    """Strokes wider or thinner by this on each side."""
    texels = round(abs(bold_mm) * TEXELS_PER_MM)
    if not texels:
        return cover
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * texels + 1, 2 * texels + 1))
    return np.asarray(cv2.dilate(cover, kernel) if bold_mm > 0 else cv2.erode(cover, kernel), np.float32)


def _face(plate: Plate) -> Picture:
    width, height = plate.size_mm
    canvas = _blank(plate.size_mm, plate.paper)
    if plate.rim_mm is not None:
        inset, line = plate.rim_mm
        _box(canvas, (inset, inset), (width - 2 * inset, height - 2 * inset), plate.ink)
        inner = inset + line
        _box(canvas, (inner, inner), (width - 2 * inner, height - 2 * inner), plate.paper)
    for box in marks(plate.plate_format, plate.rows):
        _box(canvas, box.corner_mm, box.size_mm, box.share * plate.paper if box.share > 0 else plate.ink)
    for text, cell in cells(plate.text, plate.plate_format, plate.rows):
        _print(canvas, text, cell, plate)
    return canvas


def _surround(plate: Plate, canvas: Picture, coverage: Picture, retro: Picture) -> None:
    """Replaces what lies outside of the plate by its holder, or by nothing."""
    outside = np.ones_like(canvas, dtype=bool)
    edge = MARGIN_MM * TEXELS_PER_MM
    outside[edge:-edge, edge:-edge] = False
    retro[outside] = 0.0
    coverage[outside] = 0.0
    if plate.holder is None:
        return
    width, height = plate.size_mm
    _box(coverage, (-9, -8), (width + 18, height + (22 if plate.dealer else 14)), 1.0)
    canvas[outside] = plate.holder
    if plate.dealer:
        _print(canvas, plate.dealer, Cell(width / 2, height + 8.5, 9), replace(plate, ink=0.6, bold_mm=0.0))


def _wear(plate: Plate, canvas: Picture, rng: np.random.Generator) -> tuple[Picture, Picture]:
    """Dirt and screws; returns the canvas and how much of the reflective sheet still shines."""
    shine = np.ones_like(canvas)
    for x in (62, plate.size_mm[0] - 62):
        if rng.random() < 0.5:
            at = (round((x + MARGIN_MM) * TEXELS_PER_MM), round((11 + MARGIN_MM) * TEXELS_PER_MM))
            cv2.circle(canvas, at, 8, float(rng.uniform(0.2, 0.6)), -1, cv2.LINE_AA)
    if plate.dirt > 0:
        cloud = np.zeros_like(canvas)
        for cells, weight in ((6, 0.5), (20, 0.3), (90, 0.2)):
            grain = rng.random((max(2, cells // 4), cells)).astype(np.float32)
            cloud += weight * cv2.resize(grain, (canvas.shape[1], canvas.shape[0]), interpolation=cv2.INTER_CUBIC)
        rising = np.linspace(-0.25, 0.25, canvas.shape[0], dtype=np.float32)[:, None]
        mud = np.clip((cloud + rising - 1.0 + plate.dirt) * 2.2 + plate.dirt * 0.35, 0.0, 0.97)
        canvas += mud * (0.16 - canvas)
        shine -= mud
    return canvas, np.asarray(shine, np.float32)


def artwork(plate: Plate) -> Artwork:
    """The plate with its margin, in reflectance, ready to be put into a picture."""
    rng = np.random.default_rng(plate.seed)
    canvas = _face(plate)
    retro = np.clip((canvas - 0.08) / max(plate.paper - 0.08, 0.1), 0, 1).astype(np.float32)
    canvas, shine = _wear(plate, canvas, rng)
    retro *= shine
    coverage = _blank(plate.size_mm, 1.0)
    _surround(plate, canvas, coverage, retro)
    if plate.covered is not None:
        width, height = plate.size_mm
        left, right = (fraction * width for fraction in plate.covered)
        for layer, value in ((canvas, 0.06), (retro, 0.0), (coverage, 1.0)):
            _box(layer, (left, -MARGIN_MM), (right - left, height + 2 * MARGIN_MM), value)
    return Artwork(diffuse=pyramid(canvas), retro=pyramid(retro), coverage=pyramid(coverage))


def shaded(diffuse: Picture, plate: Plate) -> Picture:
    """Diffuse reflectance with the shadow that lies over part of the plate."""
    if plate.shade is None:
        return diffuse
    ramp = (np.arange(diffuse.shape[1], dtype=np.float32) + 0.5) / diffuse.shape[1]
    lean = np.linspace(-0.04, 0.04, diffuse.shape[0], dtype=np.float32)[:, None]
    dark = 1.0 / (1.0 + np.exp((ramp[None, :] + lean - plate.shade) * -90.0))
    return np.asarray(diffuse * (1.0 - 0.55 * dark), np.float32)
