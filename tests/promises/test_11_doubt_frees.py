"""Promise 11: doubt frees. Widening any uncertainty never creates an accusation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from kirpik.rules import speeding
from kirpik.rules.verdicts import Suspicion
from kirpik.site import Speeding
from kirpik.values import Motion, Phase
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.rules.motions import measured
from tests.unit.rules.paths import LANE, TOWARDS, path, stopping_at
from tests.unit.rules.test_doubt_frees import told

PROMISE = Promise(11, "Doubt frees", remains="")
RULE = Speeding(limit_kmh=60, charge_from_kmh_over=10)
RED: list[tuple[float, Phase]] = [(-20.0, "green"), (0.0, "red"), (30.0, "green")]
Check = Callable[[Motion], bool]


def accused(motion: Motion) -> bool:
    return isinstance(speeding.check(RULE, motion, LANE, rough_kmh=motion.speed_kmh), Suspicion)


def accused_by_the_benefit(motion: Motion) -> bool:
    """The doubt counts for the state: the upper end of what may have been driven."""
    return motion.speed_kmh + motion.uncertainty_kmh >= RULE.limit_kmh + RULE.charge_from_kmh_over


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    tries = effort.of(20_000, 300_000)
    made, accusations = _speeds(accused, tries)
    yield Shown(
        "Speeds: one uncertainty after another is widened",
        f"{tries} measures, {accusations} accused: {made} accusations came of doubt",
        holds=made == 0 and accusations > tries / 10,
        control="a rule that charges the upper end of the uncertainty",
        caught=_speeds(accused_by_the_benefit, 4000)[0] > 0,
    )
    tracks = effort.of(60, 1500)
    made, accusations = _places(tracks, less_sure=1.0)
    yield Shown(
        "Red light, stop line, bus lane, wrong way: places, signal and clock are made less certain",
        f"{tracks} tracks, {accusations} accusations: {made} came of doubt",
        holds=made == 0 and accusations > 0,
        control="the widening the wrong way round: certainty for doubt",
        caught=_places(tracks, less_sure=-1.0)[0] > 0,
    )


def _speeds(check: Check, tries: int) -> tuple[int, int]:
    """Accusations that came of doubt, and all of them."""
    rng = np.random.default_rng(11)
    made = accusations = 0
    for _ in range(tries):
        sure = replace(
            measured(float(rng.uniform(50, 140))), uncertainty_kmh=float(rng.uniform(0.05, 2.4)),
            chi2_per_dof=float(rng.uniform(0.5, 4.5)), tilt_sigmas=float(rng.uniform(-4.5, 4.5)),
        )  # fmt: skip
        doubtful = [
            replace(sure, uncertainty_kmh=sure.uncertainty_kmh + float(rng.exponential(1.0))),
            replace(sure, chi2_per_dof=sure.chi2_per_dof * float(rng.uniform(1, 3))),
            replace(sure, tilt_sigmas=sure.tilt_sigmas * float(rng.uniform(1, 3))),
            replace(sure, frames=int(rng.integers(0, sure.frames))),
            replace(sure, length_m=sure.length_m * float(rng.uniform(0, 1))),
        ]
        was = check(sure)
        accusations += was
        made += any(check(each) for each in doubtful) and not was
    return made, accusations


def _places(tracks: int, *, less_sure: float) -> tuple[int, int]:
    rng = np.random.default_rng(12)
    made = accusations = 0
    for _ in range(tracks):
        crosses_s, speed = float(rng.uniform(-1, 8)), float(rng.uniform(2, 22))
        stand_m = (None, 24.0, 26.2, 27.5, 40.0)[int(rng.integers(5))]
        y_of = (
            stopping_at(stand_m, speed=speed, when=crosses_s + 2.0)
            if stand_m is not None
            else (lambda t, crosses_s=crosses_s, speed=speed: 25.0 + speed * (t - crosses_s))
        )
        driven = path(y_of, seconds=(-3, 9), sigma_m=0.02)
        lane = LANE if rng.random() < 0.5 else TOWARDS
        sigma, more, late_ms = float(rng.uniform(0.01, 0.6)), float(rng.uniform(1, 4)), float(rng.uniform(0, 1500))
        sure = replace(driven, sigma_m=np.full_like(driven.sigma_m, sigma))
        wider = replace(driven, sigma_m=np.full_like(driven.sigma_m, sigma * more))
        before = told(sure, lane, RED)
        after = [told(wider, lane, RED), told(sure, lane, RED, error_ms=late_ms), told(sure, lane, [])]
        if less_sure < 0:  # what was doubtful comes first
            before, after = set.intersection(*after), [before]
        accusations += len(before)
        made += any(each - before for each in after)
    return made, accusations


test_doubt_frees = as_test(prove)
