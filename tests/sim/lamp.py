"""Recordings of a lamp that flashes at a known time: stripes on a sheet of paper, or a pulse at each full second."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]
FPS, EXPOSURE_US = 29.93, 2000
PULSE_S = 0.1
BEGAN_S = 1_790_000_000
STRIPES_SIZE, PULSES_SIZE = (540, 96), (150, 64)
"""Rows, columns: rows count, and what lies along them does not."""


def recorded(folder: Path, grey: Sequence[Grey], utc_ahead_s: float = 0.0) -> Path:
    """A folder as replay takes it, its clock of day ahead by so much."""
    folder.mkdir(parents=True)
    rows = ["file,sensor_timestamp_ns,exposure_us,utc_ns"]
    for n, picture in enumerate(grey):
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(folder / f"{n:04}.png")
        end_s = BEGAN_S + n / FPS
        rows.append(f"{n:04}.png,{round(n / FPS * 1e9)},{EXPOSURE_US},{round((end_s + utc_ahead_s) * 1e9)}")
    (folder / "frames.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def stripes(row_time_us: float, flash_hz: float, frames: int = 30) -> list[Grey]:
    """A sheet of paper, lit by a lamp that is on for half of each period, exposed row by row for 200 µs."""
    rng, within = np.random.default_rng(1), np.linspace(0, 200e-6, 24)
    made = []
    for n in range(frames):
        start = n / FPS + np.arange(STRIPES_SIZE[0]) * row_time_us / 1e6
        lit = (((start[:, None] + within) * flash_hz) % 1 < 0.5).mean(axis=1)
        made.append(60 + 90 * lit[:, None] * np.ones(STRIPES_SIZE[1]) + rng.normal(0, 3, STRIPES_SIZE))
    return made


def pulses(row_time_us: float, frames: int = 150) -> list[Grey]:
    """A lamp in a corner, lit for a tenth of a second from each full second on."""
    rng, made = np.random.default_rng(2), []
    rows, within = np.arange(100, 112), np.linspace(-EXPOSURE_US / 1e6, 0, 60)
    for n in range(frames):
        end = n / FPS + rows * row_time_us / 1e6
        share = (((end[:, None] + within) % 1) < PULSE_S).mean(axis=1)
        picture = 40 + rng.normal(0, 2, PULSES_SIZE)
        picture[rows, 40:52] += 180 * share[:, None]
        made.append(picture)
    return made
