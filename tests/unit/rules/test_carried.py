import numpy as np
import pytest

from kirpik.rules.carried import is_carried
from kirpik.values import RoadPath

RATE_HZ = 12.0


def plate(
    *, y_m: float, speed_mps: float, x_m: float = 0.0, height_m: float = 0.6, seconds: float = 1.6, seed: int = 0
) -> RoadPath:
    """Drives ahead; what is wrong with its height shows more the further away it is."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, seconds, 1 / RATE_HZ)
    y = y_m + speed_mps * t
    wrong_m = rng.normal(0, 0.06)
    foot = np.stack([np.full_like(t, x_m), y * (1 + wrong_m / 5.4)], axis=1) + rng.normal(0, 0.03, (len(t), 2))
    return RoadPath(0, t, foot, y * 0.06 / 5.4, height_m + wrong_m, 0.06, (520.0, 112.0))


RIDES: list[tuple[str, RoadPath, RoadPath]] = [
    ("on a flatbed", plate(y_m=13.0, speed_mps=18, height_m=1.15), plate(y_m=12.0, speed_mps=18, height_m=0.6, seed=1)),
    ("on a rope", plate(y_m=12.0, speed_mps=12), plate(y_m=21.0, speed_mps=12, seed=1)),
    ("on a rack at the same height", plate(y_m=12.0, speed_mps=18), plate(y_m=13.0, speed_mps=18, x_m=0.3, seed=1)),
]
ITSELF: list[tuple[str, RoadPath, RoadPath]] = [
    ("carries", plate(y_m=12.0, speed_mps=18, height_m=0.6), plate(y_m=13.0, speed_mps=18, height_m=1.15, seed=1)),
    ("tows", plate(y_m=21.0, speed_mps=12), plate(y_m=12.0, speed_mps=12, seed=1)),
    ("has lettering above", plate(y_m=12.0, speed_mps=18), plate(y_m=12.3, speed_mps=18, height_m=2.4, seed=1)),
    ("drives abreast", plate(y_m=12.0, speed_mps=18), plate(y_m=12.0, speed_mps=18, x_m=3.4, seed=1)),
    ("follows at a second", plate(y_m=12.0, speed_mps=18), plate(y_m=30.0, speed_mps=18, seed=1)),
    ("comes nearer", plate(y_m=12.0, speed_mps=19.5), plate(y_m=21.0, speed_mps=18, seed=1)),
    ("is its own double", plate(y_m=12.0, speed_mps=18), plate(y_m=12.1, speed_mps=18, seed=1)),
    ("follows at the same speed but for 5 %", plate(y_m=12.0, speed_mps=25), plate(y_m=21, speed_mps=23.7, seed=1)),
    (
        "is seen beside it for a moment",
        plate(y_m=12.0, speed_mps=25, seconds=0.4),
        plate(y_m=21, speed_mps=25, seconds=0.4, seed=1),
    ),
    ("stands in a queue", plate(y_m=12.0, speed_mps=0), plate(y_m=19.0, speed_mps=0, seed=1)),
]


@pytest.mark.parametrize(("how", "mine", "theirs"), RIDES, ids=[case[0] for case in RIDES])
def test_a_plate_is_carried_that_rides(how: str, mine: RoadPath, theirs: RoadPath) -> None:
    assert is_carried(mine, theirs), how


@pytest.mark.parametrize(("how", "mine", "theirs"), ITSELF, ids=[case[0] for case in ITSELF])
def test_a_vehicle_answers_for_itself_that(how: str, mine: RoadPath, theirs: RoadPath) -> None:
    assert not is_carried(mine, theirs), how


def test_nineteen_in_twenty_flatbeds_are_known_whatever_their_measured_heights() -> None:
    known = sum(
        is_carried(
            plate(y_m=13.0, speed_mps=18, height_m=1.2, seed=seed), plate(y_m=12.0, speed_mps=18, seed=seed + 1000)
        )
        for seed in range(200)
    )
    assert known >= 190
