"""The named scenes, from a seed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.sim import plays, rich, riders, stages, streets
from tests.sim.flows import Junction, cruise, free_flow, part_for, reds_to_play
from tests.sim.light import DAY
from tests.sim.phases import Plan
from tests.sim.shapes import Shape
from tests.sim.stage import Scene, Stage
from tests.sim.traffic import Casting, Part

MIXED = (
    ("innocent", 0.38),
    ("near_limit", 0.14),
    ("lettered", 0.10),
    ("speeder", 0.30),
    ("filthy_speeder", 0.04),
    ("covered_speeder", 0.04),
)
SIGNAL = Plan((("green", 14.0), ("amber", 3.0), ("red", 14.0), ("red_amber", 1.0)), start_s=-5.0)
DEMO_SIGNAL = Plan((("green", 7.0), ("amber", 3.0), ("red", 11.0), ("red_amber", 1.0), ("green", 30.0)))
INNOCENT_SIGNAL = Plan((("green", 9.0), ("amber", 3.0), ("red", 9.0), ("red_amber", 1.0)))


def _free(stage: Stage, rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = Casting(stage, rng)
    free_flow(casting, MIXED, seconds, 24.0 if stage.lanes[0].way > 0 else 15.0)
    return Scene(stage, seed, seconds, tuple(casting.vehicles))


def _day_speed(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return _free(stages.straight(rng, stages.daylight(rng), "day_speed"), rng, seed, seconds)


def _night_speed(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return _free(stages.straight(rng, stages.night(rng), "night_speed"), rng, seed, seconds)


def _towards_cm3(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return _free(stages.towards(rng, stages.daylight(rng), "towards_cm3"), rng, seed, seconds)


def _towards_night(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return _free(stages.towards(rng, stages.night(rng), "towards_night"), rng, seed, seconds)


def _wide_day(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return _free(stages.wide(rng, stages.daylight(rng), "wide_day"), rng, seed, seconds)


def _empty(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    return Scene(stages.junction(rng, stages.daylight(rng), "empty", SIGNAL), seed, seconds, ())


def _green(casting: Casting, begin_s: float, end_s: float) -> None:
    """Free traffic while the light is green."""
    for lane in casting.stage.lanes:
        at_s = begin_s + casting.lot(0.0, 1.5)
        while at_s < end_s:
            role = str(casting.rng.choice(["innocent", "near_limit", "speeder", "lettered"], p=[0.4, 0.2, 0.25, 0.15]))
            cruise(casting, lane, role, at_s, stages.LINE_Y_M, within_s=1.5)
            at_s += casting.lot(1.8, 3.2)


def _greens(plan: Plan, seconds: float) -> list[tuple[float, float]]:
    """When free traffic may cross: after the queue has gone, until amber is near."""
    reds = plan.reds(seconds + plan.period_s)
    begins = [0.5, *(end + 6.0 for _, end in reds)]
    ends = [begin - 4.0 for begin, _ in reds]
    return [(begin, min(end, seconds)) for begin, end in zip(begins, ends, strict=False) if begin < min(end, seconds)]


def _busy_red(casting: Casting, red: tuple[float, float]) -> None:
    """One red in every lane: somebody on the border, somebody through, somebody beyond the line, the rest in order."""
    for lane in casting.stage.lanes:
        act = Junction(casting, lane, red)
        if casting.rng.random() < 0.2:
            act.caught()
            continue
        if casting.rng.random() < 0.5:
            act.amber()
        if casting.rng.random() < 0.5:
            act.grace()
        if casting.rng.random() < 0.75:
            act.runner(casting.lot(2.2, 3.5))
        if casting.rng.random() < 0.5:
            shape: Shape = "saloon" if casting.rng.random() < 0.6 else "hatch"
            act.beyond(casting.lot(6.0, 7.0), Part("beyond_line", shape=shape))
        else:
            act.behind(casting.lot(4.5, 5.5), nose_over=bool(casting.rng.random() < 0.4))
        act.behind(
            casting.lot(8.5, 9.5),
            part_for(casting, "lettered") if casting.rng.random() < 0.4 else None,
            gap_m=casting.lot(4.0, 9.0),
        )


def _junction(name: str, stage: Stage, rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = Casting(stage, rng)
    if stage.plan is None:
        raise ValueError(f"scene {name} needs a signal")
    reds = reds_to_play(stage.plan, seconds)
    for red in reds:
        _busy_red(casting, red)
    for begin, end in _greens(stage.plan, seconds):
        _green(casting, begin, end)
    return Scene(stage, seed, seconds, tuple(casting.vehicles))


def _junction_day(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    stage = stages.junction(rng, stages.daylight(rng), "junction_day", SIGNAL)
    return _junction("junction_day", stage, rng, seed, seconds)


def _junction_night(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    stage = stages.junction(rng, stages.night(rng), "junction_night", SIGNAL)
    return _junction("junction_night", stage, rng, seed, seconds)


def _innocents(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Everybody keeps to the rules, many of them only just."""
    stage = stages.junction(rng, stages.daylight(rng), "innocents", INNOCENT_SIGNAL)
    casting = Casting(stage, rng)
    reds = reds_to_play(INNOCENT_SIGNAL, seconds)
    for red in reds:
        for i, lane in enumerate(stage.lanes):
            act = Junction(casting, lane, red)
            if (i + int(red[0])) % 2:
                act.caught()
                continue
            act.amber()
            act.grace()
            act.behind(4.5, nose_over=True)
            act.behind(6.0)
    for begin, end in _greens(INNOCENT_SIGNAL, seconds):
        for lane in stage.lanes:
            for at_s in np.arange(begin, end, 2.4):
                role = str(rng.choice(["innocent", "near_limit", "lettered"]))
                cruise(casting, lane, role, float(at_s), stages.LINE_Y_M, within_s=1.2)
    return Scene(stage, seed, seconds, tuple(casting.vehicles))


