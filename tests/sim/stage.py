"""What a scene plays on: camera, light, road, lanes and signal, before any traffic."""

from dataclasses import dataclass

from tests.sim.camera import Camera
from tests.sim.light import Light
from tests.sim.phases import Plan
from tests.sim.road import Road
from tests.sim.shapes import End
from tests.sim.vehicle import Vehicle

LIMIT_KMH = 60
CHARGE_FROM_KMH_OVER = 10
EXIT_M = 4.0
GRACE_S = 0.5
CLEAR_M = {"rear": 18.0, "front": 0.5}


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    left_m: float
    right_m: float
    way: int
    """+1 drives away from the camera, −1 towards it."""

    @property
    def centre_m(self) -> float:
        return (self.left_m + self.right_m) / 2

    @property
    def end(self) -> End:
        return "rear" if self.way > 0 else "front"


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    name: str
    camera: Camera
    light: Light
    road: Road
    lanes: tuple[Lane, ...]
    fps: int = 25
    plan: Plan | None = None
    reach_m: tuple[float, float] = (12.0, 60.0)
    """Lane polygons run from here to there."""

    @property
    def line_y_m(self) -> float | None:
        return self.road.stop_line_y_m if self.plan is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A stage with its traffic."""

    stage: Stage
    seed: int
    seconds: float
    vehicles: tuple[Vehicle, ...]

    @property
    def frame_count(self) -> int:
        return round(self.seconds * self.stage.fps)
