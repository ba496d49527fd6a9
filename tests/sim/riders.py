"""Motorcycles among cars: between the lanes, in the bus lane, over the solid line, too fast."""

from dataclasses import replace

import numpy as np

from tests.sim import plays, streets
from tests.sim.faces import random_motorcycle
from tests.sim.flows import cruise
from tests.sim.motion import Profile
from tests.sim.plays import MIDDLE_M, passing
from tests.sim.stage import Lane, Scene
from tests.sim.traffic import Casting, Part
from tests.sim.vehicle import Swerve

FORMATS = ("kz2012_moto_trailer", "ru_moto")
"""A site that knows of motorcycles names their plates in full."""
ROLES = ("between", "between", "bus_rider", "crosser", "racer", "car", "car", "car")
BESIDE_LINE_M = (0.55, 0.8)
"""So far from the line rides who goes between two rows of cars, before he weaves."""
WEAVES_M, WEAVE_S = 0.3, 1.0


def riders(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Every few seconds somebody else; about half of all ride."""
    stage = streets.street(rng)
    stage = replace(stage, name="riders", formats=(*stage.formats, *FORMATS))
    casting = Casting(stage, rng, variety=np.random.default_rng([seed, 77]))
    at_s = 2.0
    while at_s < seconds - 3:
        _enter(casting, str(rng.choice(ROLES)), at_s)
        at_s += casting.lot(1.0, 2.2)
    return Scene(stage, seed, seconds, tuple(casting.vehicles))


def _enter(casting: Casting, role: str, at_s: float) -> None:
    general, bus = casting.stage.lanes
    if role == "car":
        if casting.rng.random() < 0.3:
            plays.changes(casting, general, "crosser", at_s, at_m=casting.lot(26, 31), aside_m=bus.centre_m * 2)
        else:
            cruise(casting, general, str(casting.rng.choice(["innocent", "speeder"])), at_s, MIDDLE_M, within_s=2.0)
    elif role == "between":
        _between(casting, general, at_s)
    elif role == "bus_rider":
        _ride(casting, bus, role, at_s, casting.lot(9.0, 15.0), aside_m=casting.lot(-1.0, 1.0))
    elif role == "crosser":
        swerve = (casting.lot(26, 31), bus.centre_m * 2 * casting.lot(0.7, 1.0))
        _ride(casting, general, role, at_s, casting.lot(9.0, 15.0), swerve=swerve)
    else:
        _ride(casting, general, role, at_s, casting.lot(23.0, 30.0))


def _between(casting: Casting, lane: Lane, at_s: float) -> None:
    """Along the line in his own lane, weaving towards it and back, never over it."""
    aside_m = lane.right_m - casting.lot(*BESIDE_LINE_M) - lane.centre_m
    near_m = casting.lot(20.0, 28.0)
    _ride(casting, lane, "between", at_s, casting.lot(8.0, 15.0), aside_m=aside_m, weave_m=near_m)


def _ride(
    casting: Casting, lane: Lane, role: str, at_s: float, speed_mps: float, *, aside_m: float = 0.0,
    swerve: tuple[float, float] | None = None, weave_m: float | None = None,
) -> None:  # fmt: skip
    """`swerve`: half-way at so many metres, by so many; `weave_m`: where he leans towards the right and back."""
    text, plate_format = random_motorcycle(casting.rng)
    part = Part(role, shape="motorcycle", text=text, plate_format=plate_format, aside_m=aside_m)

    def swerves(profile: Profile) -> tuple[Swerve, ...]:
        if swerve is not None:
            return (Swerve(profile.when_at(swerve[0]) - 0.9, 1.8, swerve[1]),)
        if weave_m is None:
            return ()
        begin_s = profile.when_at(weave_m)
        return Swerve(begin_s, WEAVE_S, WEAVES_M), Swerve(begin_s + 1.3 * WEAVE_S, WEAVE_S, -WEAVES_M)

    casting.enter(lane, passing(at_s, speed_mps), part, within_s=2.0, swerves=swerves)
