"""In the bus lane for longer than a lawful merge needs. Buses are on the exempt list, looked at after reading."""

from kirpik.rules.driven import driven_after
from kirpik.rules.verdicts import Suspicion
from kirpik.site import BusLane, Lane
from kirpik.values import RoadPath


def check(rule: BusLane, path: RoadPath, lane: Lane) -> Suspicion | None:
    """The moment is when `min_length_m` has been driven."""
    if not rule.lanes and lane.class_ != "bus":
        return None
    after_s = driven_after(path, lane, rule.min_length_m, lawful=True)
    return None if after_s is None else Suspicion(rule, lane.name, path.moment_ns(after_s))
