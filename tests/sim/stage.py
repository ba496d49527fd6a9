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
    listed: bool = True
    """Whether the site file knows it; a kerb is no lane."""

    @property
    def centre_m(self) -> float:
        return (self.left_m + self.right_m) / 2

    @property
    def end(self) -> End:
        return "rear" if self.way > 0 else "front"


@dataclass(frozen=True, slots=True)
class BusLane:
    lane: str
    min_length_m: float = 20.0
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrongWay:
    lanes: tuple[str, ...]
    min_length_m: float = 8.0


@dataclass(frozen=True, slots=True)
class SolidLine:
    """Along the road at one x."""

    x_m: float
    y_m: tuple[float, float]


@dataclass(frozen=True, slots=True)
class NoStopping:
    x_m: tuple[float, float]
    y_m: tuple[float, float]
    dwell_s: float


Rule = BusLane | WrongWay | SolidLine | NoStopping


@dataclass(frozen=True, slots=True)
class Weather:
    """What lies between the road and the lens, and what trees and bridges throw on it."""

    rain: float = 0.0
    """0 none … 1 a cloudburst."""
    shadows: tuple[tuple[float, float, float], ...] = ()
    """Bands across the road: from y to y in metres, and how much darker it is in them."""


DRY = Weather()


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
    rules: tuple[Rule, ...] = ()
    """Beyond the speed limit and the signal's two."""
    weather: Weather = DRY
    formats: tuple[str, ...] = ("kz",)

    @property
    def line_y_m(self) -> float | None:
        return self.road.stop_line_y_m if self.plan is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A stage with its traffic, and what goes wrong with camera and recording."""

    stage: Stage
    seed: int
    seconds: float
    vehicles: tuple[Vehicle, ...]
    nudged: tuple[float, Camera] | None = None
    """From this second on the camera looks elsewhere, and the site file does not know."""
    dropped: frozenset[int] = frozenset()
    """Frames that never came."""
    utc_step: tuple[float, float] | None = None
    """From this second on, the clock of day is off by so many seconds; the sensor's is not."""

    @property
    def frame_count(self) -> int:
        return round(self.seconds * self.stage.fps)

    def camera_at(self, time_s: float) -> Camera:
        return self.nudged[1] if self.nudged is not None and time_s >= self.nudged[0] else self.stage.camera
