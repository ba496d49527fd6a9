"""Promise 12: the uncertainty is already deducted, and both numbers are shown."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kirpik.errors import WireError
from kirpik.rules import speeding
from kirpik.rules.verdicts import Suspicion
from kirpik.site import Speeding
from kirpik.wire.evidence_file import encode_evidence
from kirpik.wire.record import encode_record
from kirpik_central.case import Opened
from kirpik_provisioning.verify.examine import examine
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.provisioning import evidence as ev
from tests.unit.provisioning.spoiled import TRUSTED
from tests.unit.rules.motions import measured
from tests.unit.rules.paths import LANE

PROMISE = Promise(12, "The uncertainty is already deducted and both numbers are shown", remains="")
RULE = Speeding(limit_kmh=60, charge_from_kmh_over=10)
Charge = Callable[[float, float], int]


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    tries = effort.of(20_000, 500_000)
    wrong = _overcharged(speeding.charged_kmh, tries)
    yield Shown(
        "What is charged lies below the measure by 3 km/h, 3 % or three standard deviations, whichever is most",
        f"{tries} measures: {wrong} charged more",
        holds=wrong == 0,
        control="a charge that is rounded to the nearest",
        caught=_overcharged(lambda speed, u: round(speed - max(3.0, 0.03 * speed, 3 * u)), 1000) > 0,
    )
    refused, let_through = _evidence()
    yield Shown(
        "Evidence says measure, uncertainty, charge and limit; with less deducted, or one missing, it is refused",
        f"{refused} of {refused + let_through} altered files refused; a case shows {_shown()} of 4 numbers",
        holds=let_through == 0 and _shown() == 4,
        control="the unaltered file, which must hold",
        caught=examine(encode_evidence(ev.evidence("speeding")), TRUSTED).holds,
    )
    accused = [
        verdict
        for number in range(effort.of(500, 20_000))
        if isinstance(verdict := speeding.check(RULE, measured(60 + number % 60), LANE, rough_kmh=80.0), Suspicion)
    ]
    below = [each for each in accused if each.charged_kmh is None or each.charged_kmh < 70]
    yield Shown(
        "Nobody is accused whose lowered speed is not beyond the limit and its grace",
        f"{len(accused)} accused, {len(below)} of them by a charge below 70 km/h",
        holds=bool(accused) and not below,
        control="a threshold on the measure alone, on the same vehicles",
        caught=any(speeding.charged_kmh(speed, 0.9) < 70 <= speed for speed in range(60, 120)),
    )


def _overcharged(charge: Charge, tries: int) -> int:
    rng = np.random.default_rng(12)
    wrong = 0
    for speed, sigma in zip(rng.uniform(5, 250, tries), rng.exponential(1.0, tries), strict=True):
        wrong += charge(speed, sigma) > speed - max(3.0, 0.03 * speed, 3 * sigma)
    return wrong


def _evidence() -> tuple[int, int]:
    """Altered files that were refused, and that were not: by a unit that signs what it should not."""
    whole = ev.record("speeding")
    assert whole.speed_m_per_h is not None
    assert whole.charged_m_per_h is not None
    altered: list[dict[str, Any]] = [
        {"charged_m_per_h": whole.charged_m_per_h + 1000},
        {"charged_m_per_h": whole.speed_m_per_h},
        {"uncertainty_m_per_h": None},
        {"speed_m_per_h": None},
        {"limit_m_per_h": None},
        {"uncertainty_m_per_h": 10},
    ]
    refused = 0
    for change in altered:
        try:
            file = ev.evidence(replace(whole, **change))
            encode_record(replace(whole, **change))
        except (WireError, TypeError):
            refused += 1
            continue
        refused += not examine(encode_evidence(file), TRUSTED).holds
    return refused, len(altered) - refused


def _shown() -> int:
    return len({"speed_kmh", "uncertainty_kmh", "charged_kmh", "limit_kmh"} & set(Opened.__struct_fields__))


test_both_numbers_are_shown = as_test(prove)
