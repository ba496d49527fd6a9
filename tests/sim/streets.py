"""Places for the rules beyond speed and signal, each seen by one of several cameras, in any light and weather."""

from dataclasses import dataclass, replace

import numpy as np

from tests.sim.camera import GLOBAL_SHUTTER_8MM, GLOBAL_SHUTTER_16MM, Camera, Lens
from tests.sim.light import NIGHT, Light
from tests.sim.road import Board, Road
from tests.sim.stage import BusLane, Lane, NoStopping, SolidLine, Stage, Weather, WrongWay
from tests.sim.stages import daylight

FORMATS = ("kz", "kg", "uz", "ru")
BUS_TEXT = "777PT02"
"""On the bus lane's list."""
SOLID_Y_M = (20.0, 38.0)
DWELL_S = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """A camera as it hangs; the road that it sees well enough."""

    lens: Lens
    height_m: float
    down_deg: float
    fps: int
    reach_m: tuple[float, float]


VIEWS = (
    View(GLOBAL_SHUTTER_16MM, 6.0, 12.4, 25, (12.0, 60.0)),
    View(Lens(width=1920, height=1080, focal_px=4300.0), 6.3, 14.0, 25, (13.0, 60.0)),
    View(Lens(width=1280, height=720, focal_px=3000.0), 6.0, 14.0, 15, (13.0, 55.0)),
    View(Lens(width=2304, height=1296, focal_px=4400.0, row_time_us=13.8), 6.5, 14.5, 20, (12.0, 60.0)),
)
WIDE = View(GLOBAL_SHUTTER_8MM, 6.5, 17.5, 25, (10.0, 45.0))


def hung(rng: np.random.Generator, view: View, x_m: float = 0.0) -> Camera:
    jitter = rng.uniform(-1, 1, 4)
    return Camera.aimed(
        view.lens,
        position_m=(x_m + 0.2 * float(jitter[0]), 0.0, view.height_m + 0.4 * float(jitter[1])),
        turn_deg=(float(np.degrees(np.arctan2(-x_m, 35.0))) + 0.2 * float(jitter[2]), view.down_deg, float(jitter[3])),
    )


def some_view(rng: np.random.Generator) -> View:
    return VIEWS[int(rng.integers(len(VIEWS)))]


def some_light(rng: np.random.Generator) -> Light:
    return NIGHT if rng.random() < 0.2 else daylight(rng)


def some_weather(rng: np.random.Generator) -> Weather:
    """Half dry; rain, or the shadows of trees and gantries across the road, or both."""
    rain = float(rng.uniform(0.2, 0.8)) if rng.random() < 0.25 else 0.0
    bands: list[tuple[float, float, float]] = []
    if rng.random() < 0.35:
        near = float(rng.uniform(14, 20))
        while near < 55:
            far = near + float(rng.uniform(2, 8))
            bands.append((near, far, float(rng.uniform(0.3, 0.65))))
            near = far + float(rng.uniform(3, 12))
    return Weather(rain, tuple(bands))


def street(rng: np.random.Generator) -> Stage:
    """A general lane and a bus lane side by side, a solid line between them for a while."""
    view = some_view(rng)
    road = Road((-3.4, 0.0, 3.4), solid_y_m=SOLID_Y_M, words=(("BUS", 1.7, 30.0),), boards=_boards(rng, 3.4))
    rules = (BusLane("bus", 20.0, (BUS_TEXT,)), SolidLine(0.0, SOLID_Y_M))
    lanes = (Lane("1", -3.4, 0.0, 1), Lane("bus", 0.0, 3.4, 1))
    return _stage("street", rng, view, road, lanes, rules)


def two_way(rng: np.random.Generator) -> Stage:
    """One lane each way."""
    view = some_view(rng)
    lanes = (Lane("1", 0.0, 3.4, 1), Lane("2", -3.4, 0.0, -1))
    road = Road((-3.4, 0.0, 3.4), boards=_boards(rng, 3.4))
    return _stage("two_way", rng, view, road, lanes, (WrongWay(("1", "2"), 8.0),))


def kerb(rng: np.random.Generator) -> Stage:
    """One lane with a zone in it where nobody may stop, and another zone beside it."""
    view = VIEWS[int(rng.integers(2))]
    lanes = (Lane("1", -1.7, 1.7, 1), Lane("kerb", 1.9, 4.3, 1, listed=False))
    rules = (NoStopping((1.9, 4.3), (18.0, 42.0), DWELL_S), NoStopping((-1.7, 1.7), (18.0, 42.0), DWELL_S))
    road = Road((-1.7, 1.8, 4.4), boards=_boards(rng, 4.6))
    stage = _stage("kerb", rng, view, road, lanes, rules)
    return replace(stage, camera=hung(rng, view, -3.0 if rng.random() < 0.5 else 0.8))


def highway(rng: np.random.Generator, name: str) -> Stage:
    """Two lanes away and nothing but a limit."""
    view = some_view(rng)
    lanes = (Lane("1", 0.0, 3.4, 1), Lane("2", -3.4, 0.0, 1))
    return _stage(name, rng, view, Road((-3.4, 0.0, 3.4), boards=_boards(rng, 3.4)), lanes, ())


def _stage(
    name: str,
    rng: np.random.Generator,
    view: View,
    road: Road,
    lanes: tuple[Lane, ...],
    rules: tuple[BusLane | WrongWay | SolidLine | NoStopping, ...],
) -> Stage:
    return Stage(
        name, hung(rng, view), some_light(rng), road, lanes, fps=view.fps, reach_m=view.reach_m, rules=rules,
        weather=some_weather(rng), formats=FORMATS,
    )  # fmt: skip


def _boards(rng: np.random.Generator, edge_m: float) -> tuple[Board, ...]:
    """A sign, and a poster that shows a number plate, larger or smaller than any."""
    right, size = edge_m + 0.8, float(rng.choice([0.5, 2.2]))
    y = float(rng.uniform(28, 44))
    shown = str(rng.choice(["123ABC02", "777AAA01", "01KG123ABC"]))
    return (
        Board((right, right + 0.52 * size), (y, y), (0.5, 0.5 + 0.112 * size), 0.7, (shown,), ink=0.04, border=0.04),
        Board(
            (right + 0.02, right + 0.62), (y - 8, y - 8), (1.5, 2.1), 0.65, (str(rng.choice(["60", "40"])),), retro=True
        ),
    )
