"""The fleet for scripts: one JSON object a line and unit, the troubled ones first."""

import json
import time
from collections.abc import Callable

from kirpik.wire import topics
from kirpik_provisioning.fleet.roster import Roster, Seen
from kirpik_provisioning.fleet.view import Ear

TURN_S = 0.2


def gather(roster: Roster, ear: Ear, *, wait_s: float, pause: Callable[[float], object] = time.sleep) -> None:
    """Hear until each unit that is online has told its numbers, or for `wait_s`."""
    deadline_s = time.monotonic() + wait_s
    while time.monotonic() < deadline_s:
        pause(TURN_S)
        for arrival in ear.arrivals():
            roster.hear(arrival.topic, arrival.payload)
        if ear.trouble is None and _all_heard(roster):
            return


def line_of(seen: Seen, roster: Roster) -> str:
    age_s = roster.age_s(seen)
    told = {
        "unit": seen.unit.hex(),
        "label": seen.label,
        "groups": list(seen.groups),
        "state": seen.state,
        "age_s": None if age_s is None else round(age_s, 1),
        "level": seen.level or "well",
        "troubles": list(seen.troubles),
        "numbers": dict(sorted(seen.numbers.items())),
    }
    return json.dumps(told, ensure_ascii=False)


def _all_heard(roster: Roster) -> bool:
    units = roster.all()
    return bool(units) and all(
        seen.heard_s is not None or seen.state in {topics.LOST, topics.DISCONNECTED} for seen in units
    )
