"""Who passed the line on red, or stands beyond it: the truth of one vehicle, and how sure a unit can be of it."""

import math

import numpy as np
from numpy.typing import NDArray

from tests.sim.stage import CLEAR_M, EXIT_M, GRACE_S, Lane, Scene
from tests.sim.telling import Clock, readable, told
from tests.sim.vehicle import Vehicle
from tests.sim.view import View

Array = NDArray[np.float64]
Json = dict[str, object]

STEP_S = 0.004
SURE_GRACE_S, SURE_CLEAR_M = 0.15, 0.7
"""Nearer to the border than this, an accusation is neither required nor wrong."""
SURE_BEYOND_M = 1.2
"""A foot point is known to about half a metre along the road: who stands nearer to the rule's 0.5 m, may go free."""
SURE_STAND_S = 1.2
"""Hidden sooner by the next vehicle in the queue, nobody can tell that a vehicle has come to stand."""


def at_line(scene: Scene, vehicle: Vehicle, view: View, clock: Clock, lane: Lane) -> list[Json]:
    """Red-light and stop-line offences of one vehicle, in the words of the contract."""
    line, plan = scene.stage.line_y_m, scene.stage.plan
    if line is None or plan is None:
        return []
    time_s = np.arange(0.0, scene.seconds, STEP_S)
    past = lane.way * (vehicle.foot(time_s)[:, 1] - line)
    found: list[Json] = []
    for red in plan.reds(scene.seconds):
        during = (time_s >= red[0]) & (time_s < red[1])
        crossing = np.flatnonzero(during[1:] & (past[1:] >= 0) & (past[:-1] < 0))
        if not len(crossing):
            continue
        at_s = float(time_s[crossing[0] + 1])
        short = -float(np.interp(red[0] + GRACE_S, time_s, past))
        late_s = at_s - red[0] - GRACE_S
        if late_s <= 0 or short < CLEAR_M[lane.end]:
            continue
        sure = late_s > SURE_GRACE_S and short > CLEAR_M[lane.end] + SURE_CLEAR_M
        offence = _offence(vehicle, (time_s, past), red, at_s)
        if offence is not None:
            kind, span_s, settled_s = offence
            stands_m = float(np.interp(settled_s, time_s, past))
            sure = sure and (kind != "stop_line" or stands_m > 0.5 + SURE_BEYOND_M)
            sure = sure and _followed(scene, vehicle, view, red, settled_s)
            found.append(told(kind, span_s, vehicle, sure=sure, clock=clock))
    return found


def _followed(scene: Scene, vehicle: Vehicle, view: View, red: tuple[float, float], until_s: float) -> bool:
    """Whether the plate is in sight all the way: from red + grace, or from where it must be clear if that is later."""
    seen_at = {view.frames[i] for i in view.whole()}
    line = scene.stage.line_y_m or 0.0
    ready = [
        f
        for f in sorted(seen_at)
        if vehicle.way * (line - _y(scene, vehicle, f)) > CLEAR_M["rear" if vehicle.way > 0 else "front"] + SURE_CLEAR_M
    ]
    begin = max(math.ceil((red[0] + GRACE_S) * scene.stage.fps), ready[0] if ready else scene.frame_count)
    wanted = range(begin, math.ceil(until_s * scene.stage.fps) + 1)
    missed = [frame for frame in wanted if frame not in seen_at and frame < scene.frame_count]
    return bool(ready) and len(missed) <= 2 and readable(vehicle, view)


def _y(scene: Scene, vehicle: Vehicle, frame: int) -> float:
    return float(vehicle.foot(np.array(frame / scene.stage.fps))[1])


Offence = tuple[str, tuple[float, float, float], float]
"""Kind; its moment, the earliest and the latest that may be told; when it was complete. All in seconds of the scene."""


def _offence(vehicle: Vehicle, track: tuple[Array, Array], red: tuple[float, float], at_s: float) -> Offence | None:
    """What came of a crossing on red: gone through, or a stand beyond the line, or neither."""
    time_s, past = track
    rest = (time_s >= at_s) & (time_s < red[1])
    if past[rest].max(initial=0.0) >= EXIT_M:
        passed_s = float(time_s[rest][np.argmax(past[rest] >= EXIT_M)])
        return "red_light", (at_s, at_s, passed_s + 0.1), passed_s
    slow = rest & (vehicle.profile.speed_mps(time_s) < 0.5) & (past >= 0.5)
    if slow.sum() * STEP_S < 1.0:
        return None
    stand_s = float(time_s[slow][0])
    return "stop_line", (stand_s, stand_s - 0.6, stand_s + 1.6), stand_s + SURE_STAND_S
