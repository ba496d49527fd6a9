"""One vehicle of a scene: body and plate, and where all their points are at any time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.sim.bodies import Body
from tests.sim.camera import Camera
from tests.sim.motion import Profile
from tests.sim.plates import MARGIN_MM, Artwork, Plate

Array = NDArray[np.float64]

CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
"""Top left, top right, bottom right, bottom left as the camera sees them: x right, z up."""


@dataclass(frozen=True, slots=True)
class Mount:
    """How the plate sits on the vehicle."""

    height_m: float
    aside_m: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Bounce:
    """Springs: height above rest as a sine."""

    metres: float = 0.002
    hertz: float = 1.5
    phase: float = 0.0

    def at(self, time_s: Array) -> Array:
        return np.asarray(self.metres * np.sin(2 * np.pi * self.hertz * time_s + self.phase))


@dataclass(frozen=True, slots=True)
class Swerve:
    """Moves aside once, smoothly."""

    begin_s: float
    seconds: float
    aside_m: float

    def at(self, time_s: Array) -> Array:
        share = np.clip((time_s - self.begin_s) / self.seconds, 0.0, 1.0)
        return np.asarray(self.aside_m * (1 - np.cos(np.pi * share)) / 2)

    def speed_mps(self, time_s: Array) -> Array:
        share = (time_s - self.begin_s) / self.seconds
        along = np.where((share > 0) & (share < 1), np.sin(np.pi * np.clip(share, 0, 1)), 0.0)
        return np.asarray(self.aside_m * np.pi / (2 * self.seconds) * along)


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """Drives a straight line, but for its swerves; `way` is +1 for "away" (+Y) and −1 for "towards"."""

    ident: int
    role: str
    lane: str
    way: int
    x_m: float
    heading_deg: float
    profile: Profile
    body: Body
    plate: Plate
    artwork: Artwork
    mount: Mount
    bounce: Bounce = Bounce()
    headlamps: bool = False
    swerves: tuple[Swerve, ...] = ()
    lift_m: float = 0.0
    """How high above the road its wheels are: it stands on another vehicle."""
    carried: bool = False
    """On a flatbed, a rack or a rope: nobody's offence."""
    carrier: int | None = None
    """The vehicle that it rides on or hangs behind."""

    def foot(self, time_s: Array) -> Array:
        """The plate's foot point on the road, (..., 2), but for its offset to the side."""
        y = self.way * self.profile.progress_m(time_s)
        x = self.x_m + np.tan(np.radians(self.heading_deg)) * (y - HEADING_CENTRE_M)
        for swerve in self.swerves:
            x = x + swerve.at(time_s)
        return np.stack([x, y], axis=-1)

    def speed_kmh(self, time_s: Array) -> Array:
        along = np.abs(self.profile.speed_mps(time_s)) / np.cos(np.radians(self.heading_deg))
        return np.asarray(3.6 * np.hypot(along, self._aside_mps(time_s)))

    def heading(self, time_s: Array) -> Array | float:
        """Radians from +Y (clockwise) to where the body points, or its back where it comes towards the camera."""
        heading = np.radians(self.heading_deg)
        if not self.swerves:
            return float(heading)
        along = np.maximum(np.abs(self.profile.speed_mps(time_s)), 1.0) * self.way
        return np.asarray(heading + np.arctan(self._aside_mps(time_s) / along))

    def _aside_mps(self, time_s: Array) -> Array:
        return np.asarray(sum((swerve.speed_mps(time_s) for swerve in self.swerves), np.zeros_like(time_s)))

    def place(self, local: Array, time_s: Array) -> Array:
        """Points (..., 3) of the vehicle's own frame, each at its own time (...), in the road frame."""
        heading = self.heading(time_s)
        cos, sin = np.cos(heading), np.sin(heading)
        foot = self.foot(time_s)
        return np.stack(
            [
                foot[..., 0] + local[..., 0] * cos + local[..., 1] * sin,
                foot[..., 1] - local[..., 0] * sin + local[..., 1] * cos,
                local[..., 2] + self.lift_m + self.bounce.at(time_s),
            ],
            axis=-1,
        )

    def plate_points(self, *, margin: bool = False) -> Array:
        """The plate's corners in the vehicle's frame, (4, 3); with its margin for drawing."""
        extra = 2 * MARGIN_MM if margin else 0
        size = (np.array(self.plate.size_mm) + extra) / 1000 * self.mount.scale
        x, z = (CORNERS * size).T
        yaw, pitch, roll = np.radians([self.mount.yaw_deg, self.mount.pitch_deg, self.mount.roll_deg])
        x, z = np.cos(roll) * x - np.sin(roll) * z, np.sin(roll) * x + np.cos(roll) * z
        y, z = -np.sin(pitch) * z, np.cos(pitch) * z
        x, y = np.cos(yaw) * x - np.sin(yaw) * y, np.sin(yaw) * x + np.cos(yaw) * y
        return np.stack([x + self.mount.aside_m, y, z + self.mount.height_m], axis=-1)

    def box_points(self) -> Array:
        """The eight corners of the body."""
        half = self.body.width_m / 2
        corners = [
            (x, y, z) for z in (0.0, self.body.height_m) for x in (-half, half) for y in (-0.1, self.body.length_m)
        ]
        return np.array(corners)


HEADING_CENTRE_M = 25.0
"""Where a vehicle that drives at a slight angle to the lane is on its own x."""


def seen(vehicle: Vehicle, camera: Camera, local: Array, moment: "Moment", back_us: float) -> Array:
    """Pixels (N, 2) of points of a vehicle, each when its own row is exposed, `back_us` before that row's end."""
    shape = local.shape[:-1]
    pixels = np.full((*shape, 2), camera.cy)
    for _ in range(4 if camera.row_time_us else 1):
        rows = np.clip(pixels[..., 1], -camera.height, 2 * camera.height)
        time_s = np.broadcast_to(moment.time_s - back_us * 1e-6 + rows * camera.row_time_us * 1e-6, shape)
        if not camera.row_time_us:
            time_s = np.full(shape, moment.time_s - back_us * 1e-6)
        pixels = camera.project(vehicle.place(local, time_s))
    return pixels


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame's time: the end of the first row's exposure, in seconds of the scene."""

    frame: int
    time_s: float
    exposure_us: int
