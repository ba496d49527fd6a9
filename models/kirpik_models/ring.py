"""A ring of ready samples on disk: one process fills it without end, the trainer draws from it at random."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Sample = Mapping[str, NDArray[np.generic]]
Form = Mapping[str, tuple[tuple[int, ...], str]]
"""Shape and numpy type of each named array of a sample."""
NICENESS = 2


@dataclass(frozen=True, slots=True)
class Ring:
    """`arrays` hold `size` samples; `filled[0]` counts all that were ever put."""

    arrays: Mapping[str, NDArray[np.generic]] = field(repr=False)
    filled: NDArray[np.int64] = field(repr=False)
    size: int

    @property
    def ready(self) -> int:
        return int(min(self.filled[0], self.size))

    def put(self, sample: Sample) -> None:
        place = int(self.filled[0]) % self.size
        for name, value in sample.items():
            self.arrays[name][place] = value
        self.filled[0] += 1

    def draw(self, rng: np.random.Generator, count: int) -> Sample:
        places = rng.integers(0, self.ready, count)
        return {name: values[places] for name, values in self.arrays.items()}


def open_ring(folder: Path, size: int, form: Form) -> Ring:
    """The ring in `folder`, made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: _mapped(folder / f"{name}.bin", (size, *shape), kind) for name, (shape, kind) in form.items()}
    filled = np.asarray(_mapped(folder / "filled.bin", (1,), "int64"), np.int64)
    return Ring(arrays, filled, size)


def start_filling(
    ring: tuple[Path, int, Form], make: Callable[[np.random.Generator], Sample], seed: int
) -> BaseProcess:
    """A background process that fills the ring until it or its parent ends; `make` must be picklable."""
    process = get_context("spawn").Process(target=_fill, args=(ring, make, seed), daemon=True)
    process.start()
    return process


def _fill(ring: tuple[Path, int, Form], make: Callable[[np.random.Generator], Sample], seed: int) -> None:
    os.nice(NICENESS)
    cv2.setNumThreads(1)
    opened = open_ring(*ring)
    rng = np.random.default_rng([seed, int(opened.filled[0])])
    trainer = os.getppid()
    while os.getppid() == trainer:  # a trainer that was killed cannot end its filler
        opened.put(make(rng))


def _mapped(path: Path, shape: tuple[int, ...], kind: str) -> NDArray[np.generic]:
    known = path.exists() and path.stat().st_size == int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.memmap(path, dtype=kind, mode="r+" if known else "w+", shape=shape)
