"""Scenes full of offenders, one for each group of rules, before each of three cameras by day and by night.

In the streets that other scenes show, few drive against the traffic or park too long. Here most do, and whoever keeps
to the rules comes near to breaking them. Consecutive seeds take the cameras in turn, first by day, then by night.
"""

from dataclasses import dataclass, replace

import numpy as np

from tests.sim import plays, streets
from tests.sim.camera import CAMERA_MODULE_3
from tests.sim.flows import Junction, cruise, reds_to_play
from tests.sim.light import NIGHT
from tests.sim.phases import Plan
from tests.sim.road import Road
from tests.sim.shapes import Shape
from tests.sim.stage import BusLane, Lane, NoStopping, Rule, Scene, SolidLine, Stage, WrongWay
from tests.sim.stages import daylight
from tests.sim.streets import BUS_TEXT, DWELL_S, VIEWS, WIDE, View
from tests.sim.traffic import Casting, Part

SIGNAL = Plan((("green", 6.0), ("amber", 3.0), ("red", 14.0), ("red_amber", 1.0)), start_s=-4.0)
HALF_M = 3.4
ROOM_M = 2.5
"""Of zones, before and behind the places where somebody parks."""


@dataclass(frozen=True, slots=True)
class Place:
    """A camera, and where on its road the rules hold, so that it sees them broken from beginning to end."""

    view: View
    way: int
    """Of the junction's lanes: the widest camera sees fronts, for it could not see a rear from clear of the line."""
    line_y_m: float
    solid_y_m: tuple[float, float]
    least_bus_m: float
    stands_y_m: tuple[float, ...]
    """Parked so far from one another, nobody hides the next one's plate."""

    @property
    def middle_m(self) -> float:
        return sum(self.solid_y_m) / 2


PLACES = (
    Place(VIEWS[0], 1, 38.0, (20.0, 38.0), 20.0, (22.0, 31.0, 41.5)),
    Place(WIDE, 1, 30.0, (13.0, 31.0), 15.0, (15.0, 22.5, 31.0)),
    Place(View(CAMERA_MODULE_3, 6.0, 22.7, 20, (6.5, 32.0)), -1, 15.0, (9.0, 23.0), 12.0, (10.0, 16.5, 23.5)),
)
"""16 mm and 8 mm before a global shutter, and Camera Module 3."""


