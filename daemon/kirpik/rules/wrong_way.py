"""Against the lane's lawful direction, for longer than somebody reverses to park."""

from kirpik.rules.driven import driven_after
from kirpik.rules.verdicts import Suspicion
from kirpik.site import Lane, WrongWay
from kirpik.values import RoadPath


def check(rule: WrongWay, path: RoadPath, lane: Lane) -> Suspicion | None:
    """The moment is when `min_length_m` has been driven."""
    after_s = driven_after(path, lane, rule.min_length_m, lawful=False)
    return None if after_s is None else Suspicion(rule, lane.name, path.moment_ns(after_s))
