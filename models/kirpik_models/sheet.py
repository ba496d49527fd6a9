"""A contact sheet: flat plates beside the crops that the reader sees of them."""

from pathlib import Path

import cv2
import numpy as np

from kirpik.values import Luma
from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH
from kirpik_models.artwork import draw
from kirpik_models.fonts import load_faces
from kirpik_models.reader_data import synthetic

COLUMNS, ROWS = 6, 16
_CAPTION = 16


def draw_sheet(path: Path, fonts: Path, *, plate_format: str | None, seed: int) -> None:
    """Half of the rows show plates, half show crops."""
    rng = np.random.default_rng(seed)
    faces = load_faces(fonts)
    cells = [_cell(art.luma, art.text) for art in (draw(rng, faces, plate_format=plate_format) for _ in range(48))]
    while len(cells) < COLUMNS * ROWS:
        cells += [_cell(crop.luma, crop.text or "nothing") for crop in synthetic(rng, faces, plate_format=plate_format)]
    rows = [np.hstack(cells[start : start + COLUMNS]) for start in range(0, COLUMNS * ROWS, COLUMNS)]
    cv2.imwrite(str(path), np.vstack(rows))


def _cell(picture: Luma, text: str) -> Luma:
    height, width = picture.shape
    scale = min(CROP_WIDTH / width, CROP_HEIGHT / height)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    cell = np.zeros((CROP_HEIGHT + _CAPTION, CROP_WIDTH + 4), np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small
    cv2.putText(cell, text, (2, CROP_HEIGHT + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1)
    return cell
