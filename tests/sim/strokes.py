"""From skeleton to ink: a glyph or a line of text as coverage between 0 and 1."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.glyphs import CELL, GLYPHS, STROKE

Coverage = NDArray[np.float32]

OVERSAMPLE = 4
ARC_STEP_DEG = 5.0
MITRE_LIMIT = 2.6
"""A mitre longer than this many half strokes is cut, or the corners of M and N would grow spikes."""


def _arc(cx: float, cy: float, radii: tuple[float, float], span: tuple[float, float]) -> NDArray[np.float64]:
    count = 2 + int(abs(span[1] - span[0]) / ARC_STEP_DEG)
    angle = np.radians(np.linspace(span[0], span[1], count))
    return np.stack([cx + radii[0] * np.cos(angle), cy + radii[1] * np.sin(angle)], axis=1)


def skeleton(path: str) -> list[tuple[NDArray[np.float64], bool]]:
    """The strokes of a path: points (n, 2) and whether the stroke is closed."""
    strokes: list[tuple[NDArray[np.float64], bool]] = []
    points: list[NDArray[np.float64]] = []
    words = path.split()
    at = 0

    def end(*, closed: bool) -> None:
        if points:
            strokes.append((_without_repeats(np.concatenate(points)), closed))
        points.clear()

    while at < len(words):
        word = words[at]
        length = {"M": 2, "L": 2, "A": 6, "Z": 0}[word]
        values = [float(value) for value in words[at + 1 : at + 1 + length]]
        at += 1 + length
        if word == "Z":
            end(closed=True)
        elif word == "A":
            points.append(_arc(values[0], values[1], (values[2], values[3]), (values[4], values[5])))
        else:
            if word == "M":
                end(closed=False)
            points.append(np.array([values]))
    end(closed=False)
    return strokes


def _without_repeats(points: NDArray[np.float64]) -> NDArray[np.float64]:
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6
    return points[keep]


def _mitres(points: NDArray[np.float64], *, closed: bool) -> NDArray[np.float64]:
    """Half-stroke offsets to the left at each point, so that neighbouring quads of a stroke share their corners."""
    before = points - np.roll(points, 1, axis=0)
    after = np.roll(points, -1, axis=0) - points
    if not closed:
        before[0], after[-1] = after[0], before[-1]
    normals = []
    for step in (before, after):
        unit = step / np.linalg.norm(step, axis=1, keepdims=True)
        normals.append(np.stack([unit[:, 1], -unit[:, 0]], axis=1))
    middle = normals[0] + normals[1]
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-9)
    stretch = 1.0 / np.maximum(np.sum(middle * normals[0], axis=1, keepdims=True), 1.0 / MITRE_LIMIT)
    return np.asarray(middle * stretch * STROKE / 2)


def _ink(canvas: NDArray[np.uint8], points: NDArray[np.float64], *, closed: bool, scale: float) -> None:
    if closed and np.linalg.norm(points[0] - points[-1]) < 1e-6:
        points = points[:-1]
    offset = _mitres(points, closed=closed)
    for i in range(len(points) if closed else len(points) - 1):
        j = (i + 1) % len(points)
        quad = np.array([points[i] + offset[i], points[j] + offset[j], points[j] - offset[j], points[i] - offset[i]])
        cv2.fillConvexPoly(
            canvas, np.round((quad * scale - 0.5) * 16).astype(np.int32), 255, lineType=cv2.LINE_8, shift=4
        )


@lru_cache(maxsize=512)
def glyph(char: str, height_px: int) -> Coverage:
    """Coverage of one character, `height_px` high."""
    width, path = GLYPHS[char]
    scale = height_px * OVERSAMPLE / CELL
    width_px = max(1, round(width * height_px / CELL))
    canvas = np.zeros((height_px * OVERSAMPLE, width_px * OVERSAMPLE), np.uint8)
    for points, closed in skeleton(path):
        _ink(canvas, points, closed=closed, scale=scale)
    small = cv2.resize(canvas, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255), np.float32)


def text(line: str, height_px: int, *, gap: float = 0.16) -> Coverage:
    """Coverage of a line of text; `gap` between characters in parts of the height."""
    glyphs = [glyph(char, height_px) for char in line]
    space = np.zeros((height_px, max(1, round(gap * height_px))), np.float32)
    parts: list[Coverage] = []
    for shape in glyphs:
        parts += [shape, space]
    return np.concatenate(parts[:-1], axis=1)
