"""What really happened: each vehicle's plate, motion, offences and corners, and what it is innocent of."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.sim.offences import found as found_on_the_road
from tests.sim.stage import CHARGE_FROM_KMH_OVER, CLEAR_M, EXIT_M, GRACE_S, LIMIT_KMH, Lane, Scene
from tests.sim.vehicle import Vehicle
from tests.sim.view import View, look, width_px

Array = NDArray[np.float64]
Json = dict[str, object]

STEP_S = 0.004
KINDS = ("speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping")
SURE_GRACE_S, SURE_CLEAR_M = 0.15, 0.7
"""Nearer to the border than this, an accusation is neither required nor wrong."""
SURE_BEYOND_M = 1.2
"""A foot point is known to about half a metre along the road: who stands nearer to the rule's 0.5 m, may go free."""
SURE_STAND_S = 1.2
"""Hidden sooner by the next vehicle in the queue, nobody can tell that a vehicle has come to stand."""
READABLE_PX = 60.0
ENOUGH_FRAMES, ENOUGH_M = 10, 12.0
TOGETHER_LEAST, TOGETHER_LEAST_M = 10, 11.0
"""A plate and its carrier's, both in sight so often and over so much road, can be known to be one vehicle's."""


@dataclass(frozen=True, slots=True)
class Clock:
    """From scene seconds to the sensor's clock."""

    base_ns: int = 0

    def ns(self, time_s: float) -> int:
        return self.base_ns + round(time_s * 1e9)


def _kmh(vehicle: Vehicle, time_s: float) -> float:
    return float(vehicle.speed_kmh(np.array(time_s)))


def _speeding(scene: Scene, vehicle: Vehicle, view: View, clock: Clock) -> Json | None:
    whole = view.whole()
    if not whole:
        return None
    first, last = view.frames[whole[0]], view.frames[whole[-1]]
    middle_s = (first + last) / 2 / scene.stage.fps
    speed = _kmh(vehicle, middle_s)
    if speed < LIMIT_KMH + CHARGE_FROM_KMH_OVER:
        return None
    deducted = speed - max(3.0, 0.03 * speed)
    varies = float(np.ptp(vehicle.speed_kmh(np.linspace(first, last, 9) / scene.stage.fps)))
    travelled = float(np.ptp(vehicle.foot(np.array([first, last]) / scene.stage.fps)[:, 1]))
    sure = math.floor(deducted - 2.5) >= LIMIT_KMH + CHARGE_FROM_KMH_OVER
    sure = sure and len(whole) >= ENOUGH_FRAMES and travelled >= ENOUGH_M and _readable(vehicle, view)
    sure = sure and varies < 25.0 and not _interrupted(scene, whole, view)
    return {
        "kind": "speeding",
        "expect": "must" if sure else "may",
        "sensor_timestamp_ns": clock.ns(middle_s),
        "earliest_ns": clock.ns(first / scene.stage.fps),
        "latest_ns": clock.ns(last / scene.stage.fps),
        "speed_kmh": round(speed, 3),
        "charged_kmh": [math.floor(deducted - 5.0), math.floor(speed)],
        "limit_kmh": LIMIT_KMH,
    }


def _interrupted(scene: Scene, whole: list[int], view: View) -> bool:
    """Hidden for a while in mid-track, or in too many frames."""
    frames = np.array([view.frames[i] for i in whole])
    most = float(np.diff(frames).max(initial=1)) / scene.stage.fps
    return most > 0.5 or len(frames) < 0.7 * (frames[-1] - frames[0] + 1)


def _readable(vehicle: Vehicle, view: View) -> bool:
    """Clean enough, and large enough in some whole frame."""
    widths = [float(np.linalg.norm(view.corners[i, 1] - view.corners[i, 0])) for i in view.whole()]
    return vehicle.plate.legible and max(widths, default=0.0) >= READABLE_PX


def _at_line(scene: Scene, vehicle: Vehicle, view: View, clock: Clock, lane: Lane) -> list[Json]:
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
            found.append(_told(kind, span_s, vehicle, sure=sure, clock=clock))
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
    return bool(ready) and len(missed) <= 2 and _readable(vehicle, view)


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


def _told(kind: str, span_s: tuple[float, float, float], vehicle: Vehicle, *, sure: bool, clock: Clock) -> Json:
    return {
        "kind": kind,
        "expect": "must" if sure else "may",
        "sensor_timestamp_ns": clock.ns(span_s[0]),
        "earliest_ns": clock.ns(span_s[1]),
        "latest_ns": clock.ns(span_s[2]),
        "speed_kmh": round(_kmh(vehicle, span_s[0]), 3),
    }


