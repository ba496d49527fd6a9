"""Who does what on the streets: in bus lanes, over lines, against the traffic, at the kerb, on tow trucks."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.sim.bodies import Body
from tests.sim.flows import SPEED_KMH, cruise, part_for
from tests.sim.motion import Profile
from tests.sim.shapes import Shape
from tests.sim.stage import Lane
from tests.sim.streets import BUS_TEXT, DWELL_S, SOLID_Y_M
from tests.sim.traffic import Casting, Part
from tests.sim.vehicle import Mount, Swerve, Vehicle

MIDDLE_M = 28.0
"""Where a vehicle is at the moment for which the script asks."""
CHANGE_S = 2.0


def steady(at_s: float, speed_mps: float, progress_m: float = MIDDLE_M) -> Profile:
    return Profile.steady(at_s=at_s, progress_m=progress_m, speed_mps=speed_mps)


def passing(at_s: float, speed_mps: float, progress_m: float = MIDDLE_M) -> Callable[[float], Profile]:
    """The same, so many seconds later."""
    return lambda delay_s: steady(at_s + delay_s, speed_mps, progress_m)


def always(profile: Profile) -> Callable[[float], Profile]:
    """Now or not at all."""
    return lambda _: profile


def changes(casting: Casting, lane: Lane, role: str, at_s: float, *, at_m: float, aside_m: float) -> Vehicle | None:
    """Drives along `lane` and moves over, half-way at `at_m`."""
    speed = casting.lot(9.0, 16.0)

    def swerve(profile: Profile) -> tuple[Swerve, ...]:
        return (Swerve(profile.when_at(at_m) - CHANGE_S / 2, CHANGE_S, aside_m),)

    part = Part(role, shape="saloon" if casting.rng.random() < 0.5 else "hatch")
    return casting.enter(lane, passing(at_s, speed), part, within_s=2.0, swerves=swerve)


def weaves(casting: Casting, lane: Lane, at_s: float, *, aside_m: float) -> Vehicle | None:
    """Comes near to the line and goes back."""

    def swerves(profile: Profile) -> tuple[Swerve, ...]:
        begin = profile.when_at(24.0)
        return Swerve(begin, 1.2, aside_m), Swerve(begin + 1.6, 1.2, -aside_m)

    part = Part("weaver", shape="hatch")
    return casting.enter(lane, passing(at_s, 12.0), part, within_s=2.0, swerves=swerves)


def bus_street(casting: Casting, seconds: float) -> None:
    """Every few seconds somebody else in one of the two lanes."""
    general, bus = casting.stage.lanes
    at_s, width = 2.0, general.right_m - general.left_m
    while at_s < seconds - 3:
        role = str(casting.rng.choice(["rider", "bus", "crosser", "leaver", "late", "weaver", "merger", "cruise"]))
        if role == "rider":
            casting.enter(bus, passing(at_s, casting.lot(10.0, 16.0)), Part(role), within_s=2.0)
        elif role == "bus":
            taken = any(v.plate.text == BUS_TEXT for v in casting.vehicles)
            part = Part(
                "coach" if taken else role, shape="bus", text=None if taken else BUS_TEXT, plate_format="kz2012_org"
            )
            casting.enter(bus, passing(at_s, 11.0), part, within_s=2.0)
        elif role == "crosser":
            changes(casting, general, role, at_s, at_m=casting.lot(26, 31), aside_m=width)
        elif role == "leaver":
            changes(casting, bus, role, at_s, at_m=casting.lot(26, 31), aside_m=-width)
        elif role in ("late", "merger"):
            changes(casting, general, role, at_s, at_m=SOLID_Y_M[1] + casting.lot(9, 14), aside_m=width)
        elif role == "weaver":
            weaves(casting, general, at_s, aside_m=casting.lot(0.5, 1.1))
        else:
            cruise(casting, general, str(casting.rng.choice(["innocent", "near_limit", "speeder"])), at_s, MIDDLE_M)
        at_s += casting.lot(1.6, 3.0)


def two_way_street(casting: Casting, seconds: float) -> None:
    """Traffic both ways, with ghosts, overtakers and people who back into a gap."""
    away, towards = casting.stage.lanes
    at_s = 3.0
    while at_s < seconds - 4:
        role = str(casting.rng.choice(["ghost", "overtaker", "reverser", "cruise", "cruise"]))
        if role == "ghost":
            against = Lane(away.name, away.left_m, away.right_m, -away.way)
            casting.enter(against, passing(at_s, 10.0, -MIDDLE_M), Part(role), within_s=3.0)
        elif role == "overtaker":
            _overtakes(casting, away, at_s)
        elif role == "reverser":
            reverses(casting, away, at_s)
        else:
            for lane in (away, towards):
                kind = str(casting.rng.choice(["innocent", "near_limit", "speeder"]))
                cruise(casting, lane, kind, at_s + casting.lot(0, 1), MIDDLE_M, within_s=3.0)
        at_s += casting.lot(2.5, 4.5)


def _overtakes(casting: Casting, lane: Lane, at_s: float) -> None:
    """Out into the other lane and back again, long before and long after what the lanes' border needs."""
    speed, width = casting.lot(12.0, 17.0), lane.right_m - lane.left_m

    def swerves(profile: Profile) -> tuple[Swerve, ...]:
        return Swerve(profile.when_at(14.0) - 1.0, 1.5, -width), Swerve(profile.when_at(46.0), 1.5, width)

    casting.enter(lane, passing(at_s, speed), Part("overtaker", shape="saloon"), within_s=3.0, swerves=swerves)


