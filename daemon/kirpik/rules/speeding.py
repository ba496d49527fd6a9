"""Too fast: one measure per track, lowered by its own uncertainty before it is held against the limit."""

import math

from kirpik.rules.heights import on_a_bumper
from kirpik.rules.verdicts import Suspicion, Verdict, Withheld
from kirpik.site import Lane, Speeding
from kirpik.values import Motion

CHI2_MOST = 2.0
FRAMES_LEAST = 8
LENGTH_LEAST_M = 10.0
SPEED_MOST_KMH = 300.0
ACCELERATION_MOST_MPS2 = 8.0


def check(rule: Speeding, motion: Motion | None, lane: Lane, *, rough_kmh: float) -> Verdict:
    """`motion` is None where the track could not be measured; then `rough_kmh` tells whether that saved anybody."""
    threshold = rule.limit_kmh + rule.charge_from_kmh_over
    if motion is None:
        return Withheld("uncertain_speed") if charged_kmh(rough_kmh, 0.0) >= threshold else None
    charged = charged_kmh(motion.speed_kmh, motion.uncertainty_kmh)
    if charged < threshold:
        return None
    if not believable(motion):
        return Withheld("uncertain_speed")
    return Suspicion(rule, lane.name, motion.reference_ns, motion, charged)


def charged_kmh(speed_kmh: float, uncertainty_kmh: float) -> int:
    """The speed that is held against the driver: lowered by 3 km/h, 3 % or three standard deviations, and floored."""
    return math.floor(speed_kmh - max(3.0, 0.03 * speed_kmh, 3.0 * uncertainty_kmh))


def believable(motion: Motion) -> bool:
    return (
        motion.chi2_per_dof <= CHI2_MOST
        and on_a_bumper(motion.height_m)
        and motion.frames >= FRAMES_LEAST
        and motion.length_m >= LENGTH_LEAST_M
        and motion.speed_kmh <= SPEED_MOST_KMH
        and abs(motion.acceleration_mps2) <= ACCELERATION_MOST_MPS2
    )
