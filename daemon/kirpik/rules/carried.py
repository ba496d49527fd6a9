"""A plate that rides on or behind another vehicle is nobody's offence: it moves rigidly with that vehicle's own plate.

Two cars that merely follow each other keep their distance less exactly, or are further apart than any towing bar.
"""

import numpy as np
from numpy.typing import NDArray

from kirpik.rules.heights import on_a_bumper
from kirpik.values import RoadPath

SHARED_LEAST, SHARED_LEAST_S, SHARED_LEAST_M = 8, 0.25, 8.0
"""Seen together at least so often, so long and over so much road."""
SAME_PLATE_M, SAME_HEIGHT_M = 0.4, 0.15
"""Nearer than this in every direction the two are one plate found twice."""
ASIDE_MOST_M = 1.0
BAR_MOST_M = 10.5
"""From plate to plate, of a car on a rope."""
LOADED_MOST_M = 7.0
HIGHER_M = 0.25
TRAILING_M = 3.5
RIGID_M = 0.3
RIGID_SHARE, RIGID_REST_M = 0.04, 0.15
"""Of the way that they drove together, the offset may change by this much and a little more: two heights that are
each wrong by a few centimetres make no more of it, and two drivers seldom agree so well."""
SIGMAS = 2.0


def is_carried(mine: RoadPath, theirs: RoadPath) -> bool:
    """Two plates' paths at the same moments, `theirs` on the road's plane as well: whether `mine` rides along.

    What has no plate's shape carries nobody. Of a rigid pair the higher plate is loaded, or else the trailing one is
    towed; where neither can be told, both.
    """
    if len(mine.t_s) < SHARED_LEAST or theirs.plate_mm is None or not on_a_bumper(theirs.height_m):
        return False
    way = mine.foot_m[-1] - mine.foot_m[0]
    length = float(np.hypot(*way))
    if mine.t_s[-1] < SHARED_LEAST_S or length < SHARED_LEAST_M:
        return False
    offset = theirs.foot_m - mine.foot_m
    ahead, aside = offset @ way / length, offset @ np.array([-way[1], way[0]]) / length
    if not _rigid(mine, theirs, ahead, aside):
        return False
    return _rides(float(np.median(ahead)), float(np.median(aside)), mine.height_m - theirs.height_m)


def _rigid(mine: RoadPath, theirs: RoadPath, ahead: NDArray[np.float64], aside: NDArray[np.float64]) -> bool:
    """Whether the offset stays, but for what the two heights' errors make of it over the way."""
    by_height = SIGMAS * float(np.hypot(np.ptp(mine.sigma_m), np.ptp(theirs.sigma_m)))
    slope, start = np.polyfit(mine.t_s, ahead, 1)
    drift = abs(float(slope)) * float(mine.t_s[-1])
    scatter = float(np.std(ahead - (slope * mine.t_s + start)))
    sideways = abs(float(np.polyfit(mine.t_s, aside, 1)[0])) * float(mine.t_s[-1])
    way = float(np.hypot(*(mine.foot_m[-1] - mine.foot_m[0])))
    keeps = drift <= min(RIGID_M + by_height, RIGID_REST_M + RIGID_SHARE * way)
    return keeps and scatter <= RIGID_M and sideways <= RIGID_M


def _rides(ahead: float, aside: float, higher: float) -> bool:
    """`ahead`, `aside`: where the other is; `higher`: how much higher than it this one is."""
    if max(abs(ahead), abs(aside)) < SAME_PLATE_M and abs(higher) < SAME_HEIGHT_M:
        return False
    if abs(aside) > ASIDE_MOST_M or abs(ahead) > BAR_MOST_M:
        return False
    if abs(higher) > HIGHER_M and abs(ahead) < LOADED_MOST_M:
        return higher > 0
    return ahead > 0 if abs(ahead) >= TRAILING_M else True
