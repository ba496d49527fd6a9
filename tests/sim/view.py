"""Where each plate is in each frame, and how much of it is to be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.camera import Camera
from tests.sim.stage import Scene
from tests.sim.vehicle import Moment, Vehicle, seen

Array = NDArray[np.float64]
Outline = NDArray[np.float32]

FOLLOWED_PX, SMALLEST_PX = 30.0, 12.0
"""Plates narrower than the first count as not measured; than the second, as not in the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One vehicle's plate through the frames in which some of it is inside the picture."""

    frames: tuple[int, ...]
    corners: Array
    visible: Array

    def whole(self) -> list[int]:
        """Where the plate is seen whole, and large enough to be followed."""
        width = np.linalg.norm(self.corners[:, 1] - self.corners[:, 0], axis=1)
        return [i for i, share in enumerate(self.visible) if share > 0.97 and width[i] >= FOLLOWED_PX]


def moment(scene: Scene, frame: int) -> Moment:
    return Moment(frame, frame / scene.stage.fps, scene.stage.light.exposure_us)


def look(scene: Scene) -> dict[int, View]:
    """Every plate's corners in every frame, at the middle of the exposure of their own rows."""
    collected: dict[int, list[tuple[int, Array, float]]] = {v.ident: [] for v in scene.vehicles}
    for frame in range(scene.frame_count):
        if frame in scene.dropped:
            continue
        now = moment(scene, frame)
        camera = scene.camera_at(now.time_s)
        nearer: list[Cover] = []
        nearest_first = sorted(scene.vehicles, key=lambda v: float(v.foot(np.array(now.time_s))[1]))
        for vehicle in nearest_first:
            y = float(vehicle.foot(np.array(now.time_s))[1])
            if not 3.0 < y < 120.0:
                continue
            back_us = now.exposure_us / 2
            corners = seen(vehicle, camera, vehicle.plate_points(), now, back_us)
            share = _visible(scene, vehicle, corners, nearer)
            if share > 0 and width_px(corners) >= SMALLEST_PX:
                collected[vehicle.ident].append((frame, corners, share))
            nearer.append(Cover(vehicle, camera, now, back_us))
    return {ident: _view(rows) for ident, rows in collected.items()}


def _view(rows: list[tuple[int, Array, float]]) -> View:
    return View(
        frames=tuple(row[0] for row in rows),
        corners=np.array([row[1] for row in rows]).reshape(-1, 4, 2),
        visible=np.array([row[2] for row in rows]),
    )


def _visible(scene: Scene, vehicle: Vehicle, corners: Array, nearer: "list[Cover]") -> float:
    """Share of the plate inside the picture, not behind a nearer vehicle and not covered."""
    camera = scene.stage.camera
    if corners[:, 0].max() < 0 or corners[:, 1].max() < 0:
        return 0.0
    if corners[:, 0].min() > camera.width - 1 or corners[:, 1].min() > camera.height - 1:
        return 0.0
    across, down = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 3))
    top = corners[0] + (corners[1] - corners[0]) * across[..., None]
    bottom = corners[3] + (corners[2] - corners[3]) * across[..., None]
    points = (top + (bottom - top) * down[..., None]).reshape(-1, 2)
    inside = np.all((points > 0) & (points < [camera.width - 1, camera.height - 1]), axis=1)
    for cover in nearer:
        inside &= ~cover.hides(points)
    if vehicle.plate.covered is not None:
        left, right = vehicle.plate.covered
        inside &= ~((across.ravel() > left) & (across.ravel() < right))
    return float(inside.mean())


class Cover:
    """What a vehicle hides: all that is behind the outlines of its body's faces."""

    def __init__(self, vehicle: Vehicle, camera: Camera, now: Moment, back_us: float) -> None:
        self._vehicle, self._camera, self._now, self._back_us = vehicle, camera, now, back_us
        self._hull = cv2.convexHull(self._pixels(vehicle.box_points()))[:, 0]

    def hides(self, points: Array) -> NDArray[np.bool_]:
        """Of pixels (n, 2), those that it covers. Faces are asked only where the box around them is."""
        hidden = _within(points, self._hull)
        if hidden.any():
            outlines = self._outlines
            hidden[hidden] = [any(_inside(point, each) for each in outlines) for point in points[hidden].tolist()]
        return hidden

    @cached_property
    def _outlines(self) -> list[Outline]:
        faces = [face.points for face in self._vehicle.body.faces]
        return [] if not faces else np.split(self._pixels(np.concatenate(faces)), np.cumsum(list(map(len, faces)))[:-1])

    def _pixels(self, local: Array) -> Outline:
        return seen(self._vehicle, self._camera, local, self._now, self._back_us).astype(np.float32)


def _inside(point: Sequence[float], outline: Outline) -> bool:
    return cv2.pointPolygonTest(outline, point, measureDist=False) >= 0


def width_px(corners: Array) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]))


def _within(points: Array, hull: Array) -> NDArray[np.bool_]:
    """Points inside a convex outline: on one side of all its edges."""
    edge = np.roll(hull, -1, axis=0) - hull
    away = points[:, None, :] - hull[None, :, :]
    turn = edge[None, :, 0] * away[..., 1] - edge[None, :, 1] * away[..., 0]
    return np.asarray(np.all(turn >= 0, axis=1) | np.all(turn <= 0, axis=1))