def describe(scene: Scene, clock: Clock) -> Json:
    """The whole of truth.json."""
    views = look(scene)
    lanes = {lane.name: lane for lane in scene.stage.lanes}
    vehicles = [_vehicle(scene, v, views, clock, lanes[v.lane]) for v in scene.vehicles]
    changes = scene.stage.plan.changes(scene.seconds) if scene.stage.plan is not None else []
    return {
        "scene": scene.stage.name,
        "seed": scene.seed,
        "fps": scene.stage.fps,
        "frames": scene.frame_count,
        "first_timestamp_ns": clock.ns(0.0),
        "exposure_us": scene.stage.light.exposure_us,
        "signals": [[clock.ns(at_s), "A", phase] for at_s, phase in changes],
        "vehicles": vehicles,
        "must_not": [
            {"id": v["id"], "plate": v["plate"], "role": v["role"], "kinds": v["innocent_of"]}
            for v in vehicles
            if v["innocent_of"]
        ],
    }


def _violations(
    scene: Scene, vehicle: Vehicle, view: View, clock: Clock, lane: Lane, *, known_carried: bool
) -> list[Json]:
    """All offences of one vehicle. After the camera was nudged, nobody has to be found.

    Who is towed is nobody's offence, but cannot be known where the towing vehicle's plate is hidden.
    """
    speeding = _speeding(scene, vehicle, view, clock)
    if vehicle.carried:
        return [speeding | {"expect": "may"}] if speeding is not None and not known_carried else []
    found = ([] if speeding is None else [speeding]) + _at_line(scene, vehicle, view, clock, lane)
    seen_s = np.array([view.frames[i] for i in view.whole()]) / scene.stage.fps
    for one in found_on_the_road(scene, vehicle, seen_s, readable=_readable(vehicle, view)):
        span = (one.moment_s, one.earliest_s, one.latest_s)
        found.append(_told(one.kind, span, vehicle, sure=one.sure, clock=clock))
    nudged = scene.nudged is not None and len(view.frames) and view.frames[-1] / scene.stage.fps >= scene.nudged[0]
    return [offence | {"expect": "may"} for offence in found] if nudged else found


def _known_carried(scene: Scene, vehicle: Vehicle, views: dict[int, View]) -> bool:
    """Whether its height or its carrier's plate beside it gives it away."""
    if vehicle.carrier is None or vehicle.mount.height_m + vehicle.lift_m > 1.35:
        return True
    mine, theirs = views[vehicle.ident], views[vehicle.carrier]
    shared = sorted({mine.frames[i] for i in mine.whole()} & {theirs.frames[i] for i in theirs.whole()})
    if len(shared) < TOGETHER_LEAST:
        return False
    feet = vehicle.foot(np.array([shared[0], shared[-1]]) / scene.stage.fps)
    return bool(np.ptp(feet[:, 1]) >= TOGETHER_LEAST_M)


def _vehicle(scene: Scene, vehicle: Vehicle, views: dict[int, View], clock: Clock, lane: Lane) -> Json:
    view = views[vehicle.ident]
    violations = _violations(scene, vehicle, view, clock, lane, known_carried=_known_carried(scene, vehicle, views))
    whole = view.whole()
    middle_s = (view.frames[whole[0]] + view.frames[whole[-1]]) / 2 / scene.stage.fps if whole else None
    return {
        "id": vehicle.ident,
        "plate": vehicle.plate.text,
        "plate_format": vehicle.plate.plate_format,
        "readable": _readable(vehicle, view),
        "role": vehicle.role,
        "carried": vehicle.carried,
        "shape": vehicle.body.shape,
        "lane": vehicle.lane,
        "heading_deg": round(vehicle.heading_deg, 4),
        "plate_height_m": round(vehicle.mount.height_m, 4),
        "plate_turn_deg": [
            round(x, 3) for x in (vehicle.mount.yaw_deg, vehicle.mount.pitch_deg, vehicle.mount.roll_deg)
        ],
        "plate_scale": round(vehicle.mount.scale, 5),
        "middle_ns": None if middle_s is None else clock.ns(middle_s),
        "speed_kmh": None if middle_s is None else round(_kmh(vehicle, middle_s), 3),
        "acceleration_mps2": None
        if middle_s is None
        else round(float(vehicle.profile.acceleration_mps2(np.array(middle_s))), 4),
        "motion": [
            [clock.ns(t), round(s, 6), round(v, 6), round(a, 6)] for t, s, v, a in vehicle.profile.knots.tolist()
        ],
        "violations": violations,
        "innocent_of": [kind for kind in KINDS if kind not in {v["kind"] for v in violations}],
        "frames": [_row(*seen) for seen in zip(view.frames, view.corners, view.visible, strict=True)],
    }


def _row(frame: int, corners: Array, share: float) -> list[float]:
    """Frame, four corners, visible share, width in pixels."""
    places = [round(x, 3) for x in corners.ravel().tolist()]
    return [frame, *places, round(float(share), 3), round(width_px(corners), 2)]