def reverses(casting: Casting, lane: Lane, at_s: float) -> None:
    """Stops, backs up by less than a parking manoeuvre may, stands, and drives on."""
    stand_y, back_m = casting.lot(30.0, 36.0), casting.lot(3.0, 6.5)

    def after(delay_s: float) -> Profile:
        begin = (at_s + delay_s, stand_y - 4.0 * 9.0 / 2, 9.0)
        half = back_m / 1.2 / 2
        legs = [(4.0, -2.25), (1.5, 0.0), (half, -1.2 / half), (half, 1.2 / half), (1.5, 0.0), (5.0, 2.0)]
        return Profile.steps(begin, legs)

    casting.enter(lane, after, Part("reverser", shape="hatch"), within_s=3.0)


def no_stopping_street(casting: Casting, seconds: float) -> None:
    """Some park at the kerb, for too long or not; others stop in the lane, and more stand behind them."""
    lane, edge = casting.stage.lanes
    for stand_y, first_s in ((36.0, 2.0), (24.0, 6.0)):
        at_s = first_s + casting.lot(0.0, 3.0)
        while at_s < seconds - DWELL_S - 8:
            long = casting.rng.random() < 0.6
            stay_s = DWELL_S + casting.lot(3.5, 6.0) if long else casting.lot(3.0, DWELL_S - 2.5)
            parks(casting, edge, "parker" if long else "loader", stand_y + casting.lot(-1, 1), (at_s, stay_s))
            at_s += stay_s + casting.lot(9.0, 12.0)
    for at_s in np.arange(3.0, seconds - 32, 34.0):
        leave = float(at_s) + DWELL_S + 6.0 + casting.lot(0, 3)
        for place, y in enumerate((37.0, 29.5, 22.0)[: int(casting.rng.integers(1, 4))]):
            begin = float(at_s) + 2.5 * place
            parks(casting, lane, "stopper" if place == 0 else "queued", y, (begin, leave + 1.2 * place - begin))
    at_s = 1.0
    while at_s < seconds - 2:
        role = "lettered" if casting.rng.random() < 0.3 else "innocent"
        cruise(casting, lane, role, at_s, MIDDLE_M, within_s=0.2)
        at_s += casting.lot(2.5, 5.0)


def parks(casting: Casting, lane: Lane, role: str, y_m: float, stand: tuple[float, float]) -> None:
    begin_s, stay_s = stand
    shape: Shape = "saloon" if casting.rng.random() < 0.5 else "hatch"
    profile = Profile.halt(stand=(begin_s, y_m), brake=(8.0, 2.0), leave=(begin_s + stay_s, 1.6, 10.0))
    casting.enter(lane, always(profile), Part(role, shape=shape), within_s=0.1)


