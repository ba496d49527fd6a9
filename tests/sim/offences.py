"""What a vehicle did in lanes, over lines and in zones, in the contract's words, and how sure a unit can be of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.sim.stage import BusLane, Lane, NoStopping, Rule, Scene, SolidLine, WrongWay
from tests.sim.vehicle import Vehicle

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEP_S = 0.02
SURE_LENGTH_M = 3.0
"""Driven beyond the least length by this while in sight, it must be found."""
SURE_ASIDE_M = 0.35
SURE_BESIDE_LINE_M, SURE_FROM_END_M, SURE_BESIDE_S = 0.9, 2.0, 0.3
SURE_DWELL_S, SURE_INSIDE_M, HIDDEN_MOST_S = 2.0, 1.2, 4.0
STANDING_MPS = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """Kind; its moment, the earliest and the latest that may be told, in seconds of the scene; whether it must be."""

    kind: str
    moment_s: float
    earliest_s: float
    latest_s: float
    sure: bool


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A vehicle's true foot point over time, and when its plate could be followed."""

    t_s: Array
    foot_m: Array
    speed_mps: Array
    seen: Mask

    @classmethod
    def of(cls, scene: Scene, vehicle: Vehicle, seen_s: Array) -> "Way":
        t = np.arange(0.0, scene.seconds, STEP_S)
        local = np.broadcast_to([vehicle.mount.aside_m, 0.0, 0.0], (len(t), 3))
        gap = np.min(np.abs(t[:, None] - seen_s[None, :]), axis=1) if len(seen_s) else np.full(len(t), np.inf)
        return cls(
            t, vehicle.place(local, t)[:, :2], np.abs(vehicle.profile.speed_mps(t)), gap <= 1.5 / scene.stage.fps
        )


def found(scene: Scene, vehicle: Vehicle, seen_s: Array, *, readable: bool) -> Iterator[Found]:
    """`seen_s`: moments of the frames that show the plate whole and large enough."""
    if vehicle.carried:
        return
    way = Way.of(scene, vehicle, seen_s)
    for rule in scene.stage.rules:
        one = _one(scene, rule, vehicle, way)
        if one is not None:
            yield Found(one.kind, one.moment_s, one.earliest_s, one.latest_s, one.sure and readable)


def _one(scene: Scene, rule: Rule, vehicle: Vehicle, way: Way) -> Found | None:
    lanes = {lane.name: lane for lane in scene.stage.lanes}
    match rule:
        case BusLane():
            exempt = vehicle.plate.text in rule.exempt
            return None if exempt else _driven("bus_lane", scene, lanes[rule.lane], way, rule.min_length_m, lawful=True)
        case WrongWay():
            each = (_driven("wrong_way", scene, lanes[n], way, rule.min_length_m, lawful=False) for n in rule.lanes)
            return next((one for one in each if one is not None), None)
        case SolidLine():
            return _over(rule, way)
        case NoStopping():
            return _stood(scene, rule, vehicle, way)


def _runs(mask: Mask, t_s: Array, gap_s: float = 0.0) -> Iterator[slice]:
    """Stretches where the mask holds; those no further apart than the gap are one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    begins, ends = list(edges[::2]), list(edges[1::2])
    i = 0
    while i + 1 < len(begins):
        if t_s[begins[i + 1]] - t_s[ends[i] - 1] <= gap_s:
            ends[i : i + 2] = [ends[i + 1]]
            del begins[i + 1]
        else:
            i += 1
    yield from (slice(int(a), int(b)) for a, b in zip(begins, ends, strict=True))


def _driven(kind: str, scene: Scene, lane: Lane, way: Way, least_m: float, *, lawful: bool) -> Found | None:
    near, far = scene.stage.reach_m
    x, y = way.foot_m.T
    inside = (x > lane.left_m) & (x < lane.right_m) & (y > near) & (y < far)
    middle = (x > lane.left_m + SURE_ASIDE_M) & (x < lane.right_m - SURE_ASIDE_M)
    sign = lane.way if lawful else -lane.way
    for run in _runs(inside, way.t_s):
        ahead = sign * y[run]
        driven = ahead - np.minimum.accumulate(ahead)
        if driven.max() < least_m - 0.3:
            continue
        t = way.t_s[run]
        at_s = float(t[np.argmax(driven >= min(least_m, driven.max()))])
        sure = any(
            (sign * y[part])[-1] - (sign * y[part])[0] >= least_m + SURE_LENGTH_M
            for part in _runs(inside & middle & way.seen, way.t_s, 0.25)
        )
        return Found(kind, at_s, at_s - 0.6, float(t[-1]) + 0.3, sure)
    return None


def _over(rule: SolidLine, way: Way) -> Found | None:
    aside = way.foot_m[:, 0] - rule.x_m
    near, far = rule.y_m
    for i in np.flatnonzero(np.sign(aside[1:]) != np.sign(aside[:-1])):
        y = float(way.foot_m[i, 1])
        if not near - 1.0 <= y <= far + 1.0 or not way.seen.any():
            continue
        at_s = float(way.t_s[i])
        side = np.sign(aside[i + 1])
        before = (way.t_s < at_s) & way.seen & (-side * aside > SURE_BESIDE_LINE_M) & (way.t_s > at_s - 6)
        after = (way.t_s > at_s) & way.seen & (side * aside > SURE_BESIDE_LINE_M) & (way.t_s < at_s + 6)
        whole = way.seen[(way.t_s > at_s - 0.5) & (way.t_s < at_s + 0.5)].mean() > 0.9
        sure = min(before.sum(), after.sum()) * STEP_S >= SURE_BESIDE_S and bool(whole)
        sure = sure and near + SURE_FROM_END_M <= y <= far - SURE_FROM_END_M
        return Found("solid_line", at_s, at_s - 0.4, at_s + 0.4, bool(sure))
    return None


def _stood(scene: Scene, rule: NoStopping, vehicle: Vehicle, way: Way) -> Found | None:
    (left, right), (near, far) = rule.x_m, rule.y_m
    for run in _runs(way.speed_mps < STANDING_MPS, way.t_s):
        x, y = np.median(way.foot_m[run], axis=0)
        begin_s, end_s = float(way.t_s[run.start]), float(way.t_s[run.stop - 1])
        if not (left < x < right and near < y < far) or end_s - begin_s < rule.dwell_s - 1.0:
            continue
        if _queues(scene, vehicle, begin_s, end_s):
            continue
        inside = near + SURE_INSIDE_M < y < far - SURE_INSIDE_M and left + 0.3 < x < right - 0.3
        seen = [way.t_s[part] for part in _runs(way.seen[run], way.t_s[run], HIDDEN_MOST_S)]
        sure = inside and any(part[-1] - part[0] >= rule.dwell_s + SURE_DWELL_S for part in seen)
        return Found("no_stopping", begin_s + rule.dwell_s, begin_s + rule.dwell_s - 1.5, end_s + 1.0, bool(sure))
    return None


def _queues(scene: Scene, vehicle: Vehicle, begin_s: float, end_s: float) -> bool:
    """Whether somebody ahead in the same lane stood for any of the time."""
    lane = next(lane for lane in scene.stage.lanes if lane.name == vehicle.lane)
    t = np.arange(begin_s, end_s, 0.5)
    mine = vehicle.way * vehicle.profile.progress_m(t)
    return lane.listed and any(
        other.lane == vehicle.lane
        and other.ident != vehicle.ident
        and bool(((np.abs(other.profile.speed_mps(t)) < 0.3) & (other.way * other.profile.progress_m(t) > mine)).any())
        for other in scene.vehicles
    )
