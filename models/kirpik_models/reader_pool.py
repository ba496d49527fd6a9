"""A ring of ready crops on disk: one process fills it without end, the trainer draws from it at random."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH
from kirpik_models.fonts import ALPHABET, load_faces
from kirpik_models.reader_data import Crop, load_real, real, synthetic
from kirpik_models.ring import NICENESS

LONGEST = 12
"""Characters of the longest text that is kept."""
REAL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Pool:
    """Crops and their classes: 1 + place in the alphabet, 0 after the end. `filled[0]` counts all ever put."""

    crops: NDArray[np.uint8] = field(repr=False)
    classes: NDArray[np.uint8] = field(repr=False)
    filled: NDArray[np.int64] = field(repr=False)

    @property
    def ready(self) -> int:
        return int(min(self.filled[0], len(self.crops)))

    def put(self, crop: Crop) -> None:
        place = int(self.filled[0]) % len(self.crops)
        self.crops[place] = crop.luma
        self.classes[place] = encode(crop.text)
        self.filled[0] += 1

    def draw(self, rng: np.random.Generator, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        places = rng.integers(0, self.ready, count)
        return self.crops[places], self.classes[places]


def encode(text: str) -> NDArray[np.uint8]:
    """Classes of `text`, padded with zeros."""
    codes = np.zeros(LONGEST, np.uint8)
    codes[: len(text)] = [1 + ALPHABET.index(char) for char in text]
    return codes


def open_pool(folder: Path, size: int) -> Pool:
    """The ring in `folder`, made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return Pool(
        crops=_mapped(folder / "crops.bin", (size, CROP_HEIGHT, CROP_WIDTH), np.uint8),
        classes=_mapped(folder / "classes.bin", (size, LONGEST), np.uint8),
        filled=_mapped(folder / "filled.bin", (1,), np.int64),
    )


def start_filling(folder: Path, size: int, *, fonts: Path, labels: Path | None, seed: int) -> BaseProcess:
    """A background process that fills the ring until it is ended."""
    process = get_context("spawn").Process(target=_fill, args=(folder, size, fonts, labels, seed), daemon=True)
    process.start()
    return process


def _fill(folder: Path, size: int, fonts: Path, labels: Path | None, seed: int) -> None:
    os.nice(NICENESS)
    cv2.setNumThreads(1)
    pool = open_pool(folder, size)
    rng = np.random.default_rng([seed, int(pool.filled[0])])
    faces = load_faces(fonts, held_out=False)
    plates = load_real(labels, "train") if labels else []
    trainer = os.getppid()
    while os.getppid() == trainer:
        crops: Iterable[Crop] = [real(rng, plates)] if plates and rng.random() < REAL_SHARE else synthetic(rng, faces)
        for crop in crops:
            if len(crop.text) <= LONGEST:
                pool.put(crop)


def _mapped(path: Path, shape: tuple[int, ...], kind: type) -> np.memmap:
    known = path.exists() and path.stat().st_size == int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.memmap(path, dtype=kind, mode="r+" if known else "w+", shape=shape)
