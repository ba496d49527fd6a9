"""The places: camera, pose, lanes and what stands beside the road."""

import numpy as np

from tests.sim.camera import CAMERA_MODULE_3, GLOBAL_SHUTTER_8MM, GLOBAL_SHUTTER_16MM, GLOBAL_SHUTTER_25MM, Camera, Lens
from tests.sim.light import DAY, NIGHT, OVERCAST, Light
from tests.sim.phases import Plan
from tests.sim.road import Board, Road
from tests.sim.stage import Lane, Stage

LINE_Y_M = 46.0
ADVERTS = (("SALE", "70"), ("777AUTO77",), ("TAXI", "2580"), ("PIZZA 24", "300-100"), ("123ABC02",))


def _furniture(rng: np.random.Generator, edge_m: float, on_m: float = 0.0) -> tuple[Board, ...]:
    """Things with letters on them, where a plate finder may stumble."""
    advert = ADVERTS[int(rng.integers(len(ADVERTS)))]
    limit = str(rng.choice(["60", "80", "40"]))
    right, left = edge_m + 0.7, -edge_m - 0.7
    return (
        Board(
            (right + 0.5, right + 0.5), (46.0 + on_m, 27.0 + on_m), (0.30, 0.85), 0.38, ("ALMATY JOL SERVIS",), ink=0.04
        ),
        Board((right + 0.3, right + 0.36), (40.0 + on_m, 40.0 + on_m), (0.0, 2.2), 0.25),
        Board((right + 0.02, right + 0.62), (39.99 + on_m, 39.99 + on_m), (1.5, 2.1), 0.65, (limit,), retro=True),
        Board((left - 1.9, left - 0.3), (49.0 + on_m, 49.0 + on_m), (0.5, 1.6), 0.55, advert, retro=False),
        Board((left - 0.35, left - 0.35), (24.0 + on_m, 36.0 + on_m), (0.0, 0.9), 0.22),
    )


def _aimed(rng: np.random.Generator, lens: Lens, height_m: float, down_deg: float) -> Camera:
    jitter = rng.uniform(-1, 1, 4)
    return Camera.aimed(
        lens,
        position_m=(0.15 * float(jitter[0]), 0.0, height_m + 0.15 * float(jitter[1])),
        turn_deg=(0.15 * float(jitter[2]), down_deg, 0.4 * float(jitter[3])),
    )


def _two_lanes(half_m: float) -> tuple[Lane, ...]:
    return (Lane("1", 0.0, half_m, 1), Lane("2", -half_m, 0.0, 1))


def straight(rng: np.random.Generator, light: Light, name: str) -> Stage:
    """Two lanes that drive away, no junction: 16 mm lens, plates 150 to 52 pixels wide."""
    road = Road(
        (-3.4, 0.0, 3.4),
        words=(("60", 1.7, 30.0), ("BUS", -1.7, 38.0)) if rng.random() < 0.5 else (("A", 1.7, 33.0),),
        boards=_furniture(rng, 3.4),
    )
    camera = _aimed(rng, GLOBAL_SHUTTER_16MM, 6.0, 12.4)
    return Stage(name, camera, light, road, _two_lanes(3.4), fps=30, reach_m=(12.0, 60.0))


def junction(rng: np.random.Generator, light: Light, name: str, plan: Plan, *, fps: int = 25) -> Stage:
    """Two lanes that drive away over a stop line 46 m off: 25 mm lens, plates 150 to 70 pixels wide."""
    road = Road(
        (-3.3, 0.0, 3.3),
        solid=True,
        stop_line_y_m=LINE_Y_M,
        cross_road_y_m=(58.0, 72.0),
        words=(("60", 1.65, 32.0),),
        boards=_furniture(rng, 3.3, 9.0),
    )
    camera = _aimed(rng, GLOBAL_SHUTTER_25MM, 6.5, 9.8)
    return Stage(name, camera, light, road, _two_lanes(3.3), fps=fps, plan=plan, reach_m=(16.0, 70.0))


def towards(rng: np.random.Generator, light: Light, name: str) -> Stage:
    """Two lanes that come towards a wide rolling-shutter camera: front plates, 100 to 40 pixels wide."""
    jitter = rng.uniform(-1, 1, 3)
    camera = Camera.aimed(
        CAMERA_MODULE_3,
        position_m=(0.3 * float(jitter[0]), 0.0, 6.0 + 0.15 * float(jitter[1])),
        turn_deg=(1.0 * float(jitter[2]), 22.7, 0.0),
    )
    road = Road((-3.5, 0.0, 3.5), words=(("60", -1.75, 16.0),), boards=_furniture(rng, 3.5))
    lanes = (Lane("1", -3.5, 0.0, -1), Lane("2", 0.0, 3.5, -1))
    return Stage(name, camera, light, road, lanes, fps=30, reach_m=(5.0, 40.0))


def wide(rng: np.random.Generator, light: Light, name: str) -> Stage:
    """Three lanes that drive away under an 8 mm lens: plates 110 to 40 pixels wide."""
    camera = Camera.aimed(
        GLOBAL_SHUTTER_8MM,
        position_m=(0.3 * float(rng.uniform(-1, 1)), 0.0, 6.0 + 0.15 * float(rng.uniform(-1, 1))),
        turn_deg=(0.5 * float(rng.uniform(-1, 1)), 18.4, 0.4 * float(rng.uniform(-1, 1))),
    )
    road = Road((-5.25, -1.75, 1.75, 5.25), words=(("60", 0.0, 20.0),), boards=_furniture(rng, 5.25))
    lanes = (Lane("1", 1.75, 5.25, 1), Lane("2", -1.75, 1.75, 1), Lane("3", -5.25, -1.75, 1))
    return Stage(name, camera, light, road, lanes, fps=30, reach_m=(8.0, 45.0))


def daylight(rng: np.random.Generator) -> Light:
    """Sun from a side that may change, or an overcast sky."""
    if rng.random() < 0.25:
        return OVERCAST
    side = 1.0 if rng.random() < 0.5 else -1.0
    direction = (side * float(rng.uniform(0.3, 0.7)), float(rng.uniform(-0.6, 0.1)), float(rng.uniform(0.5, 0.9)))
    return Light(ambient=DAY.ambient, sun=DAY.sun, sun_direction=direction, exposure_us=DAY.exposure_us)


def night(_: np.random.Generator) -> Light:
    return NIGHT