def reds(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Through red or beyond the line, in each lane at each red; between them those whom the rules let off."""
    place = _place(seed)
    lanes = (Lane("1", 0.0, HALF_M, place.way), Lane("2", -HALF_M, 0.0, place.way))
    road = Road((-HALF_M, 0.0, HALF_M), solid=True, stop_line_y_m=place.line_y_m)
    casting = _casting(replace(_stage("rich_reds", rng, seed, road, lanes, ()), plan=SIGNAL), rng, seed)
    for red in reds_to_play(SIGNAL, seconds):
        for lane in lanes:
            _one_red(casting, lane, red)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _one_red(casting: Casting, lane: Lane, red: tuple[float, float]) -> None:
    act, shape = Junction(casting, lane, red), _small(casting)
    if casting.rng.random() < 0.3:
        act.amber()
    if casting.rng.random() < 0.3:
        act.grace()
    act.runner(casting.lot(2.2, 3.5))
    if casting.rng.random() < 0.75:
        act.beyond(casting.lot(6.0, 7.0), Part("beyond_line", shape=shape))
    else:
        act.behind(casting.lot(4.5, 5.5), nose_over=True)


def lanes(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """In the bus lane, and over the solid line into it and out of it."""
    place = _place(seed)
    general, bus = Lane("1", -HALF_M, 0.0, 1), Lane("bus", 0.0, HALF_M, 1)
    rules = (BusLane("bus", place.least_bus_m, (BUS_TEXT,)), SolidLine(0.0, place.solid_y_m))
    road = Road((-HALF_M, 0.0, HALF_M), solid_y_m=place.solid_y_m, words=(("BUS", 1.7, place.middle_m),))
    casting = _casting(_stage("rich_lanes", rng, seed, road, (general, bus), rules), rng, seed)
    roles, at_s = ("rider", "crosser", "leaver", "weaver", "bus"), 2.0
    while at_s < seconds - 3:
        role = str(rng.choice(roles, p=(0.35, 0.25, 0.25, 0.1, 0.05)))
        over_m = place.middle_m + casting.lot(-2.0, 2.0)
        if role == "rider":
            casting.enter(bus, plays.passing(at_s, casting.lot(9.0, 16.0), place.middle_m), Part(role), within_s=2.0)
        elif role == "bus" and all(v.plate.text != BUS_TEXT for v in casting.vehicles):
            part = Part(role, shape="bus", text=BUS_TEXT, plate_format="kz2012_org")
            casting.enter(bus, plays.passing(at_s, 11.0, place.middle_m), part, within_s=2.0)
        elif role == "crosser":
            plays.changes(casting, general, role, at_s, at_m=over_m, aside_m=HALF_M)
        elif role == "leaver":
            plays.changes(casting, bus, role, at_s, at_m=over_m, aside_m=-HALF_M)
        else:
            plays.weaves(casting, general, at_s, aside_m=casting.lot(0.5, 1.1))
        at_s += casting.lot(1.8, 3.0)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def against(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Against the traffic, from the front and, overtaking, from behind; and who only backs up."""
    place = _place(seed)
    away, towards = Lane("1", 0.0, HALF_M, 1), Lane("2", -HALF_M, 0.0, -1)
    road = Road((-HALF_M, 0.0, HALF_M))
    stage = _stage("rich_against", rng, seed, road, (away, towards), (WrongWay(("1", "2"), 8.0),))
    casting, at_s = _casting(stage, rng, seed), 3.0
    ghosts = tuple(Lane(lane.name, lane.left_m, lane.right_m, -lane.way) for lane in (away, towards))
    while at_s < seconds - 4:
        role = str(rng.choice(["comes", "goes", "reverser", "cruise"], p=(0.35, 0.35, 0.1, 0.2)))
        if role == "reverser":
            plays.reverses(casting, away, at_s)
        elif role == "cruise":
            cruise(casting, towards, "innocent", at_s, place.middle_m, within_s=3.0)
        else:
            ghost = ghosts[role == "goes"]
            entry = plays.passing(at_s, casting.lot(7.0, 15.0), ghost.way * place.middle_m)
            casting.enter(ghost, entry, Part("ghost"), within_s=3.0)
        at_s += casting.lot(2.5, 4.0)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def parked(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """At the kerb, most for too long, while traffic passes."""
    place = _place(seed)
    lane, edge = Lane("1", -1.7, 1.7, 1), Lane("kerb", 1.9, 4.3, 1, listed=False)
    zone_y = (place.stands_y_m[0] - ROOM_M, place.stands_y_m[-1] + ROOM_M)
    road = Road((-1.7, 1.8, 4.4))
    stage = _stage("rich_parked", rng, seed, road, (lane, edge), (NoStopping((1.9, 4.3), zone_y, DWELL_S),), 2.2)
    casting = _casting(stage, rng, seed)
    for stand_y in reversed(place.stands_y_m):
        at_s = casting.lot(2.0, 5.0)
        while at_s < seconds - DWELL_S - 8:
            long = rng.random() < 0.8
            stay_s = DWELL_S + casting.lot(3.5, 6.0) if long else casting.lot(3.0, DWELL_S - 2.5)
            role = "parker" if long else "loader"
            plays.parks(casting, edge, role, stand_y + casting.lot(-0.3, 0.3), (at_s, stay_s))
            at_s += stay_s + casting.lot(6.0, 9.0)
    for at_s in np.arange(1.0, seconds - 2, 5.0):
        cruise(casting, lane, "innocent", float(at_s) + casting.lot(0.0, 2.0), place.middle_m, within_s=0.5)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _place(seed: int) -> Place:
    return PLACES[seed % len(PLACES)]


def _stage(
    name: str, rng: np.random.Generator, seed: int, road: Road, lanes: tuple[Lane, ...], rules: tuple[Rule, ...],
    camera_x_m: float = 0.0,
) -> Stage:  # fmt: skip
    view, night = _place(seed).view, seed // len(PLACES) % 2 == 1
    return Stage(
        name, streets.hung(rng, view, camera_x_m), NIGHT if night else daylight(rng), road, lanes, fps=view.fps,
        reach_m=view.reach_m, rules=rules, weather=streets.some_weather(rng), formats=streets.FORMATS,
    )  # fmt: skip


def _casting(stage: Stage, rng: np.random.Generator, seed: int) -> Casting:
    return Casting(stage, rng, variety=np.random.default_rng([seed, 77]))


def _small(casting: Casting) -> Shape:
    return "saloon" if casting.rng.random() < 0.6 else "hatch"
