"""Whose plate anybody could read, by truth alone: nothing hides it, and in three frames its characters are 12 pixels
high."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.sim.faces import char_mm
from tests.sim.plates import Plate
from tests.sim.stage import Scene

READABLE_PX, READABLE_FRAMES = 12.0, 3
WHOLE = 0.97
"""Share of a plate that is to be seen in a frame that counts."""

Array = NDArray[np.float64]
Json = dict[str, Any]


def legible(plate: Plate, heights_px: Iterable[float]) -> bool:
    """`heights_px`: of its tall characters, in every frame that shows it whole."""
    return plate.legible and sum(height >= READABLE_PX for height in heights_px) >= READABLE_FRAMES


def char_px(plate: Plate, quad: Array) -> float:
    """True height of its tall characters in pixels, between the corners (4, 2)."""
    high = float(np.hypot(*(quad[3] - quad[0])) + np.hypot(*(quad[2] - quad[1]))) / 2
    return high * char_mm(plate.plate_format) / plate.size_mm[1]


def legible_plates(played: Scene, truth: Json) -> set[str]:
    """Texts of all such plates in a scene."""
    told = {vehicle["id"]: vehicle for vehicle in truth["vehicles"]}
    return {v.plate.text for v in played.vehicles if legible(v.plate, _heights(v.plate, told[v.ident]))}


def _heights(plate: Plate, vehicle: Json) -> Iterator[float]:
    for _, *corners, share, _ in vehicle["frames"]:
        if share >= WHOLE:
            yield char_px(plate, np.array(corners).reshape(4, 2))
