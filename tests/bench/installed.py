"""One unit over many vehicles: its camera is wrong by the same all the time, is knocked at some moment, and is watched
as the daemon watches it."""

from dataclasses import replace

import numpy as np

from kirpik.adapters.reduce import LORES_HEIGHT, LORES_WIDTH
from kirpik.road.camera import project, rotation
from kirpik.road.fixed_points import LOOKS
from kirpik.road.watch import Watch
from kirpik.site import Camera, Pose
from kirpik.values import Shift
from kirpik.vision.landmarks import FAR, shift_of
from tests.bench.passes import Pass, Road, turn_by
from tests.bench.views import View, level

VEHICLES = 24
"""Before a knock, and after it."""
KNOCK_DEG = 1.0
LANDMARKS, LANDMARK_PX = 20, 0.1
"""Fixed points in the reduced picture, and how well each is found."""


class Unit:
    def __init__(self, rng: np.random.Generator, view: View, *, at_work: bool) -> None:
        """Knocked after VEHICLES have passed, or while it was switched off."""
        self._rng, self._view = rng, view
        self._road = Road(rng)
        self._stands = self._road.stand(view.camera, level(view))
        self.watch = Watch()
        self.left = 2 * VEHICLES
        if not at_work:
            self.left = VEHICLES
            self._stands = self._knocked()

    def next(self, speed_kmh: float, *, night: bool) -> Pass:
        """The next vehicle."""
        if self.left == VEHICLES and self.watch.drift.vehicles:
            before, self._stands = self._stands, self._knocked()
            for _ in range(LOOKS):
                self.watch.look(_shift(self._rng, before, self._stands), self._view.camera)
        self.left -= 1
        return replace(self._road, stands=self._stands).passes(self._view, speed_kmh, night=night)

    def _knocked(self) -> tuple[Camera, Pose]:
        """Somebody leant a ladder against the mast."""
        camera, pose = self._stands
        turned = turn_by(np.radians(self._rng.normal(0, KNOCK_DEG, 3))) @ rotation(pose)
        return camera, Pose(position_m=pose.position_m, rotation=tuple(turned.ravel()))  # type: ignore[arg-type]  # nine


def _shift(rng: np.random.Generator, before: tuple[Camera, Pose], now: tuple[Camera, Pose]) -> Shift | None:
    """What fixed points of the scene say of a knock."""
    camera, pose = before
    factor = max(camera.width / LORES_WIDTH, camera.height / LORES_HEIGHT)
    around = np.column_stack([rng.uniform(-12, 12, 400), rng.uniform(5, 80, 400), rng.choice((0.0, 1.0, 3.0), 400)])
    old, new = project(around, camera, pose) / factor, project(around, *now) / factor
    size = np.array([camera.width, camera.height]) / factor
    both = ((old > 0) & (old < size) & (new > 0) & (new < size)).all(axis=1)
    old, new = old[both][:LANDMARKS], new[both][:LANDMARKS]
    if not len(old) or np.abs(new - old).max() > 2 * FAR:
        return None
    told = shift_of(old, new + rng.normal(0, LANDMARK_PX, new.shape), np.ones(len(old), bool))
    return None if told is None else told.scaled(factor)