def _demo(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Seven offences of three kinds and as many innocents, all readable, in 24 seconds."""
    stage = stages.junction(rng, DAY, "demo", DEMO_SIGNAL)
    casting = Casting(stage, rng, tidy=True)
    right, left = stage.lanes
    red = DEMO_SIGNAL.reds(60.0)[0]

    def car(role: str, shape: Shape) -> Part:
        return Part(role, shape=shape)

    _steady(casting, 0, car("speeder", "saloon"), 1.6, 93.0)
    _steady(casting, 1, car("innocent", "hatch"), 2.2, 52.0)
    _steady(casting, 0, car("near_limit", "hatch"), 4.0, 64.0)
    _steady(casting, 1, car("speeder", "van"), 5.2, 84.0)
    _steady(casting, 0, car("lettered", "truck"), 6.6, 48.0)
    act_right, act_left = Junction(casting, right, red), Junction(casting, left, red)
    _steady(casting, 1, car("amber", "saloon"), 8.9, 50.0)
    _steady(casting, 0, car("grace", "hatch"), 10.2, 47.0)
    act_right.runner(2.6, speed_kmh=(47.0, 52.0))
    act_left.beyond(4.6, car("beyond_line", "hatch"))
    act_right.runner(4.1, speed_kmh=(80.0, 84.0), role="fast_runner")
    act_left.behind(6.4, car("stopped", "saloon"), gap_m=8.0)
    act_right.beyond(8.2, car("beyond_line", "saloon"))
    return Scene(stage, seed, seconds, tuple(casting.vehicles))


def _steady(casting: Casting, lane: int, part: Part, at_s: float, speed_kmh: float) -> None:
    """Passes the line at a set time with a set speed."""
    red = (at_s, at_s + 1.0)
    Junction(casting, casting.stage.lanes[lane], red).pass_line(part, at_s, speed_kmh)


def _varied(stage: Stage, rng: np.random.Generator, seed: int) -> Casting:
    return Casting(stage, rng, variety=np.random.default_rng([seed, 77]))


def _street(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = _varied(streets.street(rng), rng, seed)
    plays.bus_street(casting, seconds)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _two_way(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = _varied(streets.two_way(rng), rng, seed)
    plays.two_way_street(casting, seconds)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _kerb(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = _varied(streets.kerb(rng), rng, seed)
    plays.no_stopping_street(casting, seconds)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _tow(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = _varied(streets.highway(rng, "tow"), rng, seed)
    plays.tow_trucks(casting, seconds)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _varied_speed(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    casting = _varied(streets.highway(rng, "varied_speed"), rng, seed)
    plays.fast_flow(casting, seconds)
    return Scene(casting.stage, seed, seconds, tuple(casting.vehicles))


def _disturbed(rng: np.random.Generator, seed: int, seconds: float) -> Scene:
    """Frames that never came, bursts of them too; a clock of day that steps; now and then a nudged camera."""
    played = _varied_speed(rng, seed, seconds)
    missing = rng.random(played.frame_count) < float(rng.uniform(0.02, 0.2))
    for begin in rng.integers(0, played.frame_count, 4).tolist():
        missing[begin : begin + int(rng.integers(2, 8))] = True
    camera, turned = played.stage.camera, np.radians(rng.uniform(-0.5, 0.5, 2))
    roll = np.array([[1.0, 0.0, turned[0]], [0.0, 1.0, turned[1]], [-turned[0], -turned[1], 1.0]])
    left, _, right = np.linalg.svd(roll @ camera.rotation)
    nudged = replace(camera, rotation=left @ right)
    stage = replace(played.stage, name="disturbed")
    return Scene(
        stage, seed, seconds, played.vehicles,
        nudged=(seconds / 2, nudged) if rng.random() < 0.5 else None,
        dropped=frozenset(np.flatnonzero(missing).tolist()),
        utc_step=(seconds / 3, float(rng.uniform(-30, 30))),
    )  # fmt: skip


SCENES: dict[str, tuple[float, Callable[[np.random.Generator, int, float], Scene]]] = {
    "demo": (24.0, _demo),
    "day_speed": (30.0, _day_speed),
    "night_speed": (30.0, _night_speed),
    "junction_day": (60.0, _junction_day),
    "junction_night": (60.0, _junction_night),
    "towards_cm3": (30.0, _towards_cm3),
    "towards_night": (30.0, _towards_night),
    "wide_day": (30.0, _wide_day),
    "empty": (20.0, _empty),
    "innocents": (60.0, _innocents),
    "street": (40.0, _street),
    "two_way": (40.0, _two_way),
    "kerb": (60.0, _kerb),
    "tow": (40.0, _tow),
    "varied_speed": (40.0, _varied_speed),
    "disturbed": (40.0, _disturbed),
    "riders": (40.0, riders.riders),
    "rich_reds": (80.0, rich.reds),
    "rich_lanes": (40.0, rich.lanes),
    "rich_against": (40.0, rich.against),
    "rich_parked": (60.0, rich.parked),
}
"""Name → (usual length in seconds, builder)."""


def scene(name: str, *, seed: int, seconds: float | None = None) -> Scene:
    """Builds a named scene; the same name and seed give the same traffic."""
    usual_s, build = SCENES[name]
    rng = np.random.default_rng([seed, *name.encode()])
    return build(rng, seed, usual_s if seconds is None else seconds)
