"""Whether the camera has been knocked since the run began: what the scene's fixed points say, as angles."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from kirpik.site import Camera
from kirpik.values import Shift

ASIDE_MOST_DEG = 0.15
"""Up, down or to a side: three times what an installer states, and less than what makes 1 km/h."""
ROLL_MOST_DEG = 0.6
SCALE_MOST = 0.006
LOOKS = 2
"""So many in a row have to say it, and so many to take it back."""


@dataclass(slots=True)
class FixedPoints:
    _said: deque[bool] = field(default_factory=lambda: deque(maxlen=LOOKS))
    _moved: bool = False

    def add(self, shift: Shift, camera: Camera) -> None:
        """What a look at the scene has found; looks that found nothing leave everything as it was."""
        self._said.append(_beyond(shift, camera))
        if len(self._said) == LOOKS and len(set(self._said)) == 1:
            self._moved = self._said[-1]

    def have_moved(self) -> bool:
        return self._moved


def _beyond(shift: Shift, camera: Camera) -> bool:
    aside_deg = np.degrees(np.hypot(shift.x_px / camera.fx, shift.y_px / camera.fy))
    roll_deg = np.degrees(abs(shift.turn_rad))
    return bool(aside_deg > ASIDE_MOST_DEG or roll_deg > ROLL_MOST_DEG or abs(shift.scale) > SCALE_MOST)
