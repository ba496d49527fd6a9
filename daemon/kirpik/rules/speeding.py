"""Too fast: one measure per track, lowered by its own uncertainty before it is held against the limit."""

import math
from dataclasses import replace

from kirpik.rules.heights import on_a_bumper
from kirpik.rules.verdicts import Doubt, Suspicion, Verdict, Withheld
from kirpik.site import Lane, Speeding
from kirpik.values import Motion

FRAMES_LEAST, LENGTH_LEAST_M, GATES_LEAST = 8, 10.0, 3
CHI2_MOST = 4.0
"""Against the spread of the track's better half: some frames lie far off, and it is not told which."""
APART_KMH, APART_SHARE = 2.0, 0.02
"""Two measures of one vehicle; the larger of the two counts."""
WIDE_KMH, WIDE_SHARE = 2.5, 0.025
"""One standard deviation; the larger of the two counts."""
JERKY_KMH, JERKY_SHARE = 4.0, 0.05
"""By which the speeds from gate to gate may differ from a steady acceleration: one vehicle's differ by a third of it,
those of two that were taken for one by three times as much. The larger of the two counts."""
LEAP_MOST = 2.0
"""A larger step on the way is the one from a vehicle to another."""
HEIGHT_MOST_M = 1.15
"""An outline taken 3 % too small puts a carried plate 0.2 m lower than it hangs; few vehicles' own hang so high.
And a plate that is not long may be a motorcycle's, taken for a wider one, unless that would hang higher than this."""
SPEED_MOST_KMH, ACCELERATION_MOST_MPS2 = 250.0, 8.0
"""Beyond what drives on a road."""
TILT_MOST_SIGMAS = 4.0
"""By which a plate's own track may contradict the calibration."""


def check(rule: Speeding, motion: Motion | None, lane: Lane, *, rough_kmh: float) -> Verdict:
    """`motion` is None where the track could not be measured; then `rough_kmh` tells whether that saved anybody."""
    if motion is None:
        return Withheld("uncertain_speed") if charged_kmh(rough_kmh, 0.0) >= rule.least_kmh else None
    charged = charged_kmh(motion.speed_kmh, motion.uncertainty_kmh)
    if charged < rule.least_kmh:
        return None
    why_not = doubt(motion)
    if why_not is not None:
        return Withheld(why_not)
    return Suspicion(rule, lane.name, motion.reference_ns, motion, charged)


def confirm(found: Suspicion, again: Motion | None) -> Suspicion | Withheld:
    """Hold a suspicion against a second measure of the same vehicle, made after its plate was read: the lower one
    counts, and two that differ free. Where no sound second measure could be had, the first stands."""
    if not isinstance(found.rule, Speeding) or found.motion is None or again is None or doubt(again) is not None:
        return found
    first = found.motion
    if apart(first.speed_kmh, again.speed_kmh):
        return Withheld("uncertain_speed")
    charged = charged_kmh(again.speed_kmh, again.uncertainty_kmh)
    if found.charged_kmh is not None and found.charged_kmh <= charged:
        return found
    if charged < found.rule.least_kmh:
        return Withheld("uncertain_speed")
    return replace(found, moment_ns=again.reference_ns, motion=again, charged_kmh=charged)


def apart(one_kmh: float, other_kmh: float) -> bool:
    """Whether two measures of one vehicle differ by more than either may be wrong."""
    return abs(one_kmh - other_kmh) > max(APART_KMH, APART_SHARE * min(one_kmh, other_kmh))


def charged_kmh(speed_kmh: float, uncertainty_kmh: float) -> int:
    """The speed that is held against the driver: lowered by 3 km/h, 3 % or three standard deviations, and floored."""
    return math.floor(speed_kmh - max(3.0, 0.03 * speed_kmh, 3.0 * uncertainty_kmh))


def doubt(motion: Motion) -> Doubt | None:
    """Why the measure is not good enough to accuse somebody. No limit here depends on a stated uncertainty."""
    if abs(motion.tilt_sigmas) > TILT_MOST_SIGMAS:
        return "calibration"
    speed = motion.speed_kmh
    sound = (
        motion.frames >= FRAMES_LEAST
        and motion.length_m >= LENGTH_LEAST_M
        and motion.gates >= GATES_LEAST
        and motion.chi2_per_dof <= CHI2_MOST
        and on_a_bumper(motion.height_m)
        and on_a_bumper(motion.gates_height_m)
        and max(motion.height_m, motion.gates_height_m) <= HEIGHT_MOST_M
        and motion.if_small_m >= HEIGHT_MOST_M
        and not apart(motion.fit_kmh, motion.gates_kmh)
        and motion.gates_spread_kmh <= max(JERKY_KMH, JERKY_SHARE * speed)
        and motion.leap <= LEAP_MOST
        and motion.uncertainty_kmh <= max(WIDE_KMH, WIDE_SHARE * speed)
        and speed <= SPEED_MOST_KMH
        and abs(motion.acceleration_mps2) <= ACCELERATION_MOST_MPS2
    )
    return None if sound else "uncertain_speed"
