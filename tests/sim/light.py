"""Light and sensor of a scene: what a surface sends back, what the exposure and its noise make of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Light:
    """Linear luminance; 1.0 saturates the sensor."""

    ambient: float
    sun: float = 0.0
    sun_direction: tuple[float, float, float] = (0.5, -0.5, 0.7)
    flash: float = 0.0
    """Infra-red flash beside the camera, as it lights a white wall 25 m away."""
    lamps: float = 0.0
    """How far lamps outshine the sensor's full scale."""
    street_lamps: bool = False
    exposure_us: int = 500
    full_well_e: float = 9000.0
    read_noise_e: float = 4.0
    blur_px: float = 0.55
    """Lens and diffraction, one standard deviation."""

    @property
    def night(self) -> bool:
        return self.flash > 0

    def on(self, normal: NDArray[np.float64], depth_m: float) -> float:
        """Diffuse light on a surface that faces `normal`."""
        sun = np.asarray(self.sun_direction) / np.linalg.norm(self.sun_direction)
        return float(self.ambient + self.sun * max(0.0, float(normal @ sun)) + 0.25 * self.flash_at(depth_m))

    def flash_at(self, depth_m: float) -> float:
        """The beam is aimed far, so that near plates are not drowned: falls off slower than a bare bulb."""
        return float(self.flash * (25.0 / max(depth_m, 4.0)) ** 0.6)


RETRO = 2.8
"""How much more of the flash a reflective plate returns to the camera than white paint does."""

DAY = Light(ambient=0.52, sun=0.95, exposure_us=500)
OVERCAST = Light(ambient=1.10, sun=0.05, exposure_us=1000, blur_px=0.6)
NIGHT = Light(
    ambient=0.05,
    flash=0.30,
    lamps=5.0,
    street_lamps=True,
    exposure_us=1500,
    full_well_e=3500.0,
    read_noise_e=5.0,
    blur_px=0.65,
)
