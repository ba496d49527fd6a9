"""What an installer has measured with realistic errors; the true camera is known to the tests alone."""

import numpy as np

from kirpik_provisioning.calibrate.pose import Tape
from kirpik_provisioning.calibrate.steps import LensStep
from tests.sim.camera import GLOBAL_SHUTTER_16MM, Camera
from tests.sim.survey import surveyed

TRUTH = Camera.aimed(GLOBAL_SHUTTER_16MM, position_m=(0.4, -0.2, 6.0), turn_deg=(1.5, 12.7, 0.6))
POINTS = surveyed(TRUTH, np.random.default_rng(7), count=10)
TAPE = Tape(height_m=6.0, height_sigma_m=0.02, survey_sigma_m=0.02, click_sigma_px=0.8)


def lens_step(rng: np.random.Generator | None = None, *, percent: float = 0.2) -> LensStep:
    """As step 1 would have found the lens of TRUTH, with an error that it states."""
    off = 0.0 if rng is None else rng.normal(0, percent / 100)
    return LensStep(
        width=TRUTH.width, height=TRUTH.height, focal_px=TRUTH.fx * (1 + off), centre_px=(TRUTH.cx, TRUTH.cy),
        distortion=(0.0,) * 5, focal_uncertainty_percent=percent, rms_px=0.1, model="none", pictures=("a.png",) * 12,
        covered=1.0, corners=((100.0, 100.0, 0.1, -0.1), (900.0, 700.0, 0.0, 0.1)),
    )  # fmt: skip