def tow_trucks(casting: Casting, seconds: float) -> None:
    """Too fast, most of them, and with more than one plate; between them cars abreast and cars in line."""
    right, left = casting.stage.lanes
    at_s = 2.0
    while at_s < seconds - 3:
        role = str(casting.rng.choice(["flatbed", "low_loader", "rope", "rack", "poster", "abreast", "in_line"]))
        speed = casting.lot(78.0, 100.0) / 3.6
        lane = right if casting.rng.random() < 0.5 else left
        if role in ("flatbed", "low_loader"):
            _loaded(casting, lane, at_s, speed, lift_m=0.95 if role == "flatbed" else 0.42)
        elif role == "rope":
            _roped(casting, lane, at_s, speed)
        elif role in ("rack", "poster"):
            _pasted(casting, lane, at_s, speed, role)
        elif role == "abreast":
            for one in (right, left):
                casting.enter(one, passing(at_s, speed), Part(role, shape="saloon"), within_s=0.1)
        else:
            for behind in (0.0, 1.0):
                profile = steady(at_s, speed, MIDDLE_M - behind * casting.lot(14.0, 20.0))
                casting.enter(lane, always(profile), Part(role, shape="hatch"), within_s=0.1)
        at_s += casting.lot(2.5, 4.0)


def _loaded(casting: Casting, lane: Lane, at_s: float, speed: float, *, lift_m: float) -> None:
    truck = casting.enter(lane, passing(at_s, speed), Part("tow_truck", shape="flatbed"), within_s=1.5)
    if truck is not None:
        car = casting.make(lane, truck.profile.shifted(casting.lot(0.2, 0.9)), Part("loaded", shape="saloon"))
        casting.ride(truck, replace(car, lift_m=lift_m))


def _roped(casting: Casting, lane: Lane, at_s: float, speed: float) -> None:
    tower = casting.enter(lane, passing(at_s, speed), Part("tower", shape="saloon"), within_s=1.5)
    if tower is not None:
        car = casting.make(lane, tower.profile.shifted(-casting.lot(7.0, 9.0)), Part("towed", shape="saloon"))
        casting.ride(tower, car)


def _pasted(casting: Casting, lane: Lane, at_s: float, speed: float, role: str) -> None:
    """A second plate without a vehicle: on a rack, or a picture of one on a lorry's back or bumper."""
    shape: Shape = "hatch" if role == "rack" else "truck"
    carrier = casting.enter(lane, passing(at_s, speed), Part(f"with_{role}", shape=shape), within_s=1.5)
    if carrier is None:
        return
    copy = casting.make(lane, carrier.profile.shifted(-0.05), Part(role))
    mount = (
        Mount(height_m=1.18) if role == "rack" else Mount(height_m=casting.lot(1.9, 2.4), scale=casting.lot(1.5, 2.2))
    )
    nothing = Body(shape="hatch", length_m=0.1, width_m=0.02, height_m=0.02, faces=())
    casting.ride(carrier, replace(copy, body=nothing, mount=mount, plate=replace(copy.plate, covered=None)))


def fast_flow(casting: Casting, seconds: float) -> None:
    """Free traffic, a third of it too fast, some braking or speeding up as it passes."""
    for lane in casting.stage.lanes:
        at_s = casting.lot(0.8, 2.0)
        while at_s < seconds - 1.0:
            role = str(casting.rng.choice(["innocent", "near_limit", "speeder", "lettered"], p=[0.35, 0.25, 0.3, 0.1]))
            speed = casting.lot(*SPEED_KMH.get(role, SPEED_KMH["innocent"])) / 3.6
            hard = casting.lot(-2.5, 1.5) if casting.rng.random() < 0.25 else casting.lot(-0.3, 0.3)

            def after(delay_s: float, at: float = at_s, v: float = speed, a: float = hard) -> Profile:
                begin = (at + delay_s - 1.5, MIDDLE_M - 1.5 * v + a * 1.5**2 / 2, v - 1.5 * a)
                return Profile.steps(begin, [(3.0, a)])

            casting.enter(lane, after, part_for(casting, role), within_s=2.0)
            at_s += 1.4 + float(casting.rng.exponential(1.8))
