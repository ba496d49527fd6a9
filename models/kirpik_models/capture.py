"""A flat plate photographed: random perspective onto a car's surroundings, then a camera with its faults."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from kirpik.values import Luma, Quad
from kirpik_models.exposure import PAINTED, as_light, expose
from kirpik_models.optics import optics, processed
from kirpik_models.weather import weather

LOOSE = (0.005, 0.02)
"""How much wider and higher than the plate a finder's outline is on average: it takes the holder for the edge."""
ROAD_CAMERAS = 0.35
"""Share of the pictures that are taken as light goes (`exposure.py`); the others as on a bad evening (`optics.py`)."""
NIGHT, DROWNED = 0.4, 0.3
"""Shares of those with dark surroundings, and with a sheet that shines back more than the sensor can hold."""
DROWNED_BY = (1.0, 3.5)


@dataclass(frozen=True, slots=True)
class Shot:
    """A small picture with one plate in it."""

    luma: Luma = field(repr=False)
    quad: Quad


def photograph(
    rng: np.random.Generator, plate: Luma, *, width_px: float, strength: float = 1.0, worn: bool = False
) -> Shot:
    """`plate` about `width_px` wide in a picture a little larger than itself, worn by the road unless it is `worn`."""
    rows, columns = plate.shape
    quad = _perspective(rng, width_px, width_px * rows / columns)
    low, high = quad.min(0), quad.max(0)
    pad = 6 + 0.12 * width_px
    quad = quad - low + pad
    size = (round(float(high[0] - low[0] + 2 * pad)), round(float(high[1] - low[1] + 2 * pad)))
    scale = min(1.0, 1.5 * width_px / columns)
    small = cv2.resize(
        plate, (max(8, round(columns * scale)), max(4, round(rows * scale))), interpolation=cv2.INTER_AREA
    )
    sheet = np.asarray(small, np.uint8) if worn else weather(rng, np.asarray(small, np.uint8))
    scene = _surroundings(rng, size)
    height, width = sheet.shape
    source = np.array(
        [[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(source, quad.astype(np.float32))
    cv2.warpPerspective(sheet, matrix, size, dst=scene, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return Shot(_taken(rng, scene, sheet, strength), quad)


def jitter(rng: np.random.Generator, quad: Quad, *, sigma: float) -> Quad:
    """`quad` as a finder would give it: shifted and scaled as a whole, then each corner off by itself."""
    width = float(np.hypot(*(quad[1] - quad[0])))
    height = float(np.hypot(*(quad[3] - quad[0])))
    reach = np.array([width, min(width, 2.2 * height)]) * sigma
    whole = rng.normal(0, 0.6, 2) * reach
    scale = 1 + rng.normal(LOOSE, (0.006 + 0.5 * sigma, 0.03 + sigma))
    return np.asarray(
        (quad - quad.mean(0)) * scale + quad.mean(0) + whole + rng.normal(0, 0.8, (4, 2)) * reach, np.float64
    )


def _taken(rng: np.random.Generator, scene: Luma, plate: Luma, strength: float) -> Luma:
    """`scene` with `plate` in it, as one of two kinds of camera takes it."""
    if rng.random() >= ROAD_CAMERAS:
        return optics(rng, scene, strength=strength)
    paper = (float(np.percentile(plate[::2, ::2], 85)) / 255) ** PAINTED
    above = float(rng.uniform(*DROWNED_BY)) if rng.random() < DROWNED else 1.0
    return processed(rng, expose(rng, as_light(scene), paper=paper / above), strength=strength)


def _perspective(rng: np.random.Generator, width: float, height: float) -> Quad:
    """A rectangle turned about its three axes and seen from a car's length or two."""
    yaw, pitch = float(rng.normal(0, 0.3)), float(rng.normal(0, 0.25))
    roll = float(rng.normal(0, 0.07) if rng.random() < 0.85 else rng.normal(0, 0.2))
    x = np.array([-0.5, 0.5, 0.5, -0.5]) * width
    y = np.array([-0.5, -0.5, 0.5, 0.5]) * height
    depth = float(rng.uniform(6, 25)) * width
    points = np.stack([x * np.cos(yaw), y * np.cos(pitch) + x * np.sin(yaw) * np.sin(pitch)], 1)
    away = 1 + (x * np.sin(yaw) + y * np.sin(pitch)) / depth
    points = points / away[:, None]
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    return np.asarray(points @ turn.T, np.float64)


def _surroundings(rng: np.random.Generator, size: tuple[int, int]) -> Luma:
    """Paint, bumper seams, shadow: soft noise with a few edges."""
    width, height = size
    coarse = rng.uniform(10, 240) + rng.normal(0, rng.uniform(2, 40), (3, 6))
    scene = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(0, 5))):
        y = int(rng.integers(0, height))
        tilt = int(rng.integers(-4, 5))
        cv2.line(scene, (0, y), (width, y + tilt), float(rng.uniform(0, 255)), int(rng.integers(1, 6)))
    dark = float(rng.uniform(0.03, 0.4)) if rng.random() < NIGHT * ROAD_CAMERAS else 1.0
    return np.asarray(np.clip(scene * dark, 0, 255), np.uint8)
