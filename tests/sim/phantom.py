"""Eyes that see no pictures: true corners with a detector's noise, and a reader who knows. Hours pass in minutes.

The luma holds nothing but each vehicle's number where its plate is, so that whoever is read is whoever was followed.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from kirpik.values import Frame, Luma, PlateText, Quad, Reading, Sighting
from kirpik.vision.patch import Patch
from tests.sim.stage import Scene
from tests.sim.view import look
from tests.sim.write import utc_ns

SIGMA_PX, BIAS_PX = 0.3, 0.15
SMALLEST_PX, SEEN_LEAST = 24.0, 0.97
MISSED = 0.04
"""Of the frames in which a plate could have been found."""


class Phantom:
    """Finder and reader of one scene; `frames` gives what they look at."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rng = np.random.default_rng([scene.seed, 5])
        self._plates = {v.ident: v.plate for v in scene.vehicles}
        self._seen = self._by_frame()

    def frames(self) -> Iterator[Frame]:
        camera, stage = self._scene.stage.camera, self._scene.stage
        luma = np.zeros((camera.height, camera.width), np.uint8)
        for number in range(self._scene.frame_count):
            if number in self._scene.dropped:
                continue
            boxes = [_paint(luma, quad, ident) for ident, quad in self._seen.get(number, ())]
            time_s = number / stage.fps
            stamp, now = round(time_s * 1e9), utc_ns(self._scene, time_s)
            yield Frame(number, stamp, stage.light.exposure_us, now, luma, luma[::4, ::4])
            for box in boxes:
                luma[box] = 0

    def find(self, frame: Frame, expected: Sequence[Quad] = ()) -> Sequence[Sighting]:
        del expected
        return [
            Sighting(quad + self._rng.normal(0, SIGMA_PX, (4, 2)), 0.9, SIGMA_PX)
            for _, quad in self._seen.get(frame.number, ())
            if self._rng.random() >= MISSED
        ]

    def read(self, patches: Sequence[Patch]) -> Reading | None:
        idents = [_ident(patch) for patch in patches if patch.luma.size]
        idents = [ident for ident in idents if ident in self._plates]
        if not idents:
            return None
        plate = self._plates[max(set(idents), key=idents.count)]
        if not plate.legible:
            return None
        return Reading(PlateText(plate.text), plate.plate_format, plate.rows, 0.99, (0.99,) * len(plate.text))

    def _by_frame(self) -> dict[int, list[tuple[int, Quad]]]:
        found: dict[int, list[tuple[int, Quad]]] = {}
        for ident, view in look(self._scene).items():
            bias = self._rng.normal(0, BIAS_PX, (4, 2))
            for frame, corners, share in zip(view.frames, view.corners, view.visible, strict=True):
                if share > SEEN_LEAST and np.linalg.norm(corners[1] - corners[0]) >= SMALLEST_PX:
                    found.setdefault(frame, []).append((ident, corners + bias))
        return found


def _paint(luma: Luma, quad: Quad, ident: int) -> tuple[slice, slice]:
    left, top = np.maximum(np.floor(quad.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 1
    box = (slice(int(top), int(bottom)), slice(int(left), int(right)))
    luma[box] = ident + 1
    return box


def _ident(patch: Patch) -> int:
    x, y = patch.quad.mean(axis=0).astype(int)
    return int(patch.luma[min(y, patch.luma.shape[0] - 1), min(x, patch.luma.shape[1] - 1)]) - 1
