"""Step 3: row time and clock, from a recording of a lamp that flashes at a known time.

Row time: a lamp that flashes some hundred times a second and lights a sheet of paper paints stripes on a rolling
shutter; their height in rows is the flash's period in row times. A global shutter shows none.
Clock: a lamp that is lit from each full UTC second on, as a GNSS receiver's pulse does, is lit for a part of an
exposure; the offset with which all frames agree is the recording's UTC against the lamp's.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from kirpik.errors import InputError
from kirpik_provisioning.calibrate.steps import TimeStep

Array = NDArray[np.float64]

LEAST_FRAMES = 30
STRIPES_GREY = 3.0
"""Stripes that are weaker than this are noise: no rolling shutter, or no such lamp."""
STRIPES_MOST = 0.4
"""Cycles a row: faster, and the rows no longer tell the flash from its alias."""
PAD = 16
"""Times that a profile is lengthened by zeros, for a finer spectrum."""
SPOT_SHARE = 0.002
"""Of the picture's pixels, the most changing ones, that are taken for the lamp."""
OFFSET_MOST_S, STEP_S = 0.5, 0.0002
LIT_NOISE = 0.02
"""By how much of its light a lamp's brightness is uncertain."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """Frames of the recording: when, and the grey pictures' paths."""

    stamps_ns: Array
    exposures_s: Array
    utc_s: Array
    """nan where the recording has none."""
    files: tuple[Path, ...]


def read_lamp(folder: Path) -> Lamp:
    """A folder as `kirpikd replay` takes it. Raises InputError with file and line."""
    table = folder / "frames.csv"
    try:
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        stamps = np.array([float(row["sensor_timestamp_ns"]) for row in rows])
        exposures = np.array([float(row["exposure_us"]) for row in rows]) / 1e6
        utc = np.array([float(row["utc_ns"]) / 1e9 if row.get("utc_ns") else np.nan for row in rows])
        files = tuple(folder / row["file"] for row in rows)
    except OSError as error:
        raise InputError(f"{table}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{table}: expected file,sensor_timestamp_ns,exposure_us,utc_ns in every row") from error
    if len(files) < LEAST_FRAMES:
        raise InputError(f"{table}: {len(files)} frames, expected at least {LEAST_FRAMES}")
    return Lamp(stamps, exposures, utc, files)


def row_time(lamp: Lamp, flash_hz: float) -> tuple[float, float]:
    """Microseconds and their standard deviation; 0 for a global shutter. Raises InputError."""
    profiles = [_profile(picture) for picture in _pictures(lamp.files)]
    cycles = np.array([found for profile in profiles if (found := _cycles_per_row(profile)) is not None])
    if len(cycles) < len(profiles) / 2:
        return 0.0, 0.0
    middle = float(np.median(cycles))
    if middle > STRIPES_MOST:
        raise InputError(f"stripes of {1 / middle:.1f} rows are too fine to be counted: let the lamp flash slower")
    sigma = 1.4826 * float(np.median(np.abs(cycles - middle))) * 1.2533 / np.sqrt(len(cycles))
    return middle / flash_hz * 1e6, max(float(sigma) / flash_hz * 1e6, 1e-3)


def clock_offset(lamp: Lamp, *, lit_s: float, row_time_us: float) -> tuple[float, float, int]:
    """Milliseconds by which the recording's UTC is ahead, standard deviation, and flashes seen. Raises InputError."""
    if np.isnan(lamp.utc_s).any():
        raise InputError("frames.csv: utc_ns is empty in some rows, expected the time of every frame")
    light, rows = _spot(lamp.files)
    end = lamp.utc_s + rows * row_time_us / 1e6
    offsets = np.arange(-OFFSET_MOST_S, OFFSET_MOST_S, STEP_S)
    cost = np.array([((light - _lit(end - offset, lamp.exposures_s, lit_s)) ** 2).sum() for offset in offsets])
    best = int(np.argmin(cost))
    noise = max(float(cost[best]) / (len(light) - 1), LIT_NOISE**2)
    if noise > 0.15**2:
        raise InputError("the lamp does not go on at each full second: no offset explains its light")
    likely = offsets[cost <= cost[best] + 4 * noise]
    middle, half = float(likely.min() + likely.max()) / 2, float(np.ptp(likely)) / 2
    return 1e3 * middle, max(1e3 * half / 2, 0.1), int(np.ptp(lamp.utc_s))


def time_step(lamp: Lamp, *, flash_hz: float | None, lit_s: float | None, known: TimeStep | None) -> TimeStep:
    """What this recording tells, with what an earlier one told of the other."""
    before = known or TimeStep()
    rows = (before.row_time_us, before.row_time_sigma_us) if flash_hz is None else row_time(lamp, flash_hz)
    if lit_s is None:
        clock: tuple[float | None, float | None, int] = (before.offset_ms, before.offset_sigma_ms, before.flashes)
    else:
        clock = clock_offset(lamp, lit_s=lit_s, row_time_us=rows[0] or 0.0)
    return TimeStep(
        row_time_us=_rounded(rows[0]), row_time_sigma_us=_rounded(rows[1]), offset_ms=_rounded(clock[0]),
        offset_sigma_ms=_rounded(clock[1]), flashes=clock[2],
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _pictures(files: Sequence[Path]) -> list[Array]:
    return [_grey(path) for path in files]


def _grey(path: Path) -> Array:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("L"), dtype=np.float64)
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _profile(picture: Array) -> Array:
    """Mean of each row over the columns that change most from row to row: there the paper is."""
    change = np.abs(np.diff(picture, axis=0)).mean(axis=0)
    columns = change >= np.quantile(change, 0.5)
    return np.asarray(picture[:, columns].mean(axis=1))


def _cycles_per_row(profile: Array) -> float | None:
    """The strongest regular stripe; None where there is none."""
    count = len(profile)
    rows = np.arange(count)
    flat = profile - np.polyval(np.polyfit(rows, profile, 2), rows)
    window = np.hanning(count)
    spectrum = np.abs(np.fft.rfft(flat * window, PAD * count)) / window.sum() * 2
    first = 2 * PAD
    """Fewer than two stripes in the picture are not counted."""
    peak = first + int(np.argmax(spectrum[first:-1]))
    if spectrum[peak] < STRIPES_GREY:
        return None
    low, mid, high = np.log(spectrum[peak - 1 : peak + 2])
    return float((peak + (low - high) / (2 * (low - 2 * mid + high))) / (PAD * count))


def _spot(files: Sequence[Path]) -> tuple[Array, float]:
    """The lamp's light in each frame, 0 dark to 1 lit, and the row that it is on."""
    pictures = np.stack(_pictures(files))
    spread = pictures.std(axis=0)
    bright = spread >= np.quantile(spread, 1 - SPOT_SHARE)
    light = pictures[:, bright].mean(axis=1)
    dark, lit = np.quantile(light, [0.02, 0.98])
    if lit - dark < 8:
        raise InputError("no lamp goes on and off in this recording")
    return np.asarray((light - dark) / (lit - dark)), float(np.nonzero(bright)[0].mean())


def _lit(end_s: Array, exposure_s: Array, lit_s: float) -> Array:
    """Share of each exposure in which a lamp is on that is lit from each full second on, for `lit_s`."""
    start = end_s - exposure_s
    first = np.floor(start)
    shares = [
        np.clip(np.minimum(end_s, second + lit_s) - np.maximum(start, second), 0, None) for second in (first, first + 1)
    ]
    return np.asarray(sum(shares) / exposure_s)
