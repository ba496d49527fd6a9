"""The plates' outer sizes: the yardstick of every speed. Which class an outline belongs to is told by its shape."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class PlateClass:
    width_mm: float
    height_mm: float
    sigma_ln: float
    """Relative standard deviation of the size among plates of this class."""

    @property
    def size_mm(self) -> tuple[float, float]:
        return self.width_mm, self.height_mm


LONG = PlateClass(520.0, 112.0, 0.004)
"""One row: KZ, RU, KG, EU; UZ, TJ and TM differ by 2 mm in height."""
CLASSES = (
    LONG,
    PlateClass(280.0, 200.0, 0.02),
    PlateClass(290.0, 170.0, 0.02),
    PlateClass(360.0, 125.0, 0.03),
    PlateClass(440.0, 140.0, 0.01),
    PlateClass(305.0, 152.0, 0.01),
)
SHAPE_TOLERANCE, SHAPE_DOUBT = 0.2, 0.13
"""Relative: further off is no plate; a second class that is so near leaves a doubt which of them it is. The shapes are
1.40 1.71 2.01 2.88 3.14 4.64."""

SMALL = (PlateClass(245.0, 185.0, 0.03), PlateClass(245.0, 160.0, 0.03))
"""Motorcycles'. No speed is measured by them, but a plate of two rows may be one, and then is nearer than it seems."""
SMALL_WEIGHT = 0.1
"""Of one of them, before it is looked at, where another plate has 1."""
SHAPE_SIGMA = 0.05

NOMINAL_PX = 90.0
SIZE_PX = 0.4
FAR_PX, FAR_WIDTH_PX = 3.0, 28.0
"""An outline so narrow is off by so much; the finder does not know that of itself."""


def sides(quads: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quads (n, 4, 2) → mean width and mean height (n,) in pixels."""
    top_left, top_right, bottom_right, bottom_left = np.moveaxis(quads, -2, 0)
    width = _length(top_right - top_left) + _length(bottom_right - bottom_left)
    height = _length(bottom_left - top_left) + _length(bottom_right - top_right)
    return width / 2, height / 2


def _length(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def possible(quads: NDArray[np.float64], foreshortening: float) -> list[tuple[PlateClass, float]]:
    """The classes that a track's outlines may be of, each with its weight by its shape; none for what is no plate."""
    plate = classify(quads, foreshortening)
    if plate is None:
        return []
    if plate.size_mm == LONG.size_mm:
        return [(plate, 1.0)]
    shape = _shape(quads, foreshortening)
    given = [(each, 1.0) for each in CLASSES if each is not LONG] + [(each, SMALL_WEIGHT) for each in SMALL]
    return [(each, weight * float(np.exp(-0.5 * (_off(shape, each) / SHAPE_SIGMA) ** 2))) for each, weight in given]


def classify(quads: NDArray[np.float64], foreshortening: float) -> PlateClass | None:
    """The class whose shape fits a track's outlines, or None.

    An outline that two classes fit takes the nearer, with the doubt between them. `foreshortening` is how much lower an
    upright plate looks from above: the cosine of the camera's view angle.
    """
    shape = _shape(quads, foreshortening)
    near = sorted((_off(shape, plate), plate) for plate in CLASSES)
    (off, nearest), (next_off, other) = near[0], near[1]
    if off >= SHAPE_TOLERANCE:
        return None
    if next_off >= SHAPE_DOUBT:
        return nearest
    either = abs(float(np.log(other.width_mm / nearest.width_mm)))
    return replace(nearest, sigma_ln=float(np.hypot(nearest.sigma_ln, either)))


def _shape(quads: NDArray[np.float64], foreshortening: float) -> float:
    """Width by height, of the nearer half of the outlines."""
    width, height = sides(quads)
    near_by = width >= np.median(width)
    return float(np.median(width[near_by] / np.maximum(height[near_by], 1e-6))) * foreshortening


def _off(shape: float, plate: PlateClass) -> float:
    return abs(float(np.log(shape * plate.height_mm / plate.width_mm)))


def size_spread(width_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far off an outline's width is expected to be in pixels. Of small plates it tells next to nothing."""
    return np.asarray(
        np.hypot(SIZE_PX * np.hypot(0.5, 0.85 * width_px / NOMINAL_PX), FAR_PX * (FAR_WIDTH_PX / width_px) ** 4)
    )
