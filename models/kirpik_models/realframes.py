"""Pieces of real frames for the detector: their own plates, or the same places with a synthetic plate over each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad
from kirpik.vision.detect import covers
from kirpik_models.artwork import draw
from kirpik_models.fonts import Face
from kirpik_models.mount import mount
from kirpik_models.paste import Field, paste
from kirpik_models.pose import outline

SWAPPED = 0.55
"""Share of known plates that get a synthetic one in their place."""


@dataclass(frozen=True, slots=True)
class RealFrame:
    """A picture with the plates that are known in it and places nobody may judge (perhaps a plate)."""

    luma: Luma = field(repr=False)
    file: str
    light: str
    plates: tuple[Quad, ...]
    legible: tuple[bool, ...]
    doubtful: tuple[Quad, ...] = ()
    refused: tuple[Quad, ...] = ()
    """Places that look like a plate, were looked at, and hold none."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A reduced cut of a frame; `exact` says which quads are true to the corner and not a hand-drawn box."""

    luma: Field = field(repr=False)
    quads: list[Quad]
    exact: list[bool]
    doubtful: list[Quad]
    refused: list[Quad]


def load_frames(labels: Path, split: str, *, judged: Path | None = None) -> list[RealFrame]:
    """All frames of one split.

    `judged` is a JSON file: by picture, "sure" plates to add to the labels, "unsure" and "refused" places, and
    "corrected" outlines of plates whose hand-drawn box is off.
    """
    more = json.loads(judged.read_text()) if judged is not None else {}
    frames = []
    for line in labels.read_text().splitlines():
        entry = json.loads(line)
        if entry["split"] != split:
            continue
        luma = cv2.imread(str(labels.parent / entry["file"]), cv2.IMREAD_GRAYSCALE)
        boxes = [outline(x - 0.5, y - 0.5, w, h) for x, y, w, h in (plate["box"] for plate in entry["plates"])]
        legible = [bool(plate["legible"]) for plate in entry["plates"]]
        extra = more.get(entry["file"], {})
        for better in (np.array(quad, np.float64) for quad in extra.get("corrected", [])):
            boxes = [better if covers(box, better) else box for box in boxes]
        sure = [np.array(quad, np.float64) for quad in extra.get("sure", [])]
        unsure, refused = (
            tuple(np.array(quad, np.float64) for quad in extra.get(name, [])) for name in ("unsure", "refused")
        )
        flags = tuple(legible + [False] * len(sure))
        frames.append(
            RealFrame(
                np.asarray(luma, np.uint8), entry["file"], entry["light"], tuple(boxes + sure), flags, unsure, refused
            )
        )
    return frames


def cut(rng: np.random.Generator, frame: RealFrame, faces: Sequence[Face], size: tuple[int, int]) -> Piece:
    """A piece of `size` (width, height), at a random reduction, mostly with a plate in it."""
    whole, plates, exact = _swap(rng, frame, faces)
    largest = min(whole.shape[1] / size[0], whole.shape[0] / size[1])
    reduction = float(np.exp(rng.uniform(np.log(1.0), np.log(largest))))
    if rng.random() < 0.4:
        reduction = min(largest, float(rng.uniform(1.8, 2.4)))
    wide, high = (min(round(side * reduction), whole.shape[1 - axis]) for axis, side in enumerate(size))
    left, top = _corner(rng, whole, frame, (wide, high))
    part = cv2.resize(whole[top : top + high, left : left + wide], size, interpolation=cv2.INTER_AREA)
    scale = np.array(size) / (wide, high)
    quads = [_moved(quad, (left, top), scale) for quad in plates]
    doubtful, refused = (
        [_moved(quad, (left, top), scale) for quad in places] for places in (frame.doubtful, frame.refused)
    )
    return Piece(np.asarray(part, np.float32), quads, exact, doubtful, refused)


def _moved(quad: Quad, corner: tuple[int, int], scale: NDArray[np.float64]) -> Quad:
    return np.asarray((quad - corner + 0.5) * scale - 0.5, np.float64)


def _corner(rng: np.random.Generator, whole: Field, frame: RealFrame, size: tuple[int, int]) -> tuple[int, int]:
    room = np.array([whole.shape[1] - size[0], whole.shape[0] - size[1]])
    place = rng.uniform(0, 1, 2) * (room + 1)
    sights = frame.plates + frame.refused
    if sights and rng.random() < 0.8:
        wanted = sights[int(rng.integers(len(sights)))].mean(0)
        place = wanted - rng.uniform(0.15, 0.85, 2) * size
    left, top = np.clip(place, 0, room).astype(int)
    return int(left), int(top)


def _swap(rng: np.random.Generator, frame: RealFrame, faces: Sequence[Face]) -> tuple[Field, list[Quad], list[bool]]:
    scene = frame.luma.astype(np.float32)
    plates, swapped = list(frame.plates), [bool(rng.random() < SWAPPED) for _ in frame.plates]
    for number, quad in enumerate(frame.plates):
        if swapped[number]:
            lean = np.array([[0, 1], [0, -1], [0, -1], [0, 1]]) * float(rng.normal(0, 0.02))
            plates[number] = quad + (rng.normal(0, 0.006, (4, 2)) + lean) * (quad[1, 0] - quad[0, 0])
            _cover(rng, scene, plates[number], faces)
    return scene, plates, swapped


def _cover(rng: np.random.Generator, scene: Field, quad: Quad, faces: Sequence[Face]) -> None:
    """A one-row plate as bright and as contrasting as the one that was there."""
    width = float(np.hypot(*(quad[1] - quad[0])))
    art = draw(rng, faces)
    while art.rows != 1:
        art = draw(rng, faces)
    left, top = np.maximum(quad.min(0), 0).astype(int)
    right, bottom = np.ceil(quad.max(0)).astype(int)
    old = scene[top:bottom, left:right]
    dark, bright = np.percentile(old, (8, 88)) if old.size else (40.0, 200.0)
    mounted = mount(rng, art, scale=min(1.0, 3 * width / art.size_mm[0]))
    a, b, c, d = mounted.inner
    rows, columns = mounted.luma.shape
    x, y = (
        min(a * columns, float(rng.uniform(0, 0.05)) * (c - a) * columns),
        min(b * rows, float(rng.uniform(0, 0.2)) * (d - b) * rows),
    )
    x0, x1, y0, y1 = round(a * columns - x), round(c * columns + x), round(b * rows - y), round(d * rows + y)
    part = mounted.luma[y0:y1, x0:x1].astype(np.float32)
    low, high = np.percentile(part, (5, 90))
    part = (
        (part - low) / max(high - low, 20) * (bright - dark) * float(rng.uniform(0.7, 1.2))
        + dark
        + float(rng.normal(0, 10))
    )
    inner = (
        (a * columns - x0) / (x1 - x0),
        (b * rows - y0) / (y1 - y0),
        (c * columns - x0) / (x1 - x0),
        (d * rows - y0) / (y1 - y0),
    )
    paste(scene, np.asarray(np.clip(part, 0, 255), np.uint8), quad, inner=inner)
