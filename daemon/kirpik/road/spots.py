"""Where in the picture the site's plates can be, and how wide they are there: what the detector has to look at."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project
from kirpik.site import NoStopping, Point, SignalRule, Site, SolidLine

HEIGHTS_M = (0.25, 0.65, 1.2)
LONG_PLATE_M = 0.52
STEP_M = 0.75
"""Between places along and across a lane; a plan needs no finer ones."""
STEPS_MOST = 160
AROUND_M = 1.0
"""Around a rule's line: a vehicle is followed over it."""


def plate_spots(site: Site) -> NDArray[np.float64]:
    """Shape (n, 3): x, y and width in pixels of a long plate that faces the camera, at places of the lanes and zones.

    Only what lies in the picture; empty when nothing does.
    """
    ground = np.concatenate([_inside(polygon) for polygon in _zones(site)])
    places = np.concatenate([np.column_stack([ground, np.full(len(ground), height)]) for height in HEIGHTS_M])
    half = LONG_PLATE_M / 2 * _across(places, site)
    left, right = (project(places + sign * half, site.camera, site.pose) for sign in (-1, 1))
    middle = (left + right) / 2
    width = np.hypot(*(right - left).T)
    seen = np.isfinite(middle).all(1) & (middle >= 0).all(1) & (middle < (site.camera.width, site.camera.height)).all(1)
    spots = np.column_stack([middle, width])[seen]
    return np.asarray(spots[_straight(places[seen], spots, site)])


def _zones(site: Site) -> Iterator[Sequence[Point]]:
    for lane in site.lanes:
        yield lane.polygon_m
    for rule in site.rules:
        if isinstance(rule, NoStopping):
            yield rule.polygon_m
        elif isinstance(rule, SignalRule | SolidLine):
            (ax, ay), (bx, by) = rule.line_m
            yield (ax - AROUND_M, ay), (bx + AROUND_M, by), (bx, by + AROUND_M), (ax, ay - AROUND_M)


def _inside(polygon: Sequence[Point]) -> NDArray[np.float64]:
    """A grid over the polygon, its corners with it."""
    corners = np.array(polygon, np.float64)
    low, high = corners.min(0), corners.max(0)
    axes = [np.linspace(a, b, int(np.clip((b - a) / STEP_M, 2, STEPS_MOST))) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    return np.concatenate([grid[_holds(corners, grid)], corners])


def _holds(corners: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Even-odd rule."""
    inside = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0), strict=True):
        spans = (ay > points[:, 1]) != (by > points[:, 1])
        at = ax + (points[:, 1] - ay) * (bx - ax) / (by - ay if by != ay else 1.0)
        inside ^= spans & (points[:, 0] < at)
    return inside


def _across(places: NDArray[np.float64], site: Site) -> NDArray[np.float64]:
    """Level unit vectors square to the line of sight: what a plate that faces the camera spans."""
    sight = places[:, :2] - np.asarray(site.pose.position_m)[:2]
    length = np.maximum(np.hypot(*sight.T), 1e-6)
    return np.column_stack([-sight[:, 1] / length, sight[:, 0] / length, np.zeros(len(places))])


def _straight(places: NDArray[np.float64], spots: NDArray[np.float64], site: Site) -> NDArray[np.bool_]:
    """Far outside the field for which it was measured a distortion folds back into the picture: such spots are none."""
    depth = np.linalg.norm(places - np.asarray(site.pose.position_m), axis=1)
    ideal = LONG_PLATE_M * site.camera.fx / np.maximum(depth, 1e-6)
    return np.asarray((spots[:, 2] > ideal / 3) & (spots[:, 2] < ideal * 3))
