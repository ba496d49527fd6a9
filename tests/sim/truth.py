"""What really happened: each vehicle's plate, motion, offences and corners, and what it is innocent of."""

import math

import numpy as np
from numpy.typing import NDArray

from tests.sim.crossings import at_line
from tests.sim.offences import found as found_on_the_road
from tests.sim.stage import CHARGE_FROM_KMH_OVER, LIMIT_KMH, Lane, Scene
from tests.sim.telling import Clock, kmh, readable, told
from tests.sim.vehicle import Vehicle
from tests.sim.view import View, look, width_px

Array = NDArray[np.float64]
Json = dict[str, object]

KINDS = ("speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping")
ENOUGH_FRAMES, ENOUGH_M = 10, 12.0
TOGETHER_LEAST, TOGETHER_LEAST_M = 10, 11.0
"""A plate and its carrier's, both in sight so often and over so much road, can be known to be one vehicle's."""


def _speeding(scene: Scene, vehicle: Vehicle, view: View, clock: Clock) -> Json | None:
    whole = view.whole()
    if not whole:
        return None
    first, last = view.frames[whole[0]], view.frames[whole[-1]]
    middle_s = (first + last) / 2 / scene.stage.fps
    speed = kmh(vehicle, middle_s)
    if speed < LIMIT_KMH + CHARGE_FROM_KMH_OVER:
        return None
    deducted = speed - max(3.0, 0.03 * speed)
    varies = float(np.ptp(vehicle.speed_kmh(np.linspace(first, last, 9) / scene.stage.fps)))
    travelled = float(np.ptp(vehicle.foot(np.array([first, last]) / scene.stage.fps)[:, 1]))
    sure = math.floor(deducted - 2.5) >= LIMIT_KMH + CHARGE_FROM_KMH_OVER
    sure = sure and len(whole) >= ENOUGH_FRAMES and travelled >= ENOUGH_M and readable(vehicle, view)
    sure = sure and varies < 25.0 and not _interrupted(scene, whole, view) and vehicle.plate.in_a_table
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
    found = ([] if speeding is None else [speeding]) + at_line(scene, vehicle, view, clock, lane)
    seen_s = np.array([view.frames[i] for i in view.whole()]) / scene.stage.fps
    for one in found_on_the_road(scene, vehicle, seen_s, readable=readable(vehicle, view)):
        span = (one.moment_s, one.earliest_s, one.latest_s)
        found.append(told(one.kind, span, vehicle, sure=one.sure, clock=clock))
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
        "readable": readable(vehicle, view),
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
        "speed_kmh": None if middle_s is None else round(kmh(vehicle, middle_s), 3),
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
