"""Crops with their text for the reader: synthetic plates, their misreadable halves, and real cars' plates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from kirpik.values import Luma, Quad
from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH, TWO_ROW_BANDS, rectify, row_crops
from kirpik_models.artwork import Artwork, draw
from kirpik_models.capture import Shot, jitter, photograph
from kirpik_models.fonts import Face
from kirpik_models.optics import optics

CHAR_HEIGHT_PX = (7.5, 42.0)
"""Of a character in the captured picture, drawn evenly in its logarithm."""
EMPTY_SHARE = 0.07
"""Crops that hold no readable row and shall read as nothing."""
HALVED_SHARE, HALVED_BELOW = 0.2, 3.3
"""The same of plates narrower than this many heights: of these the reader tries one row and two."""

LEAST_DEVIATION = 24.0
"""Of a crop in which anything is to be seen; where light has drowned all, nothing shall be read. Usual is 56."""


@dataclass(frozen=True, slots=True)
class Crop:
    """What the reader sees, and what it should say; an empty text is nothing."""

    luma: Luma = field(repr=False)
    text: str
    width_px: float
    """Of the plate in the picture, before straightening."""


@dataclass(frozen=True, slots=True)
class RealPlate:
    """One labelled plate of a real picture, with enough around it to move the box."""

    luma: Luma = field(repr=False)
    quad: Quad
    text: str | None
    file: str


def synthetic(rng: np.random.Generator, faces: Sequence[Face], *, plate_format: str | None = None) -> list[Crop]:
    """The crops of one random plate: one a row, twice photographed; now and then one that must read as nothing."""
    art = draw(rng, faces, plate_format=plate_format)
    crops: list[Crop] = []
    for _ in range(2):
        shot, width = _photograph(rng, art)
        sigma = float(rng.choice([0.006, 0.014, 0.022], p=[0.3, 0.5, 0.2]))
        quad = jitter(rng, shot.quad, sigma=sigma)
        narrow = art.size_mm[0] < HALVED_BELOW * art.size_mm[1]
        if rng.random() < (HALVED_SHARE if narrow else EMPTY_SHARE):
            crops.append(_unreadable(rng, art, shot, quad, width))
        else:
            crops += [
                Crop(luma, text if luma.std() >= LEAST_DEVIATION else "", width)
                for luma, text in zip(row_crops(shot.luma, quad, art.rows), art.row_texts, strict=True)
            ]
    return crops


def load_real(labels: Path, split: str, *, legible_only: bool = True) -> list[RealPlate]:
    """The plates of one split of a labelled folder (see `labels.jsonl`), cut out with a margin."""
    plates: list[RealPlate] = []
    for line in labels.read_text().splitlines():
        entry = json.loads(line)
        wanted = [plate for plate in entry["plates"] if plate["legible"] or not legible_only]
        if entry["split"] != split or not wanted:
            continue
        picture = cv2.imread(str(labels.parent / entry["file"]), cv2.IMREAD_GRAYSCALE)
        plates += [_cut_out(np.asarray(picture, np.uint8), plate, entry["file"]) for plate in wanted]
    return plates


def real(rng: np.random.Generator, plates: Sequence[RealPlate]) -> Crop:
    """A random real plate, first by text and then by picture; its box, drawn loosely, is moved, its picture worn."""
    texts = sorted({plate.text for plate in plates if plate.text})
    text = texts[int(rng.integers(len(texts)))]
    members = [plate for plate in plates if plate.text == text]
    plate = members[int(rng.integers(len(members)))]
    centre = plate.quad.mean(0)
    tighter = (plate.quad - centre) * (rng.uniform(0.94, 1.0), rng.uniform(0.8, 1.0)) + centre
    quad = jitter(rng, tighter, sigma=float(rng.choice([0.006, 0.014, 0.022])))
    tilt = (
        np.array([[0, 1], [0, -1], [0, -1], [0, 1]])
        * float(rng.normal(0, 0.012))
        * (plate.quad[1, 0] - plate.quad[0, 0])
    )
    luma = optics(rng, plate.luma, strength=0.25) if rng.random() < 0.5 else plate.luma
    return Crop(rectify(luma, quad + tilt), text, float(plate.quad[1, 0] - plate.quad[0, 0]))


def _photograph(rng: np.random.Generator, art: Artwork) -> tuple[Shot, float]:
    """At a size where a character has the height that was drawn."""
    height = float(np.exp(rng.uniform(*np.log(CHAR_HEIGHT_PX))))
    stamped_mm = 0.66 * art.size_mm[1] / art.rows
    width = art.size_mm[0] * height / stamped_mm
    return photograph(rng, art.luma, width_px=width, strength=float(np.clip(height / 15, 0.4, 2.0))), width


def _unreadable(rng: np.random.Generator, art: Artwork, shot: Shot, quad: Quad, width: float) -> Crop:
    """Rows cut through, two rows at once, or no plate at all."""
    kind = rng.random()
    if art.rows == 2 and kind < 0.8:
        return Crop(rectify(shot.luma, quad), "", width)
    if kind < 0.5:
        band = TWO_ROW_BANDS[int(rng.integers(2))]
        return Crop(rectify(shot.luma, quad, top=band[0], bottom=band[1]), "", width)
    if kind < 0.75:
        away = quad + np.array(
            [0.0, float(rng.choice([-1, 1])) * float(rng.uniform(0.75, 1.0)) * (quad[3, 1] - quad[0, 1])]
        )
        return Crop(rectify(shot.luma, away), "", width)
    noise = rng.normal(128, 40, (int(rng.integers(3, 41)), int(rng.integers(3, 100)))).astype(np.float32)
    blob = cv2.resize(noise, (CROP_WIDTH, CROP_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return Crop(np.asarray(np.clip(blob, 0, 255), np.uint8), "", width)


def _cut_out(picture: Luma, plate: dict[str, object], file: str) -> RealPlate:
    left, top, width, height = (int(value) for value in plate["box"])  # type: ignore[attr-defined]
    pad = 8 + width // 5
    y0, x0 = max(0, top - pad), max(0, left - pad)
    part = picture[y0 : top + height + pad, x0 : left + width + pad].copy()
    box = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]], np.float64)
    text = plate["text"]
    return RealPlate(part, box - (x0, y0) - 0.5, text if isinstance(text, str) else None, file)
