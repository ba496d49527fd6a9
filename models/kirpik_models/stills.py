"""Pictures, folders and videos as luma frames, for the lab alone: the unit never opens a stranger's picture."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import av.error
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kirpik.errors import InputError
from kirpik.values import Luma

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".gif"}
VIDEOS = {".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".ts", ".mjpeg"}
MOST_PIXELS = 200_000_000
LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class Still:
    """One frame. `file` is the name as it is told; `frame` counts from 0 in a video."""

    file: str
    frame: int
    moving: bool
    """Whether it belongs to a video."""
    luma: Luma = field(repr=False)


def list_inputs(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Every picture and video among `paths` and in their folders, with the name to tell it by."""
    found: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(entry for entry in path.rglob("*") if entry.suffix.lower() in PICTURES | VIDEOS)
            if not inside:
                raise InputError(f"{path}: holds no picture or video")
            found += [(entry, entry.relative_to(path).as_posix()) for entry in inside]
        elif path.exists():
            found.append((path, path.name))
        else:
            raise InputError(f"{path}: no such file or folder")
    return found


def open_stills(path: Path, name: str) -> Iterator[Still]:
    """The frames of one file. Raises InputError in a sentence when it cannot be decoded."""
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    return _video(path, name) if path.suffix.lower() in VIDEOS else _picture(path, name)


def _picture(path: Path, name: str) -> Iterator[Still]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.draft("L", image.size)  # of a JPEG the brightness alone is unpacked, a quarter of the memory
                yield Still(name, 0, False, _luma(path, image))
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError) as error:
        raise InputError(
            f"{path}: the picture is damaged or too large: {str(error) or type(error).__name__}"
        ) from error


def _luma(path: Path, image: Image.Image) -> Luma:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise InputError(f"{path}: {width} × {height} pixels, at most {MOST_PIXELS} are read")
    if min(width, height) < LEAST_SIDE:
        raise InputError(f"{path}: {width} × {height} pixels, at least {LEAST_SIDE} on each side are needed")
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        return _eight_bits(np.asarray(upright).astype(np.float64))
    if upright.mode == "F":
        return _eight_bits(np.nan_to_num(np.asarray(upright).astype(np.float64)))
    return np.ascontiguousarray(upright.convert("RGB").convert("L") if upright.mode == "P" else upright.convert("L"))


def _eight_bits(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Luma:
    """Sixteen bits and floats are scaled by the smallest full range that holds them."""
    peak = float(values.max(initial=0.0))
    full = next((limit for limit in (1.0, 255.0, 1023.0, 4095.0, 65535.0) if peak <= limit), max(peak, 1.0))
    if full <= 1.0 and not (values % 1).any():
        full = 255.0  # whole numbers of 0 and 1 are a nearly black picture, not a float one
    return np.ascontiguousarray(np.clip(values / full * 255, 0, 255), np.uint8)


def _video(path: Path, name: str) -> Iterator[Still]:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError(f"{path}: holds no video stream")
            for number, frame in enumerate(container.decode(video=0)):
                luma = frame.to_ndarray(format="gray")
                yield Still(name, number, True, np.ascontiguousarray(luma, np.uint8))
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"{path}: the video cannot be read: {error}") from error
