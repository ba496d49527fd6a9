"""Against the lane's lawful direction, for longer than somebody reverses to park."""

import numpy as np

from kirpik.rules.crossing import smooth
from kirpik.rules.driven import driven_after
from kirpik.rules.verdicts import Suspicion
from kirpik.site import Lane, WrongWay
from kirpik.values import RoadPath

CAME_LAWFULLY_M = 2.0
REVERSING_MOST_MPS = 4.0


def check(rule: WrongWay, path: RoadPath, lane: Lane) -> Suspicion | None:
    """The moment is when `min_length_m` has been driven."""
    after_s = driven_after(path, lane, rule.min_length_m, lawful=False)
    if after_s is None or _reverses(path, lane, after_s):
        return None
    return Suspicion(rule, lane.name, path.moment_ns(after_s))


def _reverses(path: RoadPath, lane: Lane, until_s: float) -> bool:
    """The same plate came the lawful way and now goes back slowly: a vehicle in reverse gear."""
    sign = 1.0 if lane.direction == "away" else -1.0
    t = path.t_s[path.t_s <= until_s]
    ahead = sign * smooth(t, path.foot_m[: len(t), 1])
    turn = int(np.argmax(ahead))
    came_m = ahead[turn] - ahead[: turn + 1].min()
    back_mps = (ahead[turn] - ahead[-1]) / max(float(t[-1] - t[turn]), 0.1)
    return bool(came_m >= CAME_LAWFULLY_M and back_mps < REVERSING_MOST_MPS)
